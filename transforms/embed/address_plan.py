"""Asks at plan time what changed behind the addresses of a corpus, so that a run fetches that alone.

A list of addresses has a state of its own: where each address is as the table's last run left it, its fingerprint is the one in
the ledger, and nothing is done. Else it is read again; then workers get the states of all addresses that need not be fetched.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.corpus import readers
from transforms.corpus.addresses import states
from transforms.corpus.addresses.fetching import Checked, Fetcher
from transforms.corpus.addresses.kept_bytes import KeptBytes
from transforms.corpus.addresses.names import without_credentials
from transforms.corpus.addresses.states import AddressState, AddressStates
from transforms.corpus.sources import Source
from transforms.embed.job import EmbedJob
from transforms.table.forgotten import Forgotten
from transforms.table.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class AddressPlan:
    """What is known of a corpus's addresses.

    Attributes:
      sources: with fingerprints that change when an image does that they name.
      lists: names of those that have web addresses.
      known: states (`states.SCHEMA`) of the addresses that need not be fetched.
      counts: of addresses: `asked`, and of these `not_modified` and `changed`.
    """

    sources: list[Source]
    lists: frozenset[str] = frozenset()
    known: pa.Table = field(default_factory=states.SCHEMA.empty_table)
    counts: dict[str, int] = field(default_factory=dict)


def ask_addresses(
    job: EmbedJob, sources: Sequence[Source], base: Snapshot | None, *, until_changed: bool = False
) -> AddressPlan:
    """Looks behind the lists of images among the sources.

    Args:
      until_changed: ask no more addresses of a list once one of them has changed; then not all states are known.

    Raises:
      RequestError: a list cannot be read.
    """
    if job.read.modality != "image":
        return AddressPlan(sources=list(sources))
    found: list[Source] = []
    lists: list[Source] = []
    for source in sources:
        behind = readers.state_behind(source, job.read)
        if behind.fingerprint is not None:
            source = replace(source, fingerprint=f"{source.fingerprint}+{behind.fingerprint}")
        (lists if behind.has_addresses else found).append(source)
    if job.read.id_column is None:
        _require_each_once(job, lists)
    known = [states.SCHEMA.empty_table()]
    counts: Counter[str] = Counter()
    with Fetcher(job.addresses) as fetcher:
        for source in lists:
            asked = _Asked(job, source, base, fetcher)
            found.append(replace(source, fingerprint=asked.fingerprint(until_changed=until_changed)))
            known.append(asked.known)
            counts += asked.counts
    names = frozenset(source.name for source in lists)
    found.sort(key=lambda source: source.name)
    return AddressPlan(sources=found, lists=names, known=pa.concat_tables(known), counts=dict(counts))


def _require_each_once(job: EmbedJob, sources: Sequence[Source]) -> None:
    """Checks, before anything is fetched, that no address is the id of two items.

    Raises:
      RequestError: one stands twice.
    """
    hashes = [
        hashes_of(map(without_credentials, addresses))
        for source in sources
        for addresses in readers.addresses_in(source, job.read)
    ]
    found, counts = np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]), return_counts=True)
    repeated = found[counts > 1]
    if not len(repeated):
        return
    for source in sources:
        for addresses in readers.addresses_in(source, job.read):
            names = list(map(without_credentials, addresses))
            for name, is_repeated in zip(names, np.isin(hashes_of(names), repeated), strict=True):
                if is_repeated:
                    raise RequestError(
                        f"{source.uri}: {name} stands more than once in the corpus, as do {len(repeated):,} addresses in all:"
                        " remove the repeats, or name an --id-column whose values are unique"
                    )


class _Asked:
    """The addresses of one list, compared with what the table's last version knows of them."""

    def __init__(self, job: EmbedJob, source: Source, base: Snapshot | None, fetcher: Fetcher) -> None:
        self._job = job
        self._source = source
        self._base = base
        self._fetcher = fetcher
        self._earlier, self._states = self._of_last_version()
        self._forgotten = Forgotten.of(job.table) if base is not None else None
        self._kept = KeptBytes(job.keep_bytes) if job.keep_bytes is not None else None
        self.known = states.SCHEMA.empty_table()
        self.counts: Counter[str] = Counter()

    def _of_last_version(self) -> tuple[str | None, AddressStates]:
        """The list's fingerprint in the ledger, and the states of its addresses then."""
        if self._base is None:
            return None, AddressStates(states.SCHEMA.empty_table())
        ledger = self._base.ledger
        entries = ledger.filter(pc.equal(ledger["source"], self._source.name))
        shards = sorted(set(entries["shard"].to_pylist()))
        tables = [states.SCHEMA.empty_table(), *states.read_shards(self._job.table, shards)]
        prints = entries["fingerprint"].unique().to_pylist()
        earlier = prints[0] if len(prints) == 1 else None
        return earlier, AddressStates(pa.concat_tables(tables))

    def fingerprint(self, *, until_changed: bool) -> str:
        """The list's fingerprint with the state of its addresses: the ledger's where nothing changed."""
        is_same_list = self._earlier is not None and self._earlier.startswith(f"{self._source.fingerprint}@")
        # A run that was killed makes the same plan again, as long as there is no new version and servers say the same.
        digest = blake2b(json.dumps(self._base.version if self._base else None).encode(), digest_size=8)
        is_same = is_same_list

        def known() -> Iterator[AddressState]:
            nonlocal is_same
            for address, checked in self._checks():
                if checked is not None and checked.state is not None:
                    yield checked.state
                if checked is not None and checked.is_same and self._has_bytes(checked.state):
                    continue
                is_same = False
                mark = None if checked is None else checked.mark
                digest.update(json.dumps([without_credentials(address), mark]).encode())
                if until_changed:
                    return

        self.known = states.table_of(known())
        if is_same and self._earlier is not None:
            return self._earlier
        return f"{self._source.fingerprint}@{digest.hexdigest()}"

    def _has_bytes(self, state: AddressState | None) -> bool:
        """Whether an image's bytes are where they are to be kept."""
        if self._kept is None or state is None or state.error is not None or state.content is None:
            return True
        return self._kept.has([state.content])[0]

    def _checks(self) -> Iterator[tuple[str, Checked | None]]:
        """Every address and what became of it; None: it is new, and not asked."""
        for address, checked in self._fetcher.check(self._pairs()):
            if checked is not None:
                self.counts["asked"] += 1
                self.counts["not_modified" if checked.is_same else "changed"] += 1
            yield address, checked

    def _pairs(self) -> Iterator[tuple[str, AddressState | None]]:
        """Every address that was not to be forgotten, and its last state."""
        for addresses in readers.addresses_in(self._source, self._job.read):
            names = list(map(without_credentials, addresses))
            for address, name, state in zip(addresses, names, self._states.of(names), strict=True):
                if state is not None or self._forgotten is None or not self._forgotten.has_id(name):
                    yield address, state
