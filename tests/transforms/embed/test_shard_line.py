"""The line from shards to parts: what it reuses, what it leaves behind when it is stopped, what it keeps in order."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows, settled, visible
from tests.helpers.fakes import FakeEncoder, vector_of
from transforms.common.errors import RunError
from transforms.common.progress import Meter
from transforms.embed.job import EmbedJob
from transforms.embed.plan import make_plan
from transforms.embed.plan_file import load_shards, save_plan
from transforms.embed.shard_line import ShardLine
from transforms.embed.shard_writer import ShardWriter
from transforms.encoders import devices, openvino_engine
from transforms.encoders.spec import Computation
from transforms.storage import files
from transforms.table.open import existing, open_log

both = pytest.mark.parametrize("part_format", FORMATS)


def many(corpus: Corpus, *, names: str = "abcdefgh", lines: int = 6) -> None:
    for name in names:
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(lines)])


class StopError(Exception):
    pass


def stop_after(monkeypatch: pytest.MonkeyPatch, shards: int, error: type[BaseException]) -> None:
    """From now on, the line breaks once so many shards are finished."""
    finish = ShardWriter.finish
    finished: list[Any] = []

    def finish_or_stop(self: ShardWriter) -> Any:
        if len(finished) == shards:
            raise error("stopped")
        finished.append(None)
        return finish(self)

    monkeypatch.setattr(ShardWriter, "finish", finish_or_stop)


@both
@pytest.mark.parametrize(("shards", "error"), [(0, StopError), (3, KeyboardInterrupt), (7, StopError)])
def test_a_stopped_run_is_taken_up_where_it_was(
    corpus: Corpus, table: str, part_format: Any, shards: int, error: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    many(corpus)
    asked = {"part_format": part_format, "shard_items": 1}
    with monkeypatch.context() as patch:
        stop_after(patch, shards, error)
        with pytest.raises(error):
            embed(job(corpus, table, **asked))
    assert open_log(table, part_format).snapshot() is None
    assert len([name for name in os.listdir(table) if name.startswith("part-")]) == shards
    assert not [name for name in os.listdir(table) if name.endswith(".tmp")]
    fakes.forget()

    summary = embed(job(corpus, table, **asked))

    assert sum(fakes.encoded().values()) == summary.encoded == 48 - 6 * shards
    assert (summary.version, summary.rows, summary.written) == (0, 48, 48)
    assert rows(table) == expected(corpus)
    assert visible(table) == set()
    assert settled()


@both
def test_a_stopped_second_run_is_taken_up_too(
    corpus: Corpus, table: str, part_format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(corpus)
    asked = {"part_format": part_format, "shard_items": 2}
    embed(job(corpus, table, **asked))
    before = rows(table)
    for name in "abcdefg":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(1, 6)] + [f"{name} new"])
    corpus.remove("h.txt")
    fakes.forget()
    with monkeypatch.context() as patch:
        stop_after(patch, 2, StopError)
        with pytest.raises(StopError):
            embed(job(corpus, table, **asked))
    assert rows(table) == before

    embed(job(corpus, table, **asked))

    assert rows(table) == expected(corpus)
    assert set(fakes.encoded()) == {f"{name} new".encode() for name in "abcdefg"}
    assert max(fakes.encoded().values()) <= 2


def test_a_run_whose_shards_are_all_finished_loads_no_encoder(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(corpus)
    with monkeypatch.context() as patch:
        patch.setattr("tests.helpers.embedding.commit", lambda *_: (_ for _ in ()).throw(StopError))
        with pytest.raises(StopError):
            embed(job(corpus, table, shard_items=3))
    fakes.forget()

    summary = embed(job(corpus, table, shard_items=3))

    assert fakes.LOADS == []
    assert (summary.encoded, summary.written) == (0, 48)
    assert rows(table) == expected(corpus)


def test_a_finished_shard_whose_part_is_gone_is_done_again(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(corpus, names="abc")
    with monkeypatch.context() as patch:
        patch.setattr("tests.helpers.embedding.commit", lambda *_: (_ for _ in ()).throw(StopError))
        with pytest.raises(StopError):
            embed(job(corpus, table, shard_items=1))
    part = next(Path(table).glob("part-*"))
    part.unlink()
    fakes.forget()

    embed(job(corpus, table, shard_items=1))

    assert sum(fakes.encoded().values()) == 6
    assert rows(table) == expected(corpus)


def test_a_source_that_is_edited_between_two_tries_is_read_as_it_is(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(corpus)
    with monkeypatch.context() as patch:
        stop_after(patch, 3, StopError)
        with pytest.raises(StopError):
            embed(job(corpus, table, shard_items=1))
    corpus.write("a.txt", ["another"])

    embed(job(corpus, table, shard_items=1))

    assert rows(table) == expected(corpus)
    orphans = visible(table)
    assert len(orphans) == 1 and not orphans & set(existing(table).parts)


@both
def test_a_full_disk_is_told_in_one_line_and_finished_parts_are_kept(
    corpus: Corpus, table: str, part_format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(corpus)
    asked = {"part_format": part_format, "shard_items": 1}
    opened: list[str] = []

    def three_fit(path: str, open_write: Callable[[str], Any]) -> Any:
        if "/.part-" not in path:
            return open_write(path)
        opened.append(path)
        Path(path).touch()
        return open_write(path if len(opened) <= 3 else "/dev/full")

    with monkeypatch.context() as patch:
        for name in ("open_write", "open_native_write"):
            patch.setattr(files, name, partial(three_fit, open_write=getattr(files, name)))
        with pytest.raises(RunError, match=f"the disk of {table} is full: free some space and run the same command"):
            embed(job(corpus, table, **asked))
    assert not [name for name in os.listdir(table) if name.endswith(".tmp")]
    fakes.forget()

    embed(job(corpus, table, **asked))

    assert sum(fakes.encoded().values()) == 48 - 18
    assert rows(table) == expected(corpus)


def test_items_that_do_not_add_up_fail_the_shard(corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many(corpus, names="ab")
    monkeypatch.setattr(ShardWriter, "add_dead_letters", lambda *_: None)
    corpus.write("c.txt", ["fine", "POISON"])

    with pytest.raises(RunError, match="14 items were read, but 13 were written and 0 are dead"):
        embed(job(corpus, table))
    assert open_log(table).snapshot() is None


@both
@pytest.mark.parametrize("most_items", [None, 1, 3])
def test_memory_that_runs_out_changes_no_row(
    corpus: Corpus, table: str, part_format: Any, most_items: int | None
) -> None:
    corpus.write(
        "a.txt", [f"{'POISON' if row % 9 == 4 else 'NAN!' if row % 9 == 6 else 'line'} {row}" for row in range(100)]
    )

    embed(
        job(
            corpus,
            table,
            part_format=part_format,
            encoder=fakes.text_encoder(most_items=most_items),
            max_dead_fraction=1,
        )
    )

    assert rows(table) == {name: row for name, row in expected(corpus).items() if row["text"].startswith("line")}


def receipts_of(made: EmbedJob, meter: Meter) -> list[str]:
    plan = make_plan(made, open_log(made.table, made.part_format).snapshot())
    save_plan(made, plan)
    line = ShardLine(made, schema=plan.schema, load=made.encoder.load, meter=meter)
    return [receipt.shard for receipt in line.run(load_shards(made, range(len(plan.shards))))]


def test_receipts_come_in_the_order_of_the_shards_and_the_meter_ends_full(corpus: Corpus, table: str) -> None:
    many(corpus)
    corpus.write("bad.txt", ["POISON", "x"])
    made = job(corpus, table, shard_items=2, max_dead_fraction=1)
    plan = make_plan(made, None)
    first, again = Meter(), Meter()

    assert receipts_of(made, first) == [shard.id for shard in plan.shards]
    assert (first.read, first.encoded, first.written, first.dead, first.work) == (50, 50, 49, 1, plan.weight)
    assert receipts_of(made, again) == [shard.id for shard in plan.shards]
    assert (again.read, again.encoded, again.written, again.dead, again.work) == (50, 0, 49, 1, plan.weight)


def test_stopping_the_line_early_leaves_no_thread_and_no_file(corpus: Corpus, table: str) -> None:
    many(corpus, lines=200)
    made = job(corpus, table, shard_items=1)
    plan = make_plan(made, None)
    save_plan(made, plan)
    line = ShardLine(made, schema=plan.schema, load=made.encoder.load, meter=Meter())
    receipts = line.run(load_shards(made, range(len(plan.shards))))
    next(receipts)

    receipts.close()

    assert settled()
    assert not [name for name in files.names(table) if name.endswith(".tmp")]


# ---- images -----------------------------------------------------------------------------------------------


def write_image(path: Path, shade: int, size: tuple[int, int] = (4, 4)) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, shade, shade)).save(path)
    return bytes([shade] * 48)


@both
def test_images_get_the_vectors_of_their_pixels(tmp_path: Path, table: str, part_format: Any) -> None:
    folder = tmp_path / "pictures"
    pixels = {
        f"{label}/{shade}.png": write_image(folder / label / f"{shade}.png", shade)
        for label in ("cat", "dog")
        for shade in range(20)
    }
    (folder / "cat" / "empty.png").touch()
    (folder / "dog" / "cut.png").write_bytes((folder / "dog" / "3.png").read_bytes()[:40])

    summary = embed(
        job(
            folder,
            table,
            modality="image",
            part_format=part_format,
            read={"labels_from": "folder"},
            max_dead_fraction=0.1,
        )
    )

    assert (summary.rows, summary.dead) == (40, 2)
    assert {name: (row["label"], row["embedding"]) for name, row in rows(table).items()} == {
        name: (name.split("/")[0], tuple(vector_of(content).tolist())) for name, content in pixels.items()
    }


@both
def test_a_changed_image_is_encoded_and_a_touched_one_is_not(tmp_path: Path, table: str, part_format: Any) -> None:
    folder = tmp_path / "pictures"
    for shade in range(10):
        write_image(folder / f"{shade}.png", shade)
    asked: dict[str, Any] = {"modality": "image", "part_format": part_format}
    embed(job(folder, table, **asked))
    fakes.forget()
    os.utime(folder / "1.png")
    write_image(folder / "2.png", 200)
    (folder / "3.png").unlink()
    (folder / "4.png").rename(folder / "moved.png")

    summary = embed(job(folder, table, **asked))

    assert fakes.encoded() == {bytes([200] * 48): 1}  # the moved one's shard looks where its vector is
    assert (summary.new, summary.changed, summary.deleted, summary.unchanged) == (1, 2, 2, 6)
    shades = {"0": 0, "1": 1, "2": 200, "moved": 4} | {str(shade): shade for shade in range(5, 10)}
    assert {name: row["embedding"] for name, row in rows(table).items()} == {
        f"{name}.png": tuple(vector_of(bytes([shade] * 48)).tolist()) for name, shade in shades.items()
    }


@both
def test_broken_new_and_known_images_of_one_shard_keep_their_vectors(
    tmp_path: Path, table: str, part_format: Any
) -> None:
    folder = tmp_path / "pictures"
    for shade in range(12):
        write_image(folder / f"{shade:02}.png", shade)
    asked: dict[str, Any] = {"modality": "image", "part_format": part_format, "max_dead_fraction": 1}
    embed(job(folder, table, **asked))
    fakes.forget()
    shades = dict.fromkeys(range(12), 0)
    for shade in shades:
        path = folder / f"{shade:02}.png"
        if shade % 4 == 1:
            path.write_bytes(b"broken")
        elif shade % 4 == 2:
            write_image(path, 100 + shade)
        else:
            os.utime(path)

    summary = embed(job(folder, table, **asked))

    assert (summary.encoded, summary.reused, summary.dead) == (3, 6, 3)
    want = {f"{s:02}.png": 100 + s if s % 4 == 2 else s for s in shades if s % 4 != 1}
    assert {name: row["embedding"] for name, row in rows(table).items()} == {
        name: tuple(vector_of(bytes([shade] * 48)).tolist()) for name, shade in want.items()
    }


def test_the_same_image_under_two_names_is_two_rows(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "pictures"
    write_image(folder / "a.png", 7)
    (folder / "b.png").write_bytes((folder / "a.png").read_bytes())

    embed(job(folder, table, modality="image"))

    found = rows(table)
    assert set(found) == {"a.png", "b.png"}
    assert found["a.png"]["content"] == found["b.png"]["content"]
    assert np.asarray(found["a.png"]["embedding"]).tolist() == vector_of(bytes([7] * 48)).tolist()


def test_what_errno_says_is_told(table: str) -> None:
    from transforms.storage.write_errors import disk_trouble

    assert "is full" in str(disk_trouble(OSError(errno.EDQUOT, "quota"), table))
    assert str(disk_trouble(OSError(errno.EIO, "Input/output error"), table)) == (
        f"{table} cannot be written: Input/output error"
    )


@pytest.mark.parametrize("made_by", ["openvino in pieces", "processes for a GPU"])
def test_images_have_the_same_rows_whoever_decodes_them(
    made_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    for shade in range(21):
        write_image(folder / f"{shade:02}.png", shade)
    for name in ("00a", "07a", "12a", "13a"):
        (folder / f"{name}.png").write_bytes(b"no image")
    there = str(tmp_path / "there")
    asked: dict[str, Any] = {"modality": "image", "max_dead_fraction": 1.0}
    embed(job(folder, there, **asked))
    if made_by == "processes for a GPU":
        monkeypatch.setattr(devices, "gpus_used", lambda: 1)
        monkeypatch.setattr(devices, "cores", lambda: 4)
        monkeypatch.setattr(devices, "gpu_busy", lambda: 0.5)
    else:
        monkeypatch.setattr(openvino_engine, "AT_ONCE", 3)
        asked["encoder"] = replace(fakes.image_encoder(), computation=Computation(engine="openvino"))
    here = str(tmp_path / "here")

    summary = embed(job(folder, here, **asked))

    assert rows(here) == rows(there)
    assert (summary.rows, summary.dead, summary.encoded) == (21, 4, 21)
    assert summary.busy.keys() >= {"decode", "encode", "write", "wait"}
    assert settled()


def test_what_is_out_of_range_in_half_precision_is_made_in_float32_and_counted(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["fine", "NAN! of large numbers", "fine, too"])
    exact = FakeEncoder(fakes.text_encoder().spec, "fake-1", not_a_number=b"never")

    summary = embed(job(corpus, table, encoder=replace(fakes.text_encoder(), exact=lambda: exact)))

    assert rows(table) == expected(corpus)
    assert (summary.rows, summary.dead, summary.again) == (3, 0, 1)
    assert exact.calls == [1]
