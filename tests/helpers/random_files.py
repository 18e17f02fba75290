"""Writes random tables in every format that is read, with the rows that must come back.

`random_file(random, form)` draws everything from one `random.Random`, so that a property test and the benchmark of random
files share it: hypothesis gives it as `st.randoms(use_true_random=False)`, and shrinks it.
"""

from __future__ import annotations

import io
import json
import math
import struct
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.helpers.random_values import INTEGERS, random_text, random_values
from tests.transforms.corpus.readers.writing import COMPRESS, example, record
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.encoding import encoding_of

SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|"}


@dataclass(frozen=True)
class Row:
    """What must be read of a row; `is_bad`: a dead letter, whatever its values."""

    text: bytes | None
    id: str | None = None
    label: str | None = None
    value: Any = None
    is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as it is written, how to read it, and its rows.

    Attributes:
      name: tells the format.
      value: the kept column's name; None: nothing is kept.
      as_written: the values of the kept column are texts in the file, and may be read as the numbers that they write.
    """

    name: str
    content: bytes
    options: ReadOptions
    rows: Sequence[Row]
    value: str | None = None
    as_written: bool = False


def random_file(random: Random, form: str) -> File:
    """A file of one of `FORMS`, in any encoding and compression that the format has."""
    return FORMS[form](random)


def _rows(random: Random, *, least: int = 0, most: int = 6) -> int:
    return random.randrange(least, most)


# ---- encodings and compressions ---------------------------------------------------------------------------

_ENCODINGS: tuple[tuple[str, bytes, str | None], ...] = (
    ("utf-8", b"", None),
    ("utf-8", b"\xef\xbb\xbf", None),
    ("utf-16-le", b"\xff\xfe", None),
    ("utf-16-be", b"\xfe\xff", None),
    ("utf-32-le", b"\xff\xfe\0\0", None),
    ("utf-16-le", b"", "utf-16-le"),
    ("utf-16-be", b"", "UTF-16BE"),
    ("utf-16-le", b"\xff\xfe", "utf-16"),
    ("gb18030", b"", "gb18030"),
)


def _stored(random: Random, text: str, file: File, *, suffix: str) -> File:
    """The file with the text as its content, in some encoding and compression."""
    name, mark, asked = random.choice(_ENCODINGS) if random.random() < 0.5 else _ENCODINGS[0]
    content = mark + text.encode(name)
    if asked is None and encoding_of(content) != (None if name == "utf-8" else name):
        # NULs at every other place, as UTF-16 has them: only a mark says that it is none.
        content = b"\xef\xbb\xbf" + text.encode()
    options = replace(file.options, encoding=asked)
    return _packed(random, replace(file, content=content, options=options), suffix)


def _packed(random: Random, file: File, suffix: str) -> File:
    codec = random.choice(("", "", "", "", ".gz", ".bz2", ".zst"))
    return replace(file, name=f"in{suffix}{codec}", content=COMPRESS[codec](file.content))


# ---- lines ------------------------------------------------------------------------------------------------


def lines(random: Random) -> File:
    """Plain text. A line end in a text would be one, and the first text may not begin with a mark."""
    end = random.choice(("\n", "\r\n", "\r"))
    without = "\n" if end != "\r" else "\r\n"
    texts = [random_text(random, without=without).rstrip("\r") for _ in range(_rows(random))]
    texts[:1] = [texts[0].lstrip("\ufeff")] if texts else []
    whole = "".join(text + end for text in texts)
    if len(texts) > 1 and texts[-1] and random.random() < 0.5:
        whole = whole.removesuffix(end)
    if "\r" not in whole.rstrip("\r"):
        whole = whole.rstrip("\r")  # alone at the end it is no line end of old Macs
    kept = [text.encode() for text in texts if text.encode().strip()]
    file = File(name="", content=b"", options=ReadOptions(modality="text"), rows=[Row(text) for text in kept])
    return _stored(random, whole, file, suffix=".txt")


# ---- delimited files --------------------------------------------------------------------------------------


def delimited(random: Random, separator: str) -> File:
    """A table as Python, pandas and Excel write it: values are quoted where they have to be, or all, or some."""
    count = _rows(random, least=1)
    has_header = random.random() < 0.7
    is_asked = not has_header or random.random() < 0.3
    # Unasked, a quoted value of a tab-separated file may hold tabs or line ends, not both.
    without = "\t" if separator == "\t" and not is_asked else ""
    columns = {name: [random_text(random, without=without) for _ in range(count)] for name in ("text", "id", "label")}
    values = random_values(random, count, ("integer", "large", "float", "text"))
    columns["value"] = [str(value).replace("\t", "") if without else str(value) for value in values]
    order = random.sample(list(columns), len(columns))
    names = {name: str(place) for place, name in enumerate(order)}
    if has_header:
        names = {name: name + random_text(random, most=3) if is_asked else name for name in order}
    end = random.choice(("\n", "\r\n", "\r"))
    quoting = random.choice((0.0, 0.3, 1.0))

    def written(value: str) -> str:
        has_to = value.startswith('"') or any(sign in value for sign in (separator, "\n", "\r"))
        if has_to or random.random() < quoting:
            return '"' + value.replace('"', '""') + '"'
        return value

    records = [[columns[name][row] for name in order] for row in range(count)]
    if has_header:
        records.insert(0, [names[name] for name in order])
    if not has_header:
        records[0][0] = records[0][0].lstrip("\ufeff")
        columns[order[0]][0] = records[0][0]
    whole = "".join(separator.join(map(written, one)) + end for one in records)
    if random.random() < 0.2 and not whole.removesuffix(end).endswith(("\n", "\r")):
        whole = whole.removesuffix(end)
    if not is_asked and random.random() < 0.2:
        whole = f"sep={separator}{end}{whole}"
    options = ReadOptions(
        modality="text",
        text_column=names["text"],
        id_column=names["id"],
        label_column=names["label"],
        keep=(names["value"],),
        header=has_header,
        delimiter=separator if is_asked else None,
        quote='"' if is_asked else None,
    )
    rows = [
        Row(columns["text"][n].encode(), columns["id"][n] or None, columns["label"][n] or None, columns["value"][n])
        for n in range(count)
    ]
    file = File(name="", content=b"", options=options, rows=rows, value=names["value"], as_written=True)
    return _stored(random, whole, file, suffix=".tsv" if separator == "\t" else ".csv")


# ---- JSON lines -------------------------------------------------------------------------------------------


def json_lines(random: Random) -> File:
    """Objects, a line each, among lines that are none. JSON's escapes can hold half a surrogate pair; a text cannot."""
    count = _rows(random, least=1)
    kinds = ("integer", "large", "float", "text", "boolean", "nested")
    values = random_values(random, count, kinds)
    rows: list[Row] = []
    written: list[str] = []
    end = random.choice(("\n", "\r\n", "\r"))
    is_ascii = random.random() < 0.5
    for n in range(count):
        text = random_text(random)
        row = Row(text.encode(), random_text(random) or None, random_text(random) or None, values[n])
        found: dict[str, Any] = {"text": text, "id": row.id, "label": row.label, "value": row.value}
        if n and random.random() < 0.1:
            broken = random.choice(
                ("no json", "[1]", '"text"', "{", '{"text": "\\ud800"}', '{"text": "a"} {"text": "b"}', "NaN")
            )
            written.append(broken)
            rows.append(Row(None, is_bad=True))
            continue
        if n and random.random() < 0.1:
            found["text"] = None
            row = replace(row, text=None)
        keys = random.sample(list(found), len(found))
        if row.label is None and random.random() < 0.5:
            keys.remove("label")
        found = {key: found[key] for key in keys}
        written.append(json.dumps(found, ensure_ascii=is_ascii, separators=random.choice(((", ", ": "), (",", ":")))))
        rows.append(row)
    whole = "".join(line + end * random.choice((1, 1, 1, 2)) for line in written)
    if random.random() < 0.3:
        whole = whole.rstrip("\r\n")
    options = ReadOptions(modality="text", text_column="text", id_column="id", label_column=None, keep=("value",))
    if any('"label"' in line for line in written):
        options = replace(options, label_column="label")
    rows = rows if options.label_column else [replace(row, label=None) for row in rows]
    file = File(name="", content=b"", options=options, rows=rows, value="value")
    return _stored(random, whole, file, suffix=random.choice((".jsonl", ".ndjson", ".json")))


# ---- Parquet, TFRecord, tar -------------------------------------------------------------------------------


def parquet(random: Random) -> File:
    """A table of any types; texts may be bytes that are no UTF-8."""
    table, file = _typed(random)
    data = io.BytesIO()
    pq.write_table(
        table,
        data,
        row_group_size=random.choice((1, 2, 100)),
        compression=random.choice(("none", "snappy", "zstd", "gzip")),
        use_dictionary=random.random() < 0.5,
        data_page_version=random.choice(("1.0", "2.0")),
    )
    return replace(file, content=data.getvalue())


def arrow(random: Random) -> File:
    """The same as an Arrow file or stream, with any compression, in small record batches."""
    table, file = _typed(random)
    data = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=random.choice((None, "lz4", "zstd")))
    is_file = random.random() < 0.5
    make = pa.ipc.new_file if is_file else pa.ipc.new_stream
    if is_file:
        table = table.unify_dictionaries()
    with make(data, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=random.choice((1, 2, 100)))
    return replace(file, name=random.choice(("in.arrow", "in.feather")), content=data.getvalue())


def _typed(random: Random) -> tuple[pa.Table, File]:
    count = _rows(random, most=9)
    kind = random.choice((pa.string(), pa.large_string(), pa.binary(), pa.large_binary()))
    texts: list[Any] = [random_text(random).encode() if random.random() < 0.9 else None for _ in range(count)]
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if not is_text:
        texts = [random.randbytes(5) if random.random() < 0.2 else text for text in texts]
    payload = pa.array(texts, pa.binary()).cast(kind)
    if is_text and random.random() < 0.2:
        payload = payload.cast(pa.string()).dictionary_encode()
    value = _parquet_values(random, count)
    numbers = random_values(random, count, ("integer",))
    table = {
        "text": payload,
        "id": pa.array(numbers, pa.int64()),
        "label": pa.array([random_text(random) for _ in range(count)], pa.string()),
        "value": value,
    }
    rows = [
        Row(text, str(number), label or None, one)
        for text, number, label, one in zip(texts, numbers, table["label"].to_pylist(), value.to_pylist(), strict=True)
    ]
    options = ReadOptions(modality="text", text_column="text", id_column="id", label_column="label", keep=("value",))
    shuffled = pa.table({name: table[name] for name in random.sample(list(table), len(table))})
    return shuffled, File(name="in.parquet", content=b"", options=options, rows=rows, value="value")


def _parquet_values(random: Random, count: int) -> pa.Array:
    kind = random.choice((pa.int64(), pa.uint64(), pa.int8(), pa.float64(), pa.float32(), pa.string(), pa.binary(), pa.bool_(),
                          pa.list_(pa.float64()), pa.timestamp("us", tz="UTC"), pa.date32()))  # fmt: skip
    if pa.types.is_floating(kind):
        return pa.array(random_values(random, count, ("float",)), pa.float64()).cast(kind, safe=False)
    if pa.types.is_list(kind):
        return pa.array([random_values(random, random.randrange(3), ("float",)) for _ in range(count)], kind)
    if pa.types.is_string(kind):
        return pa.array(random_values(random, count, ("text",)), kind)
    if pa.types.is_binary(kind):
        return pa.array([random.randbytes(random.randrange(9)) for _ in range(count)], kind)
    values = [random.choice((0, 1, 127, -128)) for _ in range(count)]
    if pa.types.is_boolean(kind):
        return pa.array([bool(value) for value in values], kind)
    if pa.types.is_uint64(kind):
        values = [random.choice((0, 2**64 - 1, 2**63)) for _ in range(count)]
    elif pa.types.is_int64(kind):
        values = random_values(random, count, ("integer",))
    return pa.array([value if random.random() < 0.9 else None for value in values], kind)


def tfrecord(random: Random) -> File:
    """Examples. A feature may be missing or empty; one of several values has no one value."""
    count = _rows(random, least=1)
    kind = random.choice(("integer", "float", "text"))
    values: list[Any] = random_values(random, count, (kind,))
    if kind == "float":
        values = [_float32(value) for value in values]
    rows: list[Row] = []
    records: list[bytes] = []
    for value in values:
        text = random_text(random).encode() if random.random() < 0.8 else random.randbytes(4)
        row = Row(text, random_text(random) or None, str(random.choice(INTEGERS)), value)
        stored = value.encode() if isinstance(value, str) else value
        features: dict[str, Any] = {
            "text": text, "id": (row.id or "").encode(), "label": int(row.label or 0), "value": stored
        }  # fmt: skip
        if rows and random.random() < 0.1:
            features["text"] = [b"a", b"b"]
            row = replace(row, is_bad=True)
        elif rows and random.random() < 0.1:
            features["text"] = random.choice((None, []))
            row = replace(row, text=None)
        records.append(record(example(features)))
        rows.append(row)
    options = ReadOptions(modality="text", text_column="text", id_column="id", label_column="label", keep=("value",))
    file = File(name="", content=b"".join(records), options=options, rows=rows, value="value")
    return _packed(random, file, random.choice((".tfrecord", ".tfrecords")))


def _float32(value: float) -> float:
    near: float = struct.unpack("<f", struct.pack("<f", max(-3e38, min(value, 3e38))))[0]
    return near if math.isfinite(value) else value


def tar(random: Random) -> File:
    """A shard as WebDataset writes it: an image, its class and a JSON of more, of any bytes and names."""
    count = _rows(random)
    data = io.BytesIO()
    rows: list[Row] = []
    format = random.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT))  # noqa: A001 (tarfile's word)
    values = random_values(random, count, ("integer", "large", "text"))
    with tarfile.open(fileobj=data, mode="w", format=format) as archive:
        for number in range(count):
            key = f"{number}{random_text(random, without='./' + chr(0))}" + "x" * random.choice((0, 0, 120))
            key = random.choice(("", "folder/")) + key
            label = random_text(random, without="\0")
            image = random.randbytes(random.choice((0, 3, 600)))
            sidecar = json.dumps({"value": values[number]})
            members = [("jpg", image), ("cls", label.encode()), ("json", sidecar.encode())]
            for extension, content in random.sample(members, len(members)):
                info = tarfile.TarInfo(f"{key}.{extension}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            value = values[number]
            rows.append(
                Row(
                    image,
                    f"{{}}/{key}",
                    label.removeprefix("\ufeff").strip() or None,
                    value if isinstance(value, str) else str(value),
                )
            )
    options = ReadOptions(modality="image", keep=("value",) if count else ())
    file = File(name="", content=data.getvalue(), options=options, rows=rows, value="value" if count else None)
    file = _packed(random, file, ".tar")
    return replace(file, rows=[replace(row, id=(row.id or "").replace("{}", file.name, 1)) for row in rows])


FORMS: dict[str, Callable[[Random], File]] = {
    "lines": lines,
    "comma": lambda random: delimited(random, ","),
    "tab": lambda random: delimited(random, "\t"),
    "semicolon": lambda random: delimited(random, ";"),
    "bar": lambda random: delimited(random, "|"),
    "json": json_lines,
    "parquet": parquet,
    "arrow": arrow,
    "tfrecord": tfrecord,
    "tar": tar,
}
