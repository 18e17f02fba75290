"""What a store refuses or leaves unanswered is an OSError to code, and a line with the right exit code to the person."""

from __future__ import annotations

import pickle

import pytest

from pipelines.failures import failure_in
from transforms.common.errors import RequestError, RunError, StoreRefusedError, StoreUnavailableError, VectormillError
from transforms.storage.write_errors import writing


@pytest.mark.parametrize(
    ("kind", "base", "code"), [(StoreRefusedError, RequestError, 2), (StoreUnavailableError, RunError, 1)]
)
def test_a_failure_of_a_store_is_of_both_worlds(
    kind: type[VectormillError], base: type[VectormillError], code: int
) -> None:
    error = kind("gs://bucket/file: in words")

    assert isinstance(error, OSError)
    assert isinstance(error, base)
    assert (str(error), error.exit_code) == ("gs://bucket/file: in words", code)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    with pytest.raises(kind, match="in words"), writing("gs://bucket/table"):
        raise error


@pytest.mark.parametrize(("kind", "base"), [("StoreRefusedError", RequestError), ("StoreUnavailableError", RunError)])
def test_it_comes_back_from_a_worker_with_its_exit_code(kind: str, base: type[VectormillError]) -> None:
    found = failure_in(f"Traceback ...\ntransforms.common.errors.{kind}: s3://b: in words [while running 'Embed']\n")

    assert isinstance(found, base)
    assert str(found) == "s3://b: in words"
