"""Every format and compression gives the same rows, to the byte."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.transforms.corpus.readers.writing import (
    COMPRESS,
    IMAGE,
    TEXT,
    example,
    parquet_bytes,
    payloads,
    record,
    rows,
    source,
    tar_of,
)
from tests.transforms.corpus.test_sources import MemoryFiles, memory
from transforms.common.errors import RequestError
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source, list_sources

__all__ = ["memory"]

ITEMS = [
    ("k0", "cat", "plain words"),
    ("k1", "dog", ""),
    ("k2", "cat", '"quoted", and a comma'),
    ("k3", "", "  blanks kept  "),
    ("k\U0001f600\u2028", "ünï", "日本語 \U0001f600 \x00 end"),
    ("k5", "dog", "10 MB: " + "x" * 10_000_000),
    ("k6", "dog", "the last"),
]
SHORTER = [(key, label, text[:3_000_000]) for key, label, text in ITEMS]
"""Longer than any buffer, too; packing and unpacking 10 MB in each way takes its time."""

Items = list[tuple[str, str, str]]


def delimited(delimiter: str, *, header: bool = True, items: Items = ITEMS) -> bytes:
    out = io.StringIO()
    if delimiter == ",":
        writer = csv.writer(out)
        if header:
            writer.writerow(["id", "label", "text"])
        writer.writerows(items)
    else:
        out.writelines("\t".join(item) + "\n" for item in ([("id", "label", "text")] if header else []) + items)
    return out.getvalue().encode()


def content(kind: str, items: Items = ITEMS) -> bytes:
    ids, labels, texts = zip(*items, strict=True)
    if kind == ".txt":
        return "\n".join(texts).encode() + b"\n"
    if kind in (".csv", ".tsv"):
        return delimited("," if kind == ".csv" else "\t", items=items)
    if kind in (".jsonl", ".ndjson", ".json"):
        return b"".join(json.dumps(dict(zip(("id", "label", "text"), i, strict=True))).encode() + b"\n" for i in items)
    if kind == ".parquet":
        return parquet_bytes({"id": ids, "label": labels, "text": texts})
    assert kind in (".tfrecord", ".tfrecords")
    return b"".join(
        record(example({"id": key.encode(), "label": label.encode(), "text": text.encode()}))
        for key, label, text in items
    )


def expected(name: str, *, columns: bool, items: Items = ITEMS) -> list[dict[str, Any]]:
    return [
        {
            "source": name,
            "fingerprint": "f",
            "payload": text.encode(),
            "id": key if columns else None,
            "label": (label or None) if columns else None,
            "error": None,
        }
        for key, label, text in items
        if columns or text  # in a file of lines, a blank one is no item
    ]


KINDS = [".txt", ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".tfrecord", ".tfrecords"]


@pytest.mark.parametrize(
    ("kind", "codec"), [(kind, codec) for kind in KINDS for codec in COMPRESS] + [(".parquet", "")]
)
def test_what_was_written_is_read(tmp_path: Path, kind: str, codec: str) -> None:
    items = SHORTER if codec else ITEMS
    written = source(tmp_path / f"in{kind}{codec}", COMPRESS[codec](content(kind, items)))
    columns = kind != ".txt"
    options = ReadOptions(modality="text", id_column="id", label_column="label") if columns else TEXT
    assert rows(written, options) == expected(f"in{kind}{codec}", columns=columns, items=items)


@pytest.mark.parametrize("kind", [".csv", ".tsv"])
def test_without_a_header_columns_are_numbered(tmp_path: Path, kind: str) -> None:
    written = source(tmp_path / f"in{kind}", delimited("," if kind == ".csv" else "\t", header=False))
    options = ReadOptions(modality="text", text_column="2", id_column="0", label_column="1", header=False)
    assert rows(written, options) == expected(f"in{kind}", columns=True)


IMAGES = [("a", b"\xff\xd8 one", "cat"), ("b", b"", "dog"), ("c", b"\x89PNG" + bytes(range(256)) * 4000, "cat")]


def image_content(kind: str) -> bytes:
    if kind == ".tar":
        members = []
        for key, image, label in IMAGES:
            members += [(f"{key}.jpg", image), (f"{key}.cls", label.encode())]
        return tar_of(members)
    if kind == ".parquet":
        names, images, labels = zip(*IMAGES, strict=True)
        return parquet_bytes({"name": names, "image": images, "label": labels})
    return b"".join(
        record(example({"name": name.encode(), "image/encoded": image, "image/class/label": label.encode()}))
        for name, image, label in IMAGES
    )


@pytest.mark.parametrize(
    ("kind", "codec"), [(kind, codec) for kind in (".tar", ".tfrecord") for codec in COMPRESS] + [(".parquet", "")]
)
def test_images_in_shards_are_read_to_the_byte(tmp_path: Path, kind: str, codec: str) -> None:
    written = source(tmp_path / f"in{kind}{codec}", COMPRESS[codec](image_content(kind)))
    options = IMAGE if kind != ".parquet" else ReadOptions(modality="image", label_column="label")
    found = rows(written, options)
    assert [(row["payload"], row["label"], row["error"]) for row in found] == [(i, lab, None) for _, i, lab in IMAGES]
    assert [row["id"] for row in found] == [
        f"in{kind}{codec}/{key}" if kind == ".tar" else None for key, _, _ in IMAGES
    ]


def test_a_store_reads_like_a_disk(memory: dict[str, bytes]) -> None:
    for kind in (".txt", ".csv", ".jsonl", ".parquet", ".tfrecord"):
        memory[f"memory://bucket/t/in{kind}"] = content(kind)
    memory["memory://bucket/t/in.tsv.gz"] = COMPRESS[".gz"](content(".tsv"))
    listed = list_sources(["memory://bucket/t"], TEXT)
    assert len(listed) == 6
    texts = [text.encode() for _, _, text in ITEMS]
    for one in listed:
        assert payloads(one) == ([text for text in texts if text] if one.name == "in.txt" else texts)


def test_many_small_objects_keep_their_order(memory: dict[str, bytes]) -> None:
    for number in range(100):
        memory[f"memory://bucket/{number:03}.txt"] = f"text {number}\n".encode()
        memory[f"memory://bucket/{number:03}.jpg"] = f"image {number}".encode()
    assert payloads(list_sources(["memory://bucket/"], TEXT)) == [f"text {n}".encode() for n in range(100)]
    assert payloads(list_sources(["memory://bucket/"], IMAGE), IMAGE) == [f"image {n}".encode() for n in range(100)]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl", ".parquet", ".tfrecord", ".txt.gz", ".tar", ".jpg"])
def test_a_source_that_vanished_is_named(tmp_path: Path, suffix: str) -> None:
    options = IMAGE if suffix in (".tar", ".jpg") else TEXT
    gone = Source(name=f"a{suffix}", uri=str(tmp_path / f"a{suffix}"), size=10, fingerprint="f")
    with pytest.raises(RequestError, match=rf"a{suffix}: has vanished since it was listed"):
        rows(gone, options)


def test_an_object_that_vanished_is_named(memory: dict[str, bytes]) -> None:
    assert MemoryFiles.objects is memory
    gone = Source(name="a.txt", uri="memory://bucket/a.txt", size=10, fingerprint="f")
    with pytest.raises(RequestError, match=r"memory://bucket/a\.txt: cannot be read"):
        rows(gone)


@pytest.mark.parametrize("codec", [".gz", ".bz2", ".zst"])
@pytest.mark.parametrize("kind", [".txt", ".csv", ".jsonl", ".tfrecord", ".tar"])
def test_a_truncated_archive_fails_its_source(tmp_path: Path, kind: str, codec: str) -> None:
    options = IMAGE if kind == ".tar" else TEXT
    whole = COMPRESS[codec](image_content(kind) if kind == ".tar" else content(kind, SHORTER))
    cut = source(tmp_path / f"in{kind}{codec}", whole[:-9])
    with pytest.raises(RequestError) as caught:
        rows(cut, options)
    assert str(caught.value).startswith(f"{cut.uri}: cannot be read: ")
    no_archive = source(tmp_path / f"no{kind}{codec}", b"certainly not compressed")
    with pytest.raises(RequestError, match="cannot be read"):
        rows(no_archive, options)


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".tsv", ".jsonl", ".tfrecord", ".txt.gz", ".csv.zst", ".tar"])
def test_an_empty_file_has_no_rows(tmp_path: Path, suffix: str) -> None:
    assert rows(source(tmp_path / f"in{suffix}", b""), IMAGE if suffix == ".tar" else TEXT) == []
