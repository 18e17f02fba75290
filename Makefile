# make demo   embeds two corpora that every machine has, and shows what came of it
# make test   checks and tests everything
# make lock   renews requirements.lock from setup.py (the one place where versions are chosen)
# make bench  every figure of the README, one after the other

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check lock bench clean

$(READY): requirements.lock setup.py
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(v != (3, 11) and f"Python 3.11 is needed, {sys.executable} is {v[0]}.{v[1]}: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear .venv
	@if command -v uv >/dev/null; then \
	  echo "uv pip install (locked)"; VIRTUAL_ENV=.venv uv pip install --quiet --require-hashes -r requirements.lock; \
	else \
	  echo "pip install (locked; some minutes, once)"; $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/python -m launch.demo

test: check
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock: $(READY)
	$(BIN)/uv pip compile setup.py --extra dev --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --upgrade --quiet --output-file requirements.lock

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build *.egg-info demo
