"""Combines what became of a group of shards or parts into one file, so that a commit reads few and large ones.

A tree of two levels: workers read the receipts of up to 512 shards each, side by side, and one worker reads what they
wrote. A run of a million shards has two thousand groups.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from transforms.embed.duplicate_ids import id_hashes
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import PlanSummary, load_kept, load_shard_ids
from transforms.embed.rewrite import Rewritten
from transforms.embed.together import together
from transforms.storage import files
from transforms.table import ledger
from transforms.table.ledger import Receipt, read_receipt
from transforms.table.snapshot import Layout, NewPart

Outcome = Receipt | Rewritten | None


@dataclass(frozen=True, kw_only=True)
class Work:
    """What some shards did, summed. `engines`, `notes`: each once, sorted; `cosine`: the least; `seconds`: by step."""

    rows: int = 0
    encoded: int = 0
    reused: int = 0
    engines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cosine: float | None = None
    again: int = 0
    forgotten: int = 0
    cut_off: int = 0
    unread_chars: int = 0
    chars: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def of(receipts: Iterable[Receipt]) -> Work:
        """Of these shards."""
        return Work.total(
            Work(
                rows=receipt.rows,
                encoded=receipt.encoded,
                reused=receipt.reused,
                engines=(receipt.engine,),
                notes=(receipt.note,),
                cosine=receipt.cosine,
                again=receipt.again,
                forgotten=receipt.forgotten,
                cut_off=receipt.cut_off,
                unread_chars=receipt.unread_chars,
                chars=receipt.chars,
                seconds=receipt.seconds,
                addresses=receipt.addresses,
            )
            for receipt in receipts
        )

    @staticmethod
    def total(works: Iterable[Work]) -> Work:
        """The sum of them."""
        works = list(works)
        return Work(
            rows=sum(work.rows for work in works),
            encoded=sum(work.encoded for work in works),
            reused=sum(work.reused for work in works),
            engines=tuple(sorted({name for work in works for name in work.engines} - {""})),
            notes=tuple(sorted({note for work in works for note in work.notes} - {""})),
            cosine=min((work.cosine for work in works if work.cosine is not None), default=None),
            again=sum(work.again for work in works),
            forgotten=sum(work.forgotten for work in works),
            cut_off=sum(work.cut_off for work in works),
            unread_chars=sum(work.unread_chars for work in works),
            chars=sum(work.chars for work in works),
            seconds=dict(sum((Counter(work.seconds) for work in works), Counter[str]())),
            addresses=dict(sum((Counter(work.addresses) for work in works), Counter[str]())),
        )


@dataclass(frozen=True, kw_only=True)
class GroupOutcome:
    """What became of a group.

    Attributes:
      name: of the group.
      entries: the ledger's entries of its shards (`ledger.SCHEMA`).
      unfinished: shards or rewrites of it that have no outcome.
      parts: that its shards became, in the order of the plan.
      rewritten: parts of the last version and those in their place.
      all: what its shards did, in whichever run; `own`: in this one.
      ids: how many ids its parts hold, whose sorted hashes are in a file of the group; 0 where they cannot clash.
    """

    name: str
    entries: pa.Table = field(default_factory=ledger.SCHEMA.empty_table)
    unfinished: int = 0
    parts: tuple[NewPart, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()
    all: Work = Work()
    own: Work = Work()
    ids: int = 0


def combine(job: EmbedJob, plan: PlanSummary, group: str, outcomes: Iterable[Outcome]) -> None:
    """Writes what became of a group: of its shards' receipts, its rewrites, or of parts that stay (`outcomes` is empty then).

    Outcomes of shards that are not in the plan, which was made again meanwhile, count for nothing.
    """
    if group.startswith("shards-"):
        combined = _of_shards(job, group, [outcome for outcome in outcomes if isinstance(outcome, Receipt)])
        parts = [part.name for part in combined.parts]
    elif group.startswith("rewrites-"):
        pairs = {outcome.old: outcome for outcome in outcomes if isinstance(outcome, Rewritten)}
        rewritten = tuple(pairs[old] for old in sorted(pairs))
        unfinished = plan.groups("rewrites").get(group, 0) - len(rewritten)
        combined = GroupOutcome(name=group, rewritten=rewritten, unfinished=unfinished)
        parts = [pair.new.name for pair in rewritten if pair.new is not None]
    else:
        combined, parts = GroupOutcome(name=group), load_kept(job, group)
    if plan.checks_ids:
        hashes = id_hashes(job.table, parts, schema=plan.schema, part_format=job.part_format)
        files.write(hashes_path(job, group), hashes.astype("<u8").tobytes())
        combined = replace(combined, ids=len(hashes))
    _write(job, combined)


def _of_shards(job: EmbedJob, group: str, receipts: Sequence[Receipt]) -> GroupOutcome:
    by_shard = {receipt.shard: receipt for receipt in receipts}
    ids = load_shard_ids(job, group)
    done = [by_shard[shard] for shard in ids if shard in by_shard]
    layout = Layout(job.table)
    tables = together(lambda receipt: read_receipt(layout.receipt(receipt.shard))[1], done)
    return GroupOutcome(
        name=group,
        entries=pa.concat_tables([ledger.SCHEMA.empty_table(), *tables]),
        unfinished=len(ids) - len(done),
        parts=tuple(
            NewPart(name=receipt.part, rows=receipt.rows, size=receipt.part_bytes)
            for receipt in done
            if receipt.part is not None
        ),
        all=Work.of(done),
        own=Work.of(receipt for receipt in done if receipt.run == job.run),
    )


def hashes_path(job: EmbedJob, group: str) -> str:
    """Where the hashes of a group's ids are: uint64, little-endian, sorted, nothing else."""
    return Layout(job.table).run(job.run, f"{group}.ids")


def outcome_path(job: EmbedJob, group: str) -> str:
    """Where the outcome of a group is."""
    return Layout(job.table).run(job.run, f"{group}.outcome.parquet")


def _write(job: EmbedJob, combined: GroupOutcome) -> None:
    about = {
        "unfinished": combined.unfinished,
        "parts": [asdict(part) for part in combined.parts],
        "rewritten": [asdict(pair) for pair in combined.rewritten],
        "all": asdict(combined.all),
        "own": asdict(combined.own),
        "ids": combined.ids,
    }
    ledger.write_ledger(outcome_path(job, combined.name), combined.entries, json.dumps(about))


def read_outcome(job: EmbedJob, group: str) -> GroupOutcome:
    """What `combine` wrote for a group."""
    entries, text = ledger.read_ledger(outcome_path(job, group))
    about = json.loads(text)
    return GroupOutcome(
        name=group,
        entries=entries,
        unfinished=about["unfinished"],
        parts=tuple(NewPart(**part) for part in about["parts"]),
        rewritten=tuple(
            Rewritten(old=pair["old"], new=NewPart(**pair["new"]) if pair["new"] else None)
            for pair in about["rewritten"]
        ),
        all=_work(about["all"]),
        own=_work(about["own"]),
        ids=about["ids"],
    )


def _work(values: dict[str, Any]) -> Work:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Work(**fields)
