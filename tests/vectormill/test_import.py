"""`import vectormill` costs nothing, shows what it has, and editors and mypy see real signatures."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import vectormill

ROOT = Path(__file__).parents[2]
PUBLIC = (
    *("build_index", "cluster", "compact", "diff", "duplicates", "embed", "encoder", "evaluate", "export", "forget"),
    *(
        "import_head",
        "import_vectors",
        "label",
        "load_model",
        "neighbors",
        "open_table",
        "predict",
        "sync",
        "train",
        "upgrade",
        "vacuum",
    ),
    *("Classifier", "Embed", "FeatureTable", "Hit", "ItemEncoder", "Result", "Searcher"),
    *("NotPublishedError", "RequestError", "RunError", "VectormillError"),
)


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh Python has after the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


def test_the_import_loads_neither_libraries_nor_the_rest() -> None:
    loaded = loaded_by("import vectormill; dir(vectormill)")

    assert not {"numpy", "pyarrow", "click", "rich", "tensorflow", "apache_beam", "deltalake"} & loaded
    assert {name for name in loaded if name.split(".")[0] in ("transforms", "pipelines", "launch")} == set()


@pytest.mark.parametrize("name", ["embed", "train", "build_index", "open_table", "Searcher", "load_model", "encoder"])
def test_no_name_loads_tensorflow_or_beam_before_it_is_called(name: str) -> None:
    assert not {"tensorflow", "apache_beam"} & loaded_by(f"import vectormill; vectormill.{name}")


def test_all_names_are_there() -> None:
    assert sorted(PUBLIC) == vectormill.__all__
    assert set(PUBLIC) <= set(dir(vectormill))
    for name in PUBLIC:
        found = getattr(vectormill, name)
        assert found.__name__ == name
        assert found.__doc__
    with pytest.raises(AttributeError, match="module 'vectormill' has no attribute 'embedd'"):
        vectormill.embedd  # noqa: B018


def test_the_names_for_type_checkers_are_those_that_are_loaded() -> None:
    tree = ast.parse(Path(vectormill.__file__).read_text())
    typed = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("launch", "transforms")
        for alias in node.names
        if alias.asname
    }
    assert typed == vectormill._WHERE


def test_mypy_sees_signatures(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(
        "import vectormill\n"
        "reveal_type(vectormill.embed('a', to='t', encoder='hog')['rows'])\n"
        "reveal_type(vectormill.open_table('t').version)\n"
        "reveal_type(vectormill.Searcher('i').search('words')[0].id)\n"
        "vectormill.embed('a', to='t', encoder='hog', chunks=3)\n"
        "vectormill.cluster('t', to='o', k='many')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(snippet)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    lines = [line.partition(": ")[2] for line in done.stdout.splitlines() if "snippet.py" in line]

    assert lines == [
        'note: Revealed type is "Any"',
        'note: Revealed type is "int"',
        'note: Revealed type is "str"',
        'error: Unexpected keyword argument "chunks" for "embed"; did you mean "chunk"?  [call-arg]',
        'note: "embed" defined in "launch.jobs.embed"',
        'error: Argument "k" to "cluster" has incompatible type "str"; expected "int"  [arg-type]',
    ], done.stdout + done.stderr


def test_packages_say_that_they_are_typed() -> None:
    for name in ("vectormill", "launch", "pipelines", "transforms"):
        assert (ROOT / name / "py.typed").exists()
        assert f'"{name}"' in (ROOT / "setup.py").read_text()


def test_errors_are_one_hierarchy() -> None:
    for error in (vectormill.RequestError, vectormill.RunError, vectormill.NotPublishedError):
        assert issubclass(error, vectormill.VectormillError)
    assert inspect.signature(vectormill.NotPublishedError).parameters["results"].default == ()
