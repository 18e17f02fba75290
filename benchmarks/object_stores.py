"""Every job on imitated cloud stores that fail, with commands that are killed, and two publishers at once, again and again.

    python -m benchmarks.object_stores [--store s3|gs] [--pairs 50] [--faults 0.05]

moto's server stands for s3://, fake-gcs-server for gs:// (on `PATH`, or named by `FAKE_GCS_SERVER`). A proxy makes a share of all
requests fail: late, 503, cut in the middle of an upload or of an answer, answered to nobody. Through the command: embed, killed
and run again; train, killed after an epoch and right after its commit; predict; index, killed in mid-build; search; a changed
corpus, embedded; the index updated; neighbors, clusters, export. Nothing may be lost or doubled. Commands are processes forked
from one that has everything imported and has opened nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import FORK, console, forked, show
from benchmarks.figures import record
from launch import cli
from tests.helpers import cloud_stores, heads
from tests.helpers.cloud_stores import CloudStore

_ROWS, _MORE = 400, 60
_KILLED = -signal.SIGKILL


class Flow:
    """The commands of one store, and what became of them."""

    def __init__(self, store: CloudStore, home: Path) -> None:
        self.store = store
        self.home = home
        self.counts: Counter[str] = Counter()
        self.root = store.root

    def forked(self, action: Callable[[], Any], *, kill: tuple[str, int] | None = None) -> tuple[int, str]:
        """Runs an action in a process of its own: its exit code, and what it wrote.

        Args:
          kill: what a path has that is written to, and at which of these writes the process is killed.
        """
        log = self.home / "command.log"
        process = forked(action, log)
        left = [kill[1] if kill else 0]

        def after(method: str, path: str) -> None:
            if kill is not None and method in ("PUT", "POST") and kill[0] in path:
                left[0] -= 1
                if left[0] == 0 and process.pid is not None:
                    os.kill(process.pid, signal.SIGKILL)

        self.store.proxy.after = after
        process.start()
        process.join()
        return process.exitcode or 0, log.read_text(errors="replace")

    def command(self, *arguments: str, kill: tuple[str, int] | None = None, expected: int = 0) -> str:
        """Runs `vectormill ARGUMENTS`; a command that is to be killed is then run again."""
        if kill is not None:
            code, printed = self.forked(lambda: cli.run([*arguments]), kill=kill)
            self._count(arguments, code, _KILLED, printed)
        code, printed = self.forked(lambda: cli.run([*arguments]))
        self._count(arguments, code, expected, printed)
        return printed

    def _count(self, arguments: Sequence[str], code: int, expected: int, printed: str) -> None:
        name = f"{arguments[0]}{' killed' if expected == _KILLED else ''}: {code}"
        console.print(f"[dim]{self.root} {name}[/dim]")
        self.counts["commands"] += 1
        self.counts["as expected"] += code == expected
        if code != expected:
            console.print(f"{arguments} ended with {code}, not {expected}:\n{printed[-1500:]}", markup=False)

    def ids(self, table: str) -> Counter[str]:
        """How often each id is in the newest version of a Delta table, read as any tool does; none where it cannot be read."""
        found = self.home / "ids.json"

        def read() -> int:
            from deltalake import DeltaTable

            found.write_text(
                json.dumps(DeltaTable(f"{self.root}/{table}").to_pyarrow_table(columns=["id"])["id"].to_pylist())
            )
            return 0

        code, printed = self.forked(read)
        if code:
            console.print(printed, markup=False)
            return Counter()
        return Counter(json.loads(found.read_text()))

    def check(self, name: str, table: str, expected: set[str]) -> None:
        """Counts the rows of a table that are lost, twice or unknown, while the store does not fail: the reader is not ours."""
        share, self.store.proxy.share = self.store.proxy.share, 0.0
        ids = self.ids(table)
        self.store.proxy.share = share
        wrong = len(expected - set(ids)) + sum(ids.values()) - len(set(ids) & expected)
        self.counts["rows checked"] += len(expected)
        self.counts["rows lost or doubled"] += wrong
        if wrong:
            console.print(f"{self.root} {name}: {wrong} rows are lost or doubled")

    def put(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Writes a source of the corpus."""
        path = heads.write_rows(self.home / "corpus" / name, rows)

        def write() -> int:
            from transforms.storage import files

            files.write(f"{self.root}/corpus/{name}", path.read_bytes())
            return 0

        code, printed = self.forked(write)
        if code:
            raise SystemExit(printed)

    def run(self, encoder: Path) -> None:
        """All the commands."""
        root = self.root
        rows = heads.news(_ROWS)
        for number, name in enumerate("abcd"):
            self.put(f"{name}.parquet", rows[number * _ROWS // 4 : (number + 1) * _ROWS // 4])
        reading = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
        embed = ["embed", f"{root}/corpus", "--to", f"{root}/table", "--encoder", str(encoder), "--trust", *reading]
        embed += ["--shard-items", "100"]
        ids = {str(row["id"]) for row in rows}
        self.command(*embed, kill=("/table/part-", 1))
        self.check("embed", "table", ids)
        train = ["train", f"{root}/table", "--to", f"{root}/models/news", "--no-leakage-check"]
        self.command(*train, "--head", "mlp", "--hidden", "16", "--epochs", "4", kill=("/state.json", 2))
        self.command(*train, "--inverse-regularization", "1", "--min-gain", "-1", kill=("/.commits/2.json", 1))
        self.command("predict", f"{root}/models/news", f"{root}/table", "--to", f"{root}/predicted")
        self.check("predict", "predicted", ids)
        self.command("evaluate", f"{root}/models/news", f"{root}/table", "--to", f"{root}/report")
        index = ["index", f"{root}/table", "--to", f"{root}/indexes/news", "--kind", "ivf", "--recall", "0.5"]
        self.command(*index, kill=("/shards/0/.files.json", 1))
        self._search("bank profit dividend", "money")
        # One source changes, one is new: rows go, and rows come.
        kept = rows[20 : _ROWS // 4]
        self.put("a.parquet", kept)
        new = heads.news(_MORE, seed=7, name="new")
        self.put("e.parquet", new)
        ids = {str(row["id"]) for row in (*kept, *rows[_ROWS // 4 :], *new)}
        self.command(*embed, kill=("/receipts/", 1))
        self.check("embed again", "table", ids)
        self.command(*index, kill=("/.commits/2.json", 1))
        self._search("bank profit dividend", "money")
        self.command(
            "neighbors", f"{root}/indexes/news", f"{root}/table", "--to", f"{root}/near", "-k", "3", "--exclude-self"
        )
        self.check("neighbors", "near", ids)
        self.command("cluster", f"{root}/table", "--to", f"{root}/clusters", "-k", "3")
        self.check("cluster", "clusters", ids)
        self.command("export", f"{root}/table", "--to", f"{root}/export", "--format", "npy")

    def _search(self, text: str, label: str) -> None:
        printed = self.command(
            "search", f"{self.root}/indexes/news", *text.split(), "--json", "--where", f"label = '{label}'"
        )
        answers = [json.loads(line) for line in printed.splitlines() if line.startswith('{"query"')]
        hits = answers[0]["hits"] if answers else []
        self.counts["commands"] += 1
        self.counts["as expected"] += len(hits) == 10 and all(hit["label"] == label for hit in hits)

    def race(self, pairs: int) -> None:
        """Two processes publish a version of the same number, again and again; one must win, and the other must be told."""
        meeting = FORK.Barrier(2)
        logs = [self.home / f"publisher-{side}.json" for side in "ab"]

        def publisher(side: int) -> Callable[[], None]:
            def body() -> None:
                logs[side].write_text(
                    json.dumps([_published(f"{self.root}/race/{pair}", side, meeting) for pair in range(pairs)])
                )
                os._exit(0)

            return body

        self.store.proxy.after = lambda method, path: None
        processes = [FORK.Process(target=publisher(side)) for side in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        both = [json.loads(log.read_text()) for log in logs]
        for pair, ends in enumerate(zip(*both, strict=True)):
            won = [side for side, end in enumerate(ends) if end["version"] == 1]
            refused = [
                end
                for end in ends
                if end["error"].endswith("run the same command again") and "got version 1" in end["error"]
            ]
            is_whole = len(won) == 1 and all(end["content"] == [f"{won[0]}"] * 12 for end in ends)
            self.counts["pairs as promised"] += len(won) == len(refused) == 1 and is_whole
            if not (len(won) == len(refused) == 1 and is_whole):
                console.print(f"{self.root} pair {pair}: {ends}", markup=False)


def _published(root: str, side: int, meeting: Any) -> dict[str, Any]:
    """Publishes a version whose twelve files say by whom; then reads what is there."""
    from transforms.common.errors import VectormillError
    from transforms.storage import files, local_disk
    from transforms.storage.local_cache import local_copy
    from transforms.storage.numbered_versions import Versions

    things = Versions(noun="index", marker="index.json", work="build")
    outcome: dict[str, Any] = {"version": None, "error": ""}
    with local_disk.scratch() as work:
        for name in ["index.json", *(f"part/{number}" for number in range(11))]:
            files.write(f"{work}/built/{name}", str(side).encode())
        meeting.wait(900)
        try:
            outcome["version"] = things.publish(f"{work}/built", root, after=None)
        except VectormillError as error:
            outcome["error"] = str(error)
    meeting.wait(900)
    there = local_copy(f"{root}/1")
    outcome["content"] = [files.read(entry.path).decode() for entry in files.below(there)]
    return outcome


def _import_everything(home: Path, encoder: Path) -> None:
    """Imports what the commands import, without running one here: their threads would not survive a fork."""
    rows = heads.news(120)
    path = heads.write_rows(home / "first" / "a.parquet", rows)
    names = home / "modules.json"

    def run() -> int:
        heads.save_encoder(encoder)
        reading = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
        table, model = str(home / "first-table"), str(home / "first-model")
        codes = [
            cli.run(["embed", str(path), "--to", table, "--encoder", str(encoder), "--trust", *reading]),
            cli.run(["train", table, "--to", model, "--inverse-regularization", "1"]),
            cli.run(["index", table, "--to", str(home / "first-index")]),
        ]
        names.write_text(json.dumps(list(sys.modules)))
        return max(codes)

    process = FORK.Process(target=lambda: os._exit(run()))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the commands fail on this machine's disk already")
    for name in json.loads(names.read_text()):
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--store", choices=["s3", "gs"], action="append")
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--faults", type=float, default=0.05)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="object-stores-"))
    os.environ["VECTORMILL_CACHE_DIR"] = str(home / "cache")
    encoder = home / "encoder"
    found: dict[str, Counter[str]] = {}
    try:
        _import_everything(home, encoder)
        for scheme in asked.store or ["s3", "gs"]:
            if reason := cloud_stores.missing(scheme):
                console.print(f"{scheme}:// is left out: {reason}")
                continue
            with cloud_stores.running(scheme, home) as store:
                os.environ.update(store.environment)
                flow = Flow(store, home)
                store.proxy.share = asked.faults
                flow.run(encoder)
                flow.race(asked.pairs)
                flow.counts.update({f"fault: {name}": count for name, count in store.proxy.seen.items()})
                found[scheme] = flow.counts
    finally:
        shutil.rmtree(home, ignore_errors=True)
    names = list(dict.fromkeys(name for counts in found.values() for name in counts))
    show("Object stores", ["", *found], [[name, *(str(counts[name]) for counts in found.values())] for name in names])
    figures = {}
    for scheme, counts in found.items():
        figures[f"{scheme}_unexpected"] = counts["commands"] - counts["as expected"]
        figures[f"{scheme}_wrong_rows"] = counts["rows lost or doubled"]
        figures[f"{scheme}_pairs"] = counts["pairs as promised"]
    record(figures)


if __name__ == "__main__":
    # What Beam pickles must not be in __main__.
    from benchmarks import object_stores

    object_stores.main()
