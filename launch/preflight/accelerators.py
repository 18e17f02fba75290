"""Looks whether the accelerator that a Dataflow job asks for is one, and says which quotas its workers take up.

The table is what was known on `KNOWN_ON`; it was not compared with the provider's pages, and new ones are not in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from launch.preflight.check import Check
from launch.profiles import DATAFLOW, Profile
from pipelines.workers import ACCELERATOR, accelerator_of, hint_parts

KNOWN_ON = "2026-11-29"
MACHINES = {
    "nvidia-l4": "g2-",
    "nvidia-tesla-t4": "n1-",
    "nvidia-tesla-v100": "n1-",
    "nvidia-tesla-p100": "n1-",
    "nvidia-tesla-p4": "n1-",
    "nvidia-tesla-a100": "a2-",
    "nvidia-a100-80gb": "a2-",
    "nvidia-h100-80gb": "a3-",
    "nvidia-h100-mega-80gb": "a3-",
}
"""Accelerators of Dataflow's workers, and how the names of the machines begin that take them."""


def checks(profile: Profile, options: Any) -> Iterator[Check]:
    """Looks at the accelerator and the machines of a Dataflow job.

    Raises:
      RequestError: the accelerator is not written as a resource hint.
    """
    if profile.runner != DATAFLOW:
        return
    hint = accelerator_of(options)
    if hint is not None:
        doubt = doubt_about(hint)
        if doubt is None:
            yield Check(name="accelerator", ok=True, words=hint)
        else:
            yield Check(name="accelerator", ok=False if _nearest(hint) or _is_known(hint) else None, words=doubt)
    yield _quota(options, hint)


def doubts(profile: Profile, options: Any) -> list[str]:
    """Words for what is probably wrong with the accelerator of a job; none for another runner than Dataflow."""
    hint = accelerator_of(options) if profile.runner == DATAFLOW else None
    doubt = None if hint is None else doubt_about(hint)
    return [] if doubt is None else [doubt]


def doubt_about(hint: str) -> str | None:
    """Words for what is probably wrong with the accelerator of a Dataflow job; None: nothing that is known here.

    Args:
      hint: "type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver".
    """
    parts = hint_parts(hint)
    kind, machine = parts["type"], parts.get("machine_type", "")
    said = f"--{ACCELERATOR}: "
    if not _is_known(hint):
        near = _nearest(hint)
        known = f"did you mean {near}?" if near else f"known on {KNOWN_ON} were {', '.join(MACHINES)}"
        return f"{said}{kind} is no accelerator of Dataflow that is known here; {known}"
    if machine and not machine.startswith(MACHINES[kind]):
        return f"{said}{kind} goes with machines {MACHINES[kind]}..., not with {machine}"
    if not any(part.startswith("install-nvidia-driver") for part in parts):
        return f"{said}add ;install-nvidia-driver: workers have no driver otherwise"
    return None


def _is_known(hint: str) -> bool:
    return hint_parts(hint)["type"] in MACHINES


def _nearest(hint: str) -> str | None:
    near = difflib.get_close_matches(hint_parts(hint)["type"].lower(), MACHINES, n=1)
    return near[0] if near else None


def _quota(options: Any, hint: str | None) -> Check:
    """Quotas are known to the provider alone: what the job takes up is said, to be compared."""
    given = options.get_all_options(retain_unknown_options=True)
    workers, region = given.get("max_num_workers"), given.get("region") or "the region"
    parts = hint_parts(hint) if hint else {}
    machine = parts.get("machine_type") or given.get("machine_type")
    if not workers or not machine:
        words = "give max_num_workers and machine_type, to have what the job takes up counted"
        return Check(name="quota", ok=None, words=words)
    found = re.search(r"-(\d+)$", str(machine))
    needed = [f"{int(workers) * int(found[1]):,} CPUs of {machine}"] if found else [f"{workers} {machine}"]
    if parts:
        needed.append(f"{int(workers) * int(parts['count']):,} {parts['type']}")
    words = (
        f"at most {' and '.join(needed)}: compare them with `gcloud compute regions describe {region}`, which this machine does"
        " not ask"
    )
    return Check(name="quota", ok=None, words=words)
