"""A database as corpus and as target: 100,000 rows of PostgreSQL embedded, and their vectors kept in pgvector.

    python -m benchmarks.databases

After the first run 100 rows are changed, 100 deleted and 100 added: what is read, encoded, written and deleted then is counted.
The run after that change is killed five times at random moments, and so is a sync of all rows; each time the same command
follows. In the end every row of pgvector is compared with the table (`sync --check`), and the ten nearest of 100 queries by
pgvector's exact search with those of our exact index.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from deltalake import DeltaTable

from benchmarks.common import WORK, console, show
from benchmarks.corpora import dan_model
from benchmarks.figures import record
from tests.helpers.databases import Postgresql, postgresql_server

_ROOT = Path(__file__).parents[1]
_HOME = WORK / "databases"
_TABLE = _HOME / "articles.table"
_SQL = "select id, title, body, price, topic from articles"
_MAKE = """
CREATE TABLE articles AS SELECT n::bigint AS id, 'title ' || n AS title, topic, (n % 1000) / 100.0 AS price,
    concat_ws(' ', md5(n::text), topic, 'word' || n % 977, 'word' || n % 5003, md5((n * 7)::text), 'word' || n % 331) AS body
FROM generate_series(1, {rows}) AS n, LATERAL (SELECT (ARRAY['sport', 'sky', 'food', 'law'])[n % 4 + 1] AS topic) AS t
"""


def start(work: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.counted", str(work), *arguments]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], float]:
    """What a command says with --json, and its peak memory in MB."""
    output, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"the command failed:\n{errors.decode()[-2000:]}")
    return json.loads(output), int(errors.split()[-1]) / 1000


def items_encoded(work: Path) -> int:
    return sum(map(int, work.read_text().split())) if work.exists() else 0


def embed(server: Postgresql, *more: str) -> list[str]:
    asked = [
        "--sql",
        _SQL,
        "--id-column",
        "id",
        "--text-column",
        "title,body",
        "--label-column",
        "topic",
        "--keep",
        "price",
    ]
    return ["embed", server.url, *asked, "--encoder", str(dan_model()), "--to", str(_TABLE), "--json", *more]


def sync(server: Postgresql, name: str, *more: str) -> list[str]:
    return ["sync", str(_TABLE), "--to", f"{server.url}&table={name}", "--json", *more]


def rows_read(before: int) -> int:
    """How many rows the newest version has of sources that were read after the version `before`."""

    def states(version: int | None) -> dict[str, int]:
        column = DeltaTable(str(_TABLE), version=version).to_pyarrow_table(columns=["fingerprint"])["fingerprint"]
        return {one["values"]: one["counts"] for one in column.value_counts().to_pylist()}

    old = states(before)
    return sum(rows for state, rows in states(None).items() if state not in old)


def killed(server: Postgresql, command: Sequence[str], *, kills: int, seconds: float, seed: int, work: Path) -> int:
    """Kills the command at random moments from its connection on and lets it finish then; how many kills met it at work."""
    draw = random.Random(seed)
    connected = "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'vectormill'"
    met = 0
    for _ in range(kills):
        process = start(work, *command)
        while process.poll() is None and not server.rows(connected)[0]["n"]:
            time.sleep(0.01)
        try:
            process.wait(draw.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            met += 1
            process.send_signal(signal.SIGKILL)
        process.communicate()
    finish(start(work, *command))
    return met


def change(server: Postgresql, rows: int) -> None:
    """100 rows changed, all over the table, 100 deleted in one place, as old ones are, and 100 added."""
    step = rows // 100
    server.run(
        f"UPDATE articles SET body = body || ' changed' WHERE id % {step} = {step // 2}",
        "DELETE FROM articles WHERE id IN (SELECT id FROM articles ORDER BY id LIMIT 100)",
        f"INSERT INTO articles SELECT id + {rows}, title, topic, price, body || ' new' FROM articles"
        " WHERE id BETWEEN 1001 AND 1100",
    )


def nearest(server: Postgresql, queries: int) -> tuple[int, int]:
    """Queries whose ten nearest rows are the same by pgvector and by our index, and those with the same but for ties."""
    import vectormill

    vectormill.build_index(_TABLE, to=_HOME / "index", kind="exact", no_words=True)
    rows = DeltaTable(str(_TABLE)).to_pyarrow_table(columns=["embedding"]).slice(0, 2 * queries)["embedding"]
    vectors = np.stack([np.asarray(one, np.float32) for one in rows.to_pylist()])
    asked = vectors[:queries] + vectors[queries:]
    ours = vectormill.Searcher(str(_HOME / "index")).hits_near(asked, 10)
    same = near = 0
    for query, hits in zip(asked, ours, strict=True):
        text = "[" + ",".join(map(str, query.tolist())) + "]"
        theirs = server.rows(
            f"SELECT id, 1 - (embedding <=> '{text}') AS cosine FROM served ORDER BY embedding <=> '{text}', id LIMIT 10"
        )
        same += [row["id"] for row in theirs] == [hit.id for hit in hits]
        near += np.allclose([row["cosine"] for row in theirs], [hit.score for hit in hits], atol=1e-5)
    return same, near


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows, kills = arguments.rows, arguments.kills
    dan_model()
    shutil.rmtree(_HOME, ignore_errors=True)
    _HOME.mkdir(parents=True)
    with postgresql_server() as server:
        server.run(
            "CREATE EXTENSION vector", _MAKE.format(rows=rows), "ALTER TABLE articles ADD PRIMARY KEY (id)", "ANALYZE"
        )
        first, memory = finish(start(_HOME / "first.work", *embed(server)))
        served, served_memory = finish(start(_HOME / "sync.work", *sync(server, "served")))
        same, _ = finish(start(_HOME / "same.work", *embed(server)))
        console.print(
            f"[dim]first {first['seconds']} s, {memory:,.0f} MB; sync {served['seconds']} s, {served_memory:,.0f} MB[/dim]"
        )

        change(server, rows)
        work = _HOME / "changed.work"
        started = time.perf_counter()
        embeds_met = killed(server, embed(server), kills=kills, seconds=same["seconds"], seed=arguments.seed, work=work)
        console.print(f"[dim]embed killed {embeds_met} times, {time.perf_counter() - started:.0f} s[/dim]")
        read, encoded = rows_read(first["version"]), items_encoded(work)
        followed, _ = finish(start(_HOME / "sync.work", *sync(server, "served")))
        again, _ = finish(start(_HOME / "sync.work", *sync(server, "served")))
        syncs_met = killed(
            server,
            sync(server, "other"),
            kills=kills,
            seconds=0.8 * served["seconds"],
            seed=arguments.seed,
            work=_HOME / "sync.work",
        )
        checked = [
            finish(start(_HOME / "sync.work", *sync(server, name, "--check")))[0] for name in ("served", "other")
        ]
        equal = sum(not (one["missing"] or one["extra"] or one["differing"]) for one in checked)
        same_ids, same_cosines = nearest(server, 100)
    show(
        f"{rows:,} rows of PostgreSQL, embedded by a fast encoder and kept in pgvector",
        ("what", "figure"),
        [
            ("first run", f"{first['seconds']:.1f} s, {first['encoded']:,} encoded, {memory:,.0f} MB"),
            ("again, nothing changed", f"{same['seconds']:.1f} s, {same['encoded']:,} encoded"),
            ("300 rows changed, deleted and added: rows read, encoded (with the kills)", f"{read:,}, {encoded:,}"),
            ("the first sync", f"{served['seconds']:.1f} s, {served['written']:,} written, {served_memory:,.0f} MB"),
            (
                "the sync after it",
                f"{followed['seconds']:.1f} s, {followed['written']:,} written, {followed['deleted']:,} deleted",
            ),
            ("again", f"{again['written']:,} written, {again['deleted']:,} deleted"),
            ("kills that met embed, and sync", f"{embeds_met} and {syncs_met} of {kills}"),
            ("tables that --check calls equal", f"{equal} of 2"),
            ("queries with the same ten nearest, with the same cosines", f"{same_ids}, {same_cosines} of 100"),
        ],
    )
    record(
        {
            "rows_per_second": rows / first["seconds"],
            "memory": memory,
            "same_seconds": same["seconds"],
            "read": read,
            "encoded": encoded,
            "sync_rows_per_second": rows / served["seconds"],
            "sync_memory": served_memory,
            "written": followed["written"],
            "deleted": followed["deleted"],
            "again": again["written"] + again["deleted"],
            "kills": embeds_met + syncs_met,
            "equal": equal,
            "nearest": same_ids / 100,
        }
    )


if __name__ == "__main__":
    main()
