"""TFRecord files of examples."""

import struct
from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import IMAGE, TEXT, example, payloads, record, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.storage.tfrecord import masked_crc


def test_features_become_columns(tmp_path: Path) -> None:
    content = b"".join(
        record(example(features))
        for features in (
            {"body": b"one", "label": 3, "n": 7, "score": 0.5, "name": b"x"},
            {"body": b"tw\xff", "label": 4, "score": None, "name": []},
            {"label": 5, "n": 9},
        )
    )
    one = source(tmp_path / "a.tfrecord", content)
    options = ReadOptions(modality="text", keep=("n", "score", "name"))
    assert [str(kind) for kind in readers.probe(one, options).types] == ["int64", "float", "string"]
    found = rows(one, options)
    assert [tuple(row[c] for c in ("payload", "label", "n", "score", "name", "error")) for row in found] == [
        (b"one", "3", 7, 0.5, "x", None),
        (b"tw\xff", "4", None, None, None, None),
        (None, "5", 9, None, None, None),
    ]


def test_several_values_where_one_is_due_are_an_error(tmp_path: Path) -> None:
    content = record(example({"text": b"a"})) + record(example({"text": [b"a", b"b"]}))
    first, second = rows(source(tmp_path / "a.tfrecord", content))
    assert (first["payload"], second["payload"]) == (b"a", None)
    assert second["error"] == "ManyValues: feature 'text' holds 2 values where one is due"


def test_images_and_their_labels_have_their_usual_names(tmp_path: Path) -> None:
    image = {"image/encoded": b"\xff\xd8", "image/class/label": 2, "image/format": b"jpeg", "image/filename": b"x.jpg"}
    one = source(tmp_path / "a.tfrecord", record(example(image)))
    assert [(r["payload"], r["label"], r["id"]) for r in rows(one, IMAGE)] == [(b"\xff\xd8", "2", None)]
    named = ReadOptions(modality="image", id_column="image/filename", labels_from="file", keep=("image/format",))
    assert [(r["id"], r["label"], r["image/format"]) for r in rows(one, named)] == [("x.jpg", "a", "jpeg")]
    with pytest.raises(RequestError, match="holds images but the encoder takes text"):
        readers.probe(one, TEXT)
    with pytest.raises(RequestError, match="no column 'pixels'; it has image/class/label, image/encoded, "):
        readers.probe(one, ReadOptions(modality="image", image_column="pixels"))


def longer(data: bytes, bits: int) -> bytes:
    """The record with a length that no file has, and the checksum of that length."""
    length = struct.pack("<Q", 1 << bits)
    return length + struct.pack("<I", masked_crc(length)) + data[12:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "ends in the middle of the record at byte 0"),
        (lambda data: data + b"\x01", "ends in the middle of the record at byte "),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "the record at byte 0 is damaged"),
        (lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:], "the record at byte 0 is damaged"),
        (lambda data: b"certainly no TFRecord", "the record at byte 0 is damaged (its length"),
        (lambda data: record(b"no example"), "no tf.train.Example"),
        *((lambda data, n=n: longer(data, n), "ends in the middle of the record at byte 0") for n in (33, 40, 62, 63)),
    ],
)
def test_a_damaged_file_fails_with_the_place(tmp_path: Path, damage: object, message: str) -> None:
    content = damage(record(example({"text": b"some text"})))  # type: ignore[operator]
    with pytest.raises(RequestError) as caught:
        rows(source(tmp_path / "a.tfrecord", content))
    assert message in str(caught.value) and str(caught.value).startswith(str(tmp_path / "a.tfrecord"))


def test_files_that_tensorflow_writes_are_read(tmp_path: Path) -> None:
    import tensorflow as tf

    texts = [b"one", b"", "zwölf".encode()]
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as writer:
        for number, text in enumerate(texts):
            feature = {
                "text": tf.train.Feature(bytes_list=tf.train.BytesList(value=[text])),
                "n": tf.train.Feature(int64_list=tf.train.Int64List(value=[-number])),
                "x": tf.train.Feature(float_list=tf.train.FloatList(value=[number / 2])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    one = source(tmp_path / "a.tfrecord")
    assert payloads(one) == texts
    found = rows(one, ReadOptions(modality="text", keep=("n", "x")))
    assert [(row["n"], row["x"]) for row in found] == [(0, 0.0), (-1, 0.5), (-2, 1.0)]
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(tmp_path / "a.tfrecord"))]
    assert (tmp_path / "a.tfrecord").read_bytes() == b"".join(record(data) for data in records)
