"""Plans a run: compares the corpus with the table's ledger and says which sources are new, changed and deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.columns.kept import is_inferred
from transforms.corpus.databases.corpus import same_database
from transforms.corpus.documents.columns import DOCUMENT_COLUMNS, document_columns_in
from transforms.corpus.formats import format_of
from transforms.corpus.sources import Source, list_corpus
from transforms.corpus.vectors import reading as vectors
from transforms.corpus.vectors.pairing import list_vectors
from transforms.embed import requirements
from transforms.embed.address_plan import AddressPlan, ask_addresses
from transforms.embed.content_index import update_contents
from transforms.embed.job import EmbedJob
from transforms.embed.shards import Shard, cut_shards, part_name
from transforms.table.forgotten import Forgotten
from transforms.table.open import open_log, require_all_parts
from transforms.table.schema import FEATURE_COLUMNS, RESERVED, stored_type, table_schema
from transforms.table.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """A part that must lose the rows of some sources."""

    part: str
    drop: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The difference between a corpus and a table's version. Counts are of sources.

    `notes` are words for the person about how the corpus was read, `skipped` the files that were not, by kind. `checks_ids` says
    whether ids may clash; then `kept` are the parts that stay as they are, with whose ids the new ones are compared. `contents`
    names the segments in which the contents of the table's rows are looked up. `addresses`: what is known of web addresses; None:
    the corpus has none.
    """

    schema: pa.Schema
    shards: tuple[Shard, ...]
    rewrites: tuple[Rewrite, ...]
    dropped: frozenset[str]
    new: int
    changed: int
    deleted: int
    unchanged: int
    base_version: int | None
    checks_ids: bool = False
    kept: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    addresses: AddressPlan | None = None

    @property
    def is_empty(self) -> bool:
        return not self.shards and not self.dropped

    @property
    def weight(self) -> int:
        return sum(shard.weight for shard in self.shards)


def with_contents(job: EmbedJob, plan: Plan, base: Snapshot | None) -> Plan:
    """The plan with where to look up what is known: the contents of parts that were added since the last run are read now.

    Also where rows leave alone: a later run finds them again by what is read now.
    """
    if base is None or plan.is_empty or job.read.vectors is not None:  # vectors that are there cost nothing to read
        return plan
    return replace(plan, contents=update_contents(job.table, base))


def compare(job: EmbedJob) -> dict[str, Any]:
    """How a corpus differs from the newest version of its table: nothing is read but names, states and files' heads.

    Returns:
      version (None: there is no table yet), rows (of that version), sources `new`, `changed`, `deleted`, `unchanged`, whether
      the table `is_fresh`, `skipped`, `notes`.

    Raises:
      RequestError: as `make_plan`; or parts of the table are missing.
    """
    base = open_log(job.table, job.part_format).snapshot()
    if base is not None:
        require_all_parts(job.table, base)
    plan = make_plan(job, base, until_changed=True)
    return {
        "version": plan.base_version,
        "rows": base.rows if base is not None else 0,
        "new": plan.new,
        "changed": plan.changed,
        "deleted": plan.deleted,
        "unchanged": plan.unchanged,
        "is_fresh": base is not None and plan.is_empty,
        "skipped": plan.skipped,
        "notes": list(plan.notes),
    }


def make_plan(job: EmbedJob, base: Snapshot | None, *, until_changed: bool = False) -> Plan:
    """Lists the corpus and compares it with `base`.

    Args:
      until_changed: of a list of web addresses, ask only until one has changed: the plan says what is to be done, not how.

    Raises:
      RequestError: the corpus cannot be read as asked, or does not belong into this table.
    """
    if base is None:
        requirements.require_names(job.read.keep)
    if job.read.vectors is not None:
        listing = list_vectors(job.inputs, job.read)
        survey = vectors.survey(listing.sources, job.read, dim=job.dim)
    else:
        has_documents = None if base is None else bool(document_columns_in(base.schema))
        listing = list_corpus(job.inputs, job.read, has_documents=has_documents)
        survey = readers.survey(listing.sources, job.read)
    asked = ask_addresses(job, listing.sources, base, until_changed=until_changed)
    sources = asked.sources
    schema = _schema(job, survey.kept, is_new=base is None)
    added: list[str] = []
    if base is not None:
        added = [name for name in requirements.added_columns(base) if name not in schema.names]
        requirements.require_same_columns(job, base, schema, added)
        schema = base.schema

    listed = {source.name: source for source in sources}
    known = _known(job, base)
    new = [source for source in sources if source.name not in known]
    changed = [s for s in sources if s.name in known and s.fingerprint not in known[s.name]]
    missing = [] if job.keep_missing else [name for name in known if name not in listed]
    is_other = len(new) == len(sources) and not same_database(new, missing)
    if base is not None and base.rows and is_other and missing and not job.replace:
        raise RequestError(
            f"none of the {len(known):,} sources of {job.table} is in this corpus; embedding it would drop all their rows:"
            " say --replace if that is meant, --keep-missing to add to them, or give another --to"
        )
    if base is not None and not job.replace:
        requirements.require_foreign_rows_kept(job, base, missing=missing, changed=[source.name for source in changed])
    dropped = frozenset([source.name for source in changed] + missing)
    places = _places(base, dropped)
    read = sorted(new + changed, key=lambda s: s.name)
    forgotten = Forgotten.of(job.table).digest if base is not None else ""
    shards = cut_shards(job, read, schema=schema, forgotten=forgotten, lists=asked.lists)
    holding: dict[str, list[str]] = defaultdict(list)
    for name, parts in places.items():
        for part in parts:
            holding[part].append(name)
    checks_ids = bool(shards) and _ids_may_clash(job, shards, base, dropped)
    made = {part_name(job, shard.id) for shard in shards} if checks_ids else set()
    kept = [part for part in base.parts if part not in holding and part not in made] if base and checks_ids else []
    return Plan(
        schema=schema,
        shards=tuple(shards),
        rewrites=tuple(Rewrite(part=part, drop=tuple(sorted(names))) for part, names in sorted(holding.items())),
        dropped=dropped,
        new=len(new),
        changed=len(changed),
        deleted=len(missing),
        unchanged=len(sources) - len(new) - len(changed),
        base_version=base.version if base else None,
        checks_ids=checks_ids,
        kept=tuple(sorted(kept)),
        notes=(*listing.notes, *survey.notes, *(requirements.added_notes(added) if shards else ())),
        skipped=listing.skipped,
        addresses=asked if asked.lists else None,
    )


def _ids_may_clash(job: EmbedJob, shards: Sequence[Shard], base: Snapshot | None, dropped: frozenset[str]) -> bool:
    """Whether two parts may hold one id: not where ids come from paths, or from texts of a source in one piece."""
    if job.read.id_column is not None or job.read.vectors is not None:
        return True
    stays = (
        base.ledger.filter(pc.invert(pc.is_in(base.ledger["source"], value_set=pa.array(dropped, pa.string()))))
        if base is not None
        else None
    )
    if job.read.modality == "image":
        if stays is not None and (pc.max(stays["rows"]).as_py() or 0) > 1:
            return True
        return any(_holds_several(source) for shard in shards for source in shard.sources)
    if stays is not None and len(stays["source"].unique()) < stays.num_rows:
        return True
    return any(shard.range is not None for shard in shards)


def _holds_several(source: Source) -> bool:
    form = format_of(source.name)
    return form is None or form.kind != "image"


def _schema(job: EmbedJob, kept: pa.Schema, *, is_new: bool) -> pa.Schema:
    has_features = job.encoder.spec.features_per_image is not None
    own = {*RESERVED, *(FEATURE_COLUMNS.names if has_features else ())}
    clashes = [name for name in kept.names if name in own]
    if clashes:
        raise RequestError(f"--keep {clashes[0]}: a feature table has a column of that name already; leave it out")
    fields = []
    for column in kept:
        kind = stored_type(column.type, scalars_only=job.part_format == "tfrecord")
        if pa.types.is_float64(column.type) and job.part_format == "tfrecord" and is_new:
            # A tf.train.Example rounds to float32.
            kind = pa.string() if is_inferred(column) else None
        if kind is None and column.name in DOCUMENT_COLUMNS.names:
            kind = pa.string()
        if kind is None:
            raise RequestError(
                f"--keep {column.name}: a {job.part_format} table cannot hold {column.type}: convert the column to text"
                " or leave it out"
            )
        fields.append(pa.field(column.name, kind))
    return table_schema(
        has_text=job.keep_text and job.has_texts,
        chunked=job.read.chunk is not None,
        has_features=has_features,
        kept=pa.schema(fields),
    )


def _known(job: EmbedJob, base: Snapshot | None) -> dict[str, set[str]]:
    """Source -> the states that the table holds it in: none where it has to be read again, changed or not."""
    known: dict[str, set[str]] = {}
    if base is None:
        return known
    entries = base.ledger
    outdated = base.about.reading != job.reading
    dead = entries.filter(pc.greater(entries["dead"], 0))["source"].to_pylist()
    retried = set(dead) if job.retry_dead else set()
    for name, fingerprint in zip(entries["source"].to_pylist(), entries["fingerprint"].to_pylist(), strict=True):
        states = known.setdefault(name, set())
        if not outdated and name not in retried:
            states.add(fingerprint)
    return known


def _places(base: Snapshot | None, dropped: frozenset[str]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = defaultdict(list)
    if base is not None:
        for name, part in zip(base.ledger["source"].to_pylist(), base.ledger["part"].to_pylist(), strict=True):
            if name in dropped and part is not None:
                places[name].append(part)
    return {name: tuple(sorted(set(parts))) for name, parts in places.items()}
