"""Tables of images behind addresses: what is fetched, what a rerun asks, what is dead."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.helpers.embedding import embed, job, rows
from tests.helpers.web_server import WebServer, web_server
from tests.transforms.corpus.addresses.test_fetching import LOCAL
from transforms.common.errors import RequestError, RunError
from transforms.corpus import dead_letters
from transforms.corpus.addresses.kept_bytes import claim
from transforms.embed.commit import Summary
from transforms.embed.plan import compare
from transforms.housekeeping.forget_rows import forget_rows, table_items
from transforms.table import ledger
from transforms.table.open import existing


def image(n: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), (n % 256, n // 256, 7)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server({f"/ok/{n}.png": image(n) for n in range(100)}) as found:
        yield found


class Lists:
    """A list of addresses, and the table made of it."""

    def __init__(self, folder: Path, server: WebServer) -> None:
        self.path = folder / "list.csv"
        self.table = str(folder / "table")
        self._server = server
        self._agents = map("Run/{}".format, count())

    def write(self, paths: Iterable[str]) -> None:
        lines = [f"{self._server.url(path)},{n}" for n, path in enumerate(paths)]
        self.path.write_text("\n".join(["image_url,n", *lines, ""]))

    def job(self, **asked: Any) -> Any:
        read = {"image_column": "image_url"}
        return job(self.path, self.table, modality="image", read=read, **{"addresses": LOCAL, **asked})

    def embed(self, **asked: Any) -> Summary:
        agent = next(self._agents)
        self._server.forget_counts(counted=agent)
        return embed(self.job(**{**asked, "addresses": replace(asked.get("addresses", LOCAL), user_agent=agent)}))

    def dead(self) -> dict[str, tuple[str, str]]:
        """Dead letters of the newest version: by path, kind and message."""
        shards = existing(self.table).ledger["shard"].to_pylist()
        start = self._server.url("")
        found = dead_letters.read(self.table, shards).to_pylist()
        return {row["id"].removeprefix(start): (row["error"], row["message"]) for row in found}

    def contents(self) -> dict[str, str]:
        start = self._server.url("")
        return {name.removeprefix(start): row["content"] for name, row in rows(self.table).items()}


@pytest.fixture
def lists(tmp_path: Path, server: WebServer) -> Lists:
    found = Lists(tmp_path, server)
    found.write(server.images)
    return found


def test_a_rerun_asks_each_address_and_fetches_what_changed(lists: Lists, server: WebServer) -> None:
    first = lists.embed()
    assert (first.rows, first.encoded, first.addresses) == (100, 100, {"fetched": 100})
    assert sum(server.bodies.values()) == sum(server.asked.values()) == 100
    again = lists.embed()
    assert (again.committed, again.addresses) == (False, {"asked": 100, "not_modified": 100})
    assert (sum(server.asked.values()), sum(server.bodies.values())) == (100, 0)
    before = lists.contents()
    server.images["/ok/7.png"] = image(500)
    assert compare(lists.job())["changed"] == 1
    changed = lists.embed()
    assert (changed.version, changed.rows, changed.encoded, changed.reused) == (1, 100, 1, 99)
    # That it changed is seen by a first answer, whose body is not read.
    assert server.bodies == {"/ok/7.png": 2} and sum(server.asked.values()) == 101
    after = lists.contents()
    assert {path for path in before if before[path] != after[path]} == {"/ok/7.png"}
    assert not lists.embed().committed


def test_a_list_that_grew_costs_its_new_rows(lists: Lists, server: WebServer) -> None:
    lists.write(list(server.images)[:90])
    lists.embed()
    lists.write(server.images)
    grown = lists.embed()
    assert (grown.rows, grown.encoded) == (100, 10)
    assert (sum(server.asked.values()), sum(server.bodies.values())) == (100, 10)


def test_servers_without_validators_are_compared_by_content(lists: Lists, server: WebServer) -> None:
    server.images = {f"/{kind}/{n}.png": image(n) for n in range(5) for kind in ("plain", "dated")}
    lists.write(server.images)
    lists.embed()
    assert not lists.embed().committed
    assert {path.split("/")[1] for path in server.bodies} == {"plain"}
    server.images |= {"/plain/0.png": image(77), "/dated/1.png": image(78)}
    assert lists.embed().encoded == 2


def test_addresses_that_are_gone_leave_and_come_back(lists: Lists, server: WebServer) -> None:
    lists.embed()
    gone = server.images.pop("/ok/3.png")
    server.gone.add("/ok/3.png")
    left = lists.embed()
    assert (left.rows, left.dead, left.encoded) == (99, 1, 0)
    assert lists.dead() == {"/ok/3.png": ("HttpStatus", "404 Not Found")}
    assert not lists.embed().committed
    server.images["/ok/3.png"] = gone
    back = lists.embed()
    assert (back.rows, back.dead, back.encoded) == (100, 0, 0)


def test_a_server_that_is_down_empties_no_table(lists: Lists, server: WebServer) -> None:
    lists.embed()
    server.down = True
    with pytest.raises(RunError, match=r"100 of 100 items cannot be embedded \(100 NoConnection, .*the limit is 0.01"):
        lists.embed()
    server.down = False
    assert not lists.embed().committed and len(lists.contents()) == 100


def test_a_run_that_failed_for_its_server_is_not_gone_on_from(lists: Lists, server: WebServer) -> None:
    server.down = True
    with pytest.raises(RunError, match="100 of 100 items"):
        lists.embed()
    server.down = False
    assert lists.embed().rows == 100


def test_dead_letters_say_what_and_hold_no_credentials(lists: Lists, server: WebServer) -> None:
    lists.path.write_text(
        f"image_url\n{server.url('/ok/1.png')}\nhttp://me:secret@127.0.0.1:{server.port}/status/404\nhttp://me:secret@/x\n"
        f"https://:80:80/x\nhttp://0x7f.1:{server.port}/page/1.jpg\n"
    )
    summary = lists.embed(max_dead_fraction=1.0)
    assert summary.addresses == {"fetched": 1, "HttpStatus": 1, "BadAddress": 2, "NotAnImage": 1}
    assert lists.dead() == {
        "/status/404": ("HttpStatus", "404 Not Found"),
        "http:///x": ("BadAddress", "it is no address of a web server"),
        "https://:80:80/x": ("BadAddress", "it is no address of a web server"),
        f"http://0x7f.1:{server.port}/page/1.jpg": ("NotAnImage", "it is a page of HTML of 37 bytes"),
    }
    stored = [path for path in Path(lists.table).rglob("*") if path.is_file()]
    assert not [path for path in stored if b"secret" in path.read_bytes()]


def test_private_hosts_are_refused(lists: Lists, server: WebServer) -> None:
    with pytest.raises(RunError, match=r"100 PrivateAddress, first .*127.0.0.1 is this machine's own: --allow-private"):
        lists.embed(addresses=replace(LOCAL, allow_private=False))
    assert not server.asked
    assert lists.embed().rows == 100


def test_lists_of_lines_and_of_parquet_are_read(tmp_path: Path, server: WebServer) -> None:
    addresses = [server.url(path) for path in server.images]
    Path(tmp_path, "list.txt").write_text("\n".join(addresses))
    pq.write_table(pa.table({"url": addresses, "caption": ["x"] * 100}), tmp_path / "list.parquet")
    for name in ("list.txt", "list.parquet"):
        read = {} if name == "list.txt" else {"image_column": "url", "keep": ("caption",)}
        made = job(tmp_path / name, str(tmp_path / f"{name}-table"), modality="image", read=read, addresses=LOCAL)
        assert embed(made).rows == 100
        assert sorted(rows(made.table)) == sorted(addresses)


def test_kept_images_are_the_corpus_of_the_next_run(lists: Lists, server: WebServer, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    keep = {"keep_bytes": str(folder)}
    lists.embed()
    assert lists.embed(**keep).addresses == {"asked": 100, "not_modified": 100, "fetched": 100}
    assert not lists.embed(**keep).committed

    def again(name: str) -> dict[str, tuple[str, Any]]:
        made = job(folder, str(tmp_path / name), modality="image", read={"id_column": "id"})
        embed(made)
        return {name: (row["content"], row["embedding"]) for name, row in rows(made.table).items()}

    def now() -> dict[str, tuple[str, Any]]:
        return {name: (row["content"], row["embedding"]) for name, row in rows(lists.table).items()}

    assert again("first") == now()
    # What changed, and what left, is taken out of the archives.
    server.images["/ok/7.png"] = image(500)
    server.gone.add("/ok/9.png")
    del server.images["/ok/9.png"]
    assert lists.embed(**keep).addresses == {
        "asked": 100,
        "not_modified": 98,
        "changed": 2,
        "fetched": 1,
        "HttpStatus": 1,
    }
    assert again("second") == now() and len(now()) == 99
    lists.write(list(server.images)[:50])
    lists.embed(**keep)
    assert again("third") == now() and len(now()) == 50


def test_archives_have_label_columns_and_validators(tmp_path: Path, server: WebServer) -> None:
    folder = tmp_path / "kept"
    lines = [f"{server.url(f'/ok/{n}.png')},cat {n},caption {n}" for n in range(3)]
    Path(tmp_path, "list.csv").write_text("\n".join(["url,kind,caption", *lines]))
    read = {"image_column": "url", "label_column": "kind", "keep": ("caption",)}
    embed(
        job(
            tmp_path / "list.csv",
            str(tmp_path / "t"),
            modality="image",
            read=read,
            addresses=LOCAL,
            keep_bytes=str(folder),
        )
    )
    (archive,) = folder.glob("*.tar")
    with tarfile.open(archive) as opened:
        members = {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]
    keys = list(dict.fromkeys(name.partition(".")[0] for name in members))
    assert sorted(members) == sorted(f"{key}.{suffix}" for key in keys for suffix in ("png", "json", "cls", "txt"))
    about = json.loads(members[f"{keys[1]}.json"])
    assert {"id", "url", "etag", "last_modified", "caption"} == set(about)
    assert about["url"] == about["id"] == server.url("/ok/1.png") and about["etag"].startswith('"')
    assert members[f"{keys[1]}.cls"] == b"cat 1" and members[f"{keys[1]}.txt"] == b"caption 1"
    assert members[f"{keys[1]}.png"] == image(1)


def test_a_folder_of_kept_images_belongs_to_one_table(tmp_path: Path) -> None:
    claim(str(tmp_path), "/a")
    claim(str(tmp_path), "/a")
    with pytest.raises(RequestError, match="has the images of /a: give another folder, or delete"):
        claim(str(tmp_path), "/b")


def test_a_killed_shard_leaves_no_image_twice(lists: Lists, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("transforms.table.ledger.write_receipt", killed)
        with pytest.raises(KeyboardInterrupt):
            lists.embed(keep_bytes=str(folder))
    lists.embed(keep_bytes=str(folder))
    (archive,) = folder.glob("*.tar")
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    assert len(names) == len(set(names)) == 200


def test_an_address_that_stands_twice_is_refused_before_anything_is_fetched(lists: Lists, server: WebServer) -> None:
    lists.write([*server.images, "/ok/5.png"])
    with pytest.raises(
        RequestError, match=r"list.csv: .*/ok/5.png stands more than once .* 1 addresses in all: remove"
    ):
        lists.embed()
    assert not server.asked


def test_a_killed_run_is_gone_on_from_shard_by_shard(
    lists: Lists, server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.embed.shards._LIST_BYTES", 1000)
    folder = tmp_path / "kept"
    written: list[str] = []
    write = ledger.write_receipt

    def killed(path: str, *rest: Any) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        write(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("transforms.table.ledger.write_receipt", killed)
        with pytest.raises(KeyboardInterrupt):
            lists.embed(keep_bytes=str(folder))
    rest = lists.embed(keep_bytes=str(folder))
    assert rest.rows == 100 and 0 < sum(server.bodies.values()) == rest.addresses["fetched"] < 100
    assert not lists.embed(keep_bytes=str(folder)).committed
    server.images["/ok/50.png"] = image(501)
    assert lists.embed(keep_bytes=str(folder)).encoded == 1
    made = job(folder, str(tmp_path / "again"), modality="image", read={"id_column": "id"})
    embed(made)
    assert {name: row["content"] for name, row in rows(made.table).items()} == {
        server.url(path): content for path, content in lists.contents().items()
    }


def test_what_is_forgotten_is_not_fetched_again_and_leaves_the_kept_images(
    lists: Lists, server: WebServer, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    lists.embed(keep_bytes=str(folder))
    name = server.url("/ok/5.png")
    forget_rows(lists.table, table_items(lists.table, [name]), run="forgotten")
    after = lists.embed(keep_bytes=str(folder))
    again = lists.embed(keep_bytes=str(folder))
    assert (after.rows, again.committed, server.asked["/ok/5.png"]) == (99, False, 0)
    stored = [path for root in (folder, Path(lists.table)) for path in root.rglob("*") if path.is_file()]
    assert not [path for path in stored if name.encode() in path.read_bytes()]
