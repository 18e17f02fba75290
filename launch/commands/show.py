"""`vectormill show`: prints versions, rows, encoder, labels and dead letters of a feature table; or an index and its recall."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from typing import Any

import click

from launch.terminal.text import computed, counted, folder, printable
from transforms.common.errors import RequestError

_PLAIN_PATH = re.compile(r"[\w./~+=,@:-]*", re.ASCII)
_LABELS = 20
_DEAD_SHOWN = 5


@click.command(short_help="Show a feature table, or an index.")
@click.argument("table", metavar="TABLE|INDEX")
@click.option("--version", type=click.IntRange(0), help="Default: the newest.")
@click.option(
    "--tfrecord-spec", is_flag=True, help="Print only the tf.io.parse_example spec of this table's TFRecords."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def show(table: str, version: int | None, tfrecord_spec: bool, as_json: bool) -> None:
    """Show versions, rows, encoder, labels and dead letters of TABLE, and how to read it.

    Or of INDEX (INDEXES/NAME, or a version of it) what it was made of, how it is searched, and its recall.
    """
    from transforms.corpus import dead_letters
    from transforms.search.store.index_folder import INDEXES, MARKER
    from transforms.storage import files
    from transforms.table.open import existing, open_log

    table = folder(table)
    if INDEXES.located(table) is not None or files.exists(files.join(table, MARKER)):
        if version is not None or tfrecord_spec:
            raise RequestError(f"{table} is an index: --version and --tfrecord-spec are for tables")
        _show_index(table, as_json=as_json)
        return
    snapshot = existing(table, version)
    if tfrecord_spec:
        click.echo(spec_code(snapshot))
        return
    shards = snapshot.ledger.filter(_with_dead(snapshot))["shard"].unique().to_pylist()
    dead = dead_letters.read(table, [shard for shard in shards if shard]).to_pylist()
    states = set(zip(snapshot.ledger["source"].to_pylist(), snapshot.ledger["fingerprint"].to_pylist(), strict=True))
    dead = [letter for letter in dead if (letter["source"], letter["fingerprint"]) in states]
    labels = _labels(table, snapshot)
    history = open_log(table).history()
    if as_json:
        about = json.loads(snapshot.about.to_json())
        described = {
            "table": table,
            "version": snapshot.version,
            "rows": snapshot.rows,
            "encoder": about,
            "labels": dict(labels),
            "dead": len(dead),
            "versions": [{"version": s.version, "rows": s.rows} for s in history],
        }
        click.echo(json.dumps(described))
        return
    _print(table, snapshot, history, labels, dead)


def _show_index(path: str, *, as_json: bool) -> None:
    from transforms.search.store.index_folder import located, read_metadata

    place = located(path)
    found = read_metadata(place)
    names = ("created", "rows", "dim", "modality", "encoder", "recall", "logged", "search_mode")
    described = {
        "index": place,
        "kind": found["plan"]["kind"],
        "search_parameter": found["effort"],
        "table": {name: found["table"][name] for name in ("path", "version")},
        **{name: found.get(name) for name in names},
    }
    if as_json:
        click.echo(json.dumps(described))
        return
    table, encoder, search = described["table"], described["encoder"], described["search_mode"]
    click.echo(
        printable(f"{place}  {described['kind']}, {counted(described['rows'], 'row')}, made {described['created']}")
    )
    click.echo(printable(f"of version {table['version']} of {table['path']}"))
    click.echo(
        f"encoder {encoder['name']} ({described['modality']}, {described['dim']} dimensions, {encoder['precision']})"
    )
    if search is not None:
        click.echo(f"searches by text: {search['mode']}")
    logged = described["logged"] or {}
    of = {
        "holdout rows": described["recall"],
        f"{logged.get('queries', 0):,} queries that people asked": logged.get("recall"),
    }
    for queries, recalls in of.items():
        if recalls:
            shown = ", ".join(f"recall@{k} {recalls[k]['value']:.3f}" for k in ("1", "10", "100"))
            click.echo(f"{shown} on {queries}")


def _with_dead(snapshot: Any) -> Any:
    import pyarrow.compute as pc

    return pc.greater(snapshot.ledger["dead"], 0)


def _labels(table: str, snapshot: Any) -> list[tuple[str, int]]:
    from transforms.storage import files
    from transforms.table.parts import read_part

    counts: Counter[str] = Counter()
    for name in snapshot.parts:
        batches = read_part(
            files.join(table, name), schema=snapshot.schema, part_format=snapshot.about.part_format, columns=["label"]
        )
        for batch in batches:
            for pair in batch.column("label").value_counts().to_pylist():
                if pair["values"] is not None:
                    counts[pair["values"]] += pair["counts"]
    return counts.most_common()


def spec_code(snapshot: Any) -> str:
    """Python source of the spec that `tf.io.parse_example` takes for this version's rows as TFRecord."""
    from transforms.table.parts import parse_spec

    lines = ["spec = {"]
    for name, (kind, shape, dtype) in parse_spec(snapshot.schema, snapshot.about.dim).items():
        arguments = f"{shape}, tf.{dtype}" if kind == "FixedLenFeature" else f"tf.{dtype}"
        lines.append(f"    {name!r}: tf.io.{kind}({arguments}),")
    return "\n".join([*lines, "}"])


def _print(table: str, snapshot: Any, history: list[Any], labels: list[tuple[str, int]], dead: list[Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # What comes out of a corpus is neither markup nor emoji codes, and a path that is to be copied has no line ends.
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    about = snapshot.about
    size = f"version {snapshot.version}, {counted(snapshot.rows, 'row')} in {counted(len(snapshot.parts), 'part')}"
    console.print(f"[bold]{escape(printable(table))}[/bold]  {size}", markup=True)
    console.print(
        f"encoder {about.encoder} ({about.modality}, {about.dim} dimensions, {about.precision}),"
        f" fingerprint {about.encoder_fingerprint[:12]}"
    )
    if about.engine:
        console.print(f"computed by {computed(about.engine, about.precision, about.cosine)}")
    versions = Table("version", "rows", "made (UTC)", "run", box=None, header_style="bold")
    for past in history:
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(past.about.created))
        versions.add_row(str(past.version), f"{past.rows:,}", made, past.about.run)
    console.print(versions)
    console.print(f"columns: {printable(', '.join(snapshot.schema.names))}")
    if labels:
        shown = ", ".join(f"{printable(label)} {count:,}" for label, count in labels[:_LABELS])
        more = f" and {len(labels) - _LABELS} more" if len(labels) > _LABELS else ""
        console.print(f"labels: {shown}{more}")
    kinds = Counter(letter["error"] for letter in dead)
    if dead:
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        console.print(f"dead letters: {len(dead)} ({counts}), in {printable(table)}/_dead")
        for letter in dead[:_DEAD_SHOWN]:
            name = json.dumps(letter["id"] or letter["source"], ensure_ascii=False)
            console.print(printable(f"  {name} at {letter['step']}: {letter['message']}"))
    else:
        console.print("dead letters: none")
    if about.part_format == "tfrecord":
        console.print("read the parts that manifest.json names with tf.io.parse_example(records, spec):")
        console.print(spec_code(snapshot))
    else:
        for tool, code in _one_liners(table).items():
            console.print(f"{tool + ':':8} {code}")


def _one_liners(table: str) -> dict[str, str]:
    """Python that reads the newest version of a Delta table, by tool."""
    delta = f"deltalake.DeltaTable({table!r})"
    lines = {
        "polars": f"pl.scan_delta({table!r}).collect()",
        "pandas": f"{delta}.to_pandas()",
        "pyarrow": f"pq.read_table({delta}.file_uris())",
    }
    if not _PLAIN_PATH.fullmatch(os.path.abspath(table)):
        # deltalake writes such a path as in a URL, and neither of these two reads it so.
        uris = f"[urllib.parse.unquote(uri) for uri in {delta}.file_uris()]"
        lines |= {"polars": f"pl.read_parquet({uris}, glob=False)", "pyarrow": f"pq.read_table({uris})"}
    return lines
