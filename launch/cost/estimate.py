"""Estimates time, cost, bytes and shards of an embed run from measured rates and list prices; says what it assumes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from transforms.common.errors import RequestError
from transforms.embed.shards import expected_shards
from transforms.encoders.spec import EncoderSpec

_HERE = Path(__file__).parent
_GIGABYTES_A_CORE = {"standard": 4.0, "highmem": 8.0, "highcpu": 1.0}
_START_SECONDS = 300.0
_DISK_GIGABYTES = 100
_PACKED = 0.9
"""Of a vector's bytes, what a part holds after compression."""
_ROW_BYTES = 100
"""Of a row of a part, beside vector and text: ids, hashes, names."""
_TEXT_PACKED = 0.6
_WRITES_A_SHARD, _READS_A_SHARD = 5, 12
"""Requests to an object store for a shard: a part and a receipt, each written and renamed; plan, source, receipt read."""

_LISTING_SECONDS = 0.00012
"""Of a source: stores list a thousand in about a tenth of a second."""
_STARTED_BYTES = 0.2e9
"""Memory of a worker with everything imported and nothing done."""
_GROUP = 512


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A worker's machine: `name` as the provider calls it, its cores, memory in GB and GPUs of one kind."""

    name: str
    cores: int
    gigabytes: float
    gpu: str | None = None
    gpus: int = 0


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run would take. Seconds, dollars, bytes.

    Attributes:
      rows, encoder, dim, item_bytes, machine, workers: what was asked for.
      rate: items a second of one worker; `rate_from` says where it is from.
      encode_seconds, start_seconds, plan_seconds, combine_seconds, commit_seconds: parts of `seconds`.
      dollars: of the run: `worker_dollars` and `request_dollars`; `month_dollars` are for the table, every month.
      read_bytes, table_bytes: of the corpus and of the table.
      shards, groups: units of work, and files of receipts that the commit reads.
      log_bytes, checkpoint_bytes, commit_memory: of the commit.
      prices: date and region of the prices.
      assumed: what is not measured, a line each.
    """

    rows: int
    encoder: str
    dim: int
    item_bytes: int
    machine: str
    workers: int
    rate: float
    rate_from: str
    seconds: float
    encode_seconds: float
    start_seconds: float
    plan_seconds: float
    combine_seconds: float
    commit_seconds: float
    dollars: float
    worker_dollars: float
    request_dollars: float
    month_dollars: float
    read_bytes: float
    table_bytes: float
    shards: int
    groups: int
    log_bytes: float
    checkpoint_bytes: float
    commit_memory: float
    prices: str
    assumed: tuple[str, ...]


def estimate(
    rows: int,
    spec: EncoderSpec,
    machine: Machine,
    *,
    workers: int,
    item_bytes: int,
    files: int | None,
    rate: float | None,
    keep_text: bool = True,
) -> Estimate:
    """Estimates an embed run of a new table on Dataflow.

    Args:
      item_bytes: of an item, as it is stored.
      files: that hold the corpus; None: images are one file each, texts are in files larger than a shard.
      rate: items a second of one worker, as `vectormill doctor` says; None: a measured one.

    Raises:
      RequestError: no rate is known for the encoder on the machine, or no price.
    """
    dim = spec.dim or 0
    assumed: list[str] = []
    rate, rate_from = (rate, "given") if rate is not None else _rate(spec.name, machine, item_bytes, assumed)
    efficiency: float = _rates()["more_workers"]["efficiency"] if workers > 1 else 1.0
    if workers > 1:
        assumed.append(f"{workers} workers do {efficiency:.2f} of {workers} times one's work: of two it was 1.79 of 2")

    is_image = spec.modality == "image"
    sources = files if files is not None else rows if is_image else 1
    read_bytes = float(rows) * item_bytes
    shards = expected_shards(spec.modality, sources=sources, total=int(read_bytes), slots=workers)
    groups = math.ceil(shards / _GROUP)
    encode = rows / (rate * workers * efficiency) + rows / shards / rate
    millions = shards / 1e6
    measured = _rates()["shards"]
    plan, commit = sources * _LISTING_SECONDS + millions * measured["plan"], millions * measured["commit"]
    combine = math.ceil(groups / workers) * measured["combine"]
    assumed += [
        f"workers start within {_START_SECONDS / 60:.0f} minutes",
        "a store lists a thousand sources in 0.12 s",
        "the network gives what the encoder takes, and no source is slower than the others",
        "a compressed vector has 0.9 of its bytes" + (", a stored text 0.6" if keep_text and not is_image else ""),
    ]
    if is_image and sources == rows and rows > 50_000_000:
        assumed.append(
            "one worker can list so many files: it takes about 1 kB of memory for each, so pack them into .tar"
        )
    seconds = _START_SECONDS + encode + plan + combine + commit
    prices = _prices()
    # While one worker plans or commits, the service keeps no other.
    machine_seconds = workers * (_START_SECONDS + encode + combine) + plan + commit
    worker_dollars = machine_seconds / 3600 * _hourly(machine, prices)
    storage = prices["storage"]
    reads = shards * _READS_A_SHARD + (sources if is_image else 0)
    request_dollars = shards * _WRITES_A_SHARD * storage["write"] + reads * storage["read"]
    text = item_bytes * _TEXT_PACKED if keep_text and not is_image else 0
    table_bytes = rows * (dim * 4 * _PACKED + _ROW_BYTES + text)
    return Estimate(
        rows=rows,
        encoder=spec.name,
        dim=dim,
        item_bytes=item_bytes,
        machine=_named(machine),
        workers=workers,
        rate=rate,
        rate_from=rate_from,
        seconds=seconds,
        encode_seconds=encode,
        start_seconds=_START_SECONDS,
        plan_seconds=plan,
        combine_seconds=combine,
        commit_seconds=commit,
        dollars=worker_dollars + request_dollars,
        worker_dollars=worker_dollars,
        request_dollars=request_dollars,
        month_dollars=table_bytes / 1e9 * storage["gigabyte_month"],
        read_bytes=read_bytes,
        table_bytes=table_bytes,
        shards=shards,
        groups=groups,
        log_bytes=millions * measured["log_bytes"] * 1e6,
        checkpoint_bytes=millions * measured["checkpoint_bytes"] * 1e6,
        commit_memory=_STARTED_BYTES + millions * measured["commit_memory"] * 1e9,
        prices=f"list prices of {prices['date']}, {prices['region']}, without discounts",
        assumed=tuple(assumed),
    )


def machine_of(name: str, accelerator: str | None, count: int = 1) -> Machine:
    """A machine by the provider's name for it: n2-standard-8.

    Raises:
      RequestError: the name does not say how many cores it has.
    """
    found = re.fullmatch(r"[a-z]\w*-(standard|highmem|highcpu)-(\d+)", name)
    if found is None:
        raise RequestError(f"--machine {name}: write it as n2-standard-8, or highmem or highcpu")
    cores = int(found[2])
    gigabytes = cores * _GIGABYTES_A_CORE[found[1]]
    return Machine(
        name=name, cores=cores, gigabytes=gigabytes, gpu=accelerator, gpus=count if accelerator is not None else 0
    )


def _named(machine: Machine) -> str:
    return machine.name + (f" + {machine.gpus} x {machine.gpu}" if machine.gpu else "")


def _rate(encoder: str, machine: Machine, item_bytes: int, assumed: list[str]) -> tuple[float, str]:
    measured = [each for each in _rates()["encoders"] if each["encoder"] == encoder and each.get("gpu") == machine.gpu]
    if not measured:
        known = sorted({each["encoder"] for each in _rates()["encoders"]})
        raise RequestError(
            f"no rate of {encoder} on {_named(machine)} has been measured ({', '.join(known)} have one): give --rate, the items a"
            " second that `vectormill doctor` says on such a machine"
        )
    nearest = min(measured, key=lambda each: abs(math.log(each["item_bytes"] / item_bytes)))
    rate = float(nearest["rate"])
    if not _is_image(encoder) and item_bytes != nearest["item_bytes"]:
        rate *= nearest["item_bytes"] / item_bytes
        assumed.append(f"time in proportion to a text's bytes: measured with {nearest['item_bytes']:,}")
    if machine.gpu is not None:
        rate *= machine.gpus
    elif machine.cores != nearest["cores"]:
        rate *= machine.cores / nearest["cores"]
        assumed.append(
            f"{machine.cores} cores do {machine.cores / nearest['cores']:g} times what {nearest['cores']} did"
        )
    where = f"{nearest['cores']} cores{' and a GPU, ' + nearest['gpu'] if nearest.get('gpu') else ''}"
    return rate, f"measured on {where}: {nearest['rate']:,} items/s, {nearest['what']}"


def _is_image(encoder: str) -> bool:
    from transforms.encoders.registry import look_up

    return look_up(encoder, trust=False).modality == "image"


def _hourly(machine: Machine, prices: Mapping[str, Any]) -> float:
    """Dollars for an hour of one worker."""
    worker = prices["worker"]
    price: float = machine.cores * worker["core"] + machine.gigabytes * worker["gigabyte"]
    price += _DISK_GIGABYTES * worker["disk_gigabyte"]
    if machine.gpu is not None:
        if machine.gpu not in prices["gpus"]:
            raise RequestError(
                f"--accelerator {machine.gpu}: no price is known; there are those of {', '.join(sorted(prices['gpus']))}"
            )
        price += machine.gpus * prices["gpus"][machine.gpu]
    return price


@cache
def _prices() -> Any:
    return yaml.safe_load((_HERE / "prices.yaml").read_text())


@cache
def _rates() -> Any:
    return yaml.safe_load((_HERE / "rates.yaml").read_text())
