"""`Embed`, the step that other pipelines import."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from PIL import Image

from tests.helpers import fakes
from tests.helpers.fakes import vector_of
from transforms import Embed
from transforms.embed.transform import _EmbedBatches
from transforms.table.schema import VECTOR_TYPE

Check = Callable[..., None]


def pipeline() -> beam.Pipeline:
    return beam.Pipeline(runner=FnApiRunner())


def rows_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    assert isinstance(batch, pa.RecordBatch)
    return batch.to_pylist()


def vector(content: bytes) -> list[float]:
    return vector_of(content).tolist()


def text_batches() -> list[pa.RecordBatch]:
    first = pa.record_batch({"n": [1, 2, 3, 4], "text": ["one", None, "POISON", "vier €"]})
    second = pa.record_batch({"n": [5, 6], "text": ["NAN!", "six"]})
    return [first, second, first.slice(0, 0)]


def test_texts_get_their_vectors_and_the_rest_is_data_too() -> None:
    with pipeline() as p:
        vectors, dead = p | beam.Create(text_batches()) | Embed(fakes.text_encoder())
        assert_that(
            vectors | "Rows" >> beam.FlatMap(rows_of),
            equal_to(
                [
                    {"n": 1, "text": "one", "embedding": vector(b"one")},
                    {"n": 4, "text": "vier €", "embedding": vector("vier €".encode())},
                    {"n": 6, "text": "six", "embedding": vector(b"six")},
                ]
            ),
            label="Vectors",
        )
        assert_that(
            dead | "DeadRows" >> beam.FlatMap(rows_of),
            equal_to(
                [
                    {"n": 2, "text": None, "error": "MissingValue", "message": "there is no value"},
                    {"n": 3, "text": "POISON", "error": "ValueError", "message": "cannot encode b'POISON'"},
                    {"n": 5, "text": "NAN!", "error": "NonFiniteVector", "message": "the vector holds NaN or infinity"},
                ]
            ),
            label="Dead",
        )


def test_batches_come_in_the_encoders_size_with_the_columns_that_went_in() -> None:
    schema = pa.schema([("payload", pa.int64()), ("body", pa.large_string())])
    batch = pa.record_batch(
        [pa.array(range(40)), pa.array([f"text {row}" for row in range(40)], pa.large_string())], schema
    )

    def described(batch: pa.RecordBatch) -> tuple[int, list[int], bool]:
        typed = batch.schema == schema.append(pa.field("embedding", VECTOR_TYPE, nullable=False))
        vectors = [vector(f"text {row}".encode()) for row in batch["payload"].to_pylist()]
        return batch.num_rows, batch["payload"].to_pylist(), typed and batch["embedding"].to_pylist() == vectors

    with pipeline() as p:
        vectors, dead = p | beam.Create([batch]) | Embed(fakes.text_encoder(batch_items=16), column="body")
        want = [(16, list(range(16)), True), (16, list(range(16, 32)), True), (8, list(range(32, 40)), True)]
        assert_that(vectors | beam.Map(described), equal_to(want), label="Vectors")
        assert_that(dead, equal_to([]), label="Dead")


def encoded_image(shade: int, *, form: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(stream, form)
    return stream.getvalue()


def test_images_are_decoded_on_the_way() -> None:
    good = {shade: encoded_image(shade, form=form) for shade, form in ((10, "PNG"), (20, "BMP"), (30, "WEBP"))}
    images = [good[10], b"no image", None, good[20], b"", good[30][:20]]
    batch = pa.record_batch([pa.array(range(6)), pa.array(images, pa.binary())], names=["n", "image"])

    with pipeline() as p:
        vectors, dead = p | beam.Create([batch]) | Embed(fakes.image_encoder())
        assert_that(
            vectors | "Rows" >> beam.FlatMap(rows_of),
            equal_to(
                [
                    {"n": 0, "image": good[10], "embedding": vector(bytes([10] * 48))},
                    {"n": 3, "image": good[20], "embedding": vector(bytes([20] * 48))},
                ]
            ),
            label="Vectors",
        )
        assert_that(
            dead | "DeadRows" >> beam.FlatMap(lambda batch: batch["n"].to_pylist()),
            equal_to([1, 2, 4, 5]),
            label="Dead",
        )


def test_bytes_that_are_no_text_cost_their_row_only() -> None:
    batch = pa.record_batch([pa.array([b"one", b"\xff", b"three"], pa.binary())], names=["text"])
    not_utf8 = "byte 0 is not UTF-8 (invalid start byte): if its file is in another encoding, name it with --encoding"

    with pipeline() as p:
        vectors, dead = p | beam.Create([batch]) | Embed(fakes.text_encoder())
        assert_that(
            vectors | "Rows" >> beam.FlatMap(rows_of),
            equal_to(
                [{"text": b"one", "embedding": vector(b"one")}, {"text": b"three", "embedding": vector(b"three")}]
            ),
            label="Vectors",
        )
        assert_that(
            dead | "DeadRows" >> beam.FlatMap(rows_of),
            equal_to([{"text": b"\xff", "error": "NotUTF8", "message": not_utf8}]),
            label="Dead",
        )


def test_a_batch_without_the_column_says_what_it_has() -> None:
    batch = pa.record_batch({"body": ["one"], "n": [1]})

    with pytest.raises(Exception, match="a batch has no column 'text'; it has body, n"), pipeline() as p:
        p | beam.Create([batch]) | Embed(fakes.text_encoder())


def test_importing_it_loads_neither_beam_nor_tensorflow() -> None:
    import subprocess
    import sys

    code = "import sys, transforms; print(sorted({'apache_beam', 'tensorflow'} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout == "[]\n"


def test_equal_texts_get_equal_vectors() -> None:
    batch = pa.record_batch({"text": ["same"] * 20})

    def spread(batch: pa.RecordBatch) -> float:
        return float(np.ptp(np.asarray(batch["embedding"].to_pylist()), axis=0).max())

    with pipeline() as p:
        vectors, _ = p | beam.Create([batch]) | Embed(fakes.text_encoder(batch_items=32))
        assert_that(vectors | beam.Map(spread), equal_to([0.0]))


def test_copies_of_the_step_share_the_encoder_and_the_batch_size_that_fits() -> None:
    step = _EmbedBatches(fakes.text_encoder(most_items=8), "text")
    texts = [f"text {row}" for row in range(16)]

    for _ in range(3):
        copy = pickle.loads(pickle.dumps(step))
        copy.setup()
        made = list(copy.process(pa.record_batch({"text": texts})))
        assert [row["embedding"] for batch in made for row in rows_of(batch)] == [vector(t.encode()) for t in texts]

    assert fakes.ATTEMPTS == [16, 8, 8, 8, 8, 8, 8]
    assert fakes.LOADS == ["fake-text"]
