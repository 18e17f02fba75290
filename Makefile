# make demo   embeds two corpora that every machine has, and shows what came of it
# make test   checks and tests everything
# make cloud  adds Beam's Google Cloud and AWS parts
# make lock   renews the locks from setup.py (the one place where versions are chosen)
# make bench  every figure of the README, one after the other

# The first Python that runs (a pyenv shim may not), fits and makes environments; else any that runs: install.py says what it lacks.
FITS := import sys, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for say in '$(FITS)' 'pass'; do for python in python3.11 python3.12 python3.13 python3.10 python3; do \
  $$python -c "$$say" >/dev/null 2>&1 && echo $$python && exit; done; done; echo no-python)
BIN := .venv/bin
READY := .venv/.ready
DEV := .venv/.ready-dev
INSTALL = @command -v $(PYTHON) >/dev/null || { echo "install: no Python here: install 3.11 and add PYTHON=/path/to/python3.11 to the make command" >&2; exit 1; }; \
  $(PYTHON) install.py

.PHONY: demo test check cloud lock bench clean

$(READY): requirements.lock setup.py install.py
	$(INSTALL) base

$(DEV): $(READY) requirements-dev.lock
	@$(BIN)/python install.py dev

.venv/.ready-cloud: $(READY) requirements-cloud.lock
	@$(BIN)/python install.py cloud

demo: $(READY)
	@$(BIN)/python -m launch.demo

test: check
	$(BIN)/python -m pytest -n 2

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

cloud: .venv/.ready-cloud

# One resolution of everything for Python 3.10 to 3.13, and three views of it. TensorFlow Transform asks for apache-beam[gcp], whose
# hundred packages only the cloud needs (and which has no solution on 3.10): each lock says instead which parts of Beam it has.
COMPILE := $(BIN)/uv pip compile setup.py --universal --python-version 3.10 --no-emit-index-url --quiet --upgrade
# What makes most corpora readable and is small goes into each environment.
WITH := --extra documents --extra sheets --extra databases
VIEW := $(COMPILE) $(WITH) --constraint build/all.lock --generate-hashes --custom-compile-command "make lock"
lock: $(DEV)
	@mkdir -p build
	@echo "apache-beam>=2.77,<3" >build/one-machine.txt
	@echo "apache-beam[gcp,aws]>=2.77,<3 ; python_full_version >= '3.11'" >build/cloud.txt
	@echo "apache-beam>=2.77,<3 ; python_full_version < '3.11'" >>build/cloud.txt
	$(COMPILE) --extra dev --extra gcp --extra aws --override build/cloud.txt --output-file build/all.lock
	$(VIEW) --override build/one-machine.txt --output-file requirements.lock
	$(VIEW) --extra dev --override build/one-machine.txt --output-file requirements-dev.lock
	$(VIEW) --extra gcp --extra aws --override build/cloud.txt --output-file requirements-cloud.lock

bench: $(DEV)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build *.egg-info demo
