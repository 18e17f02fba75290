"""Keeps networks that were converted for an engine, with the result of their self-check: a second start pays for neither.

One file for each network, precision and engine, beside the encoders' records: a line of JSON, then what the engine reads
(OpenVINO's compiled network, or a frozen TensorFlow graph). It holds for the libraries, the processor and the GPUs with which
it was made; with others it counts as absent, as it does where a byte of it has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from transforms.encoders import devices
from transforms.encoders.records import state_dir
from transforms.encoders.spec import Computation, EngineChoice

FORMAT = 1
"""Raise when what is converted, or how it is checked, changes; older conversions are then made anew."""
_LIBRARIES = ("tensorflow", "keras", "openvino", "numpy")


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What loading an encoder found out, and made.

    Attributes:
      computation: how its vectors are computed; None where the precision cannot be had.
      refusal: why the precision cannot be had; else "".
      network: what the engine reads; None for a network that is opened from its own files.
      names: of its input and its output, for a TensorFlow graph.
    """

    computation: Computation | None = None
    refusal: str = ""
    network: bytes | None = None
    names: tuple[str, ...] = ()


def path_of(fingerprint: str, engine: EngineChoice) -> Path:
    return state_dir() / "conversions" / f"{fingerprint}-{engine}"


def read(fingerprint: str, engine: EngineChoice) -> Conversion | None:
    """What was kept by this machine as it is now; None where nothing was."""
    try:
        line, _, network = path_of(fingerprint, engine).read_bytes().partition(b"\n")
        stored: dict[str, Any] = json.loads(line)
        if stored["made_with"] != made_with() or stored["digest"] != _digest(network):
            return None
        computation = stored["computation"]
        return Conversion(
            computation=None if computation is None else Computation(**computation),
            refusal=stored["refusal"],
            network=network or None,
            names=tuple(stored["names"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(fingerprint: str, engine: EngineChoice, conversion: Conversion) -> None:
    """Writes whole or not at all; a folder that cannot be written only costs the next start its time."""
    network = conversion.network or b""
    head = {
        "made_with": made_with(),
        "digest": _digest(network),
        "computation": None if conversion.computation is None else asdict(conversion.computation),
        "refusal": conversion.refusal,
        "names": conversion.names,
    }
    path = path_of(fingerprint, engine)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as beside:
            beside.write(json.dumps(head).encode() + b"\n" + network)
        os.replace(beside.name, path)


def made_with() -> dict[str, Any]:
    """All that decides whether a conversion still holds on this machine."""
    processor, driver = devices.processor(), devices.nvidia_driver()
    found = {name: _version(name) for name in _LIBRARIES}
    instructions = hashlib.sha256(" ".join(sorted(processor.instructions)).encode()).hexdigest()[:16]
    here: dict[str, Any] = {"format": FORMAT, **found, "processor": processor.name, "instructions": instructions}
    if driver.gpus:
        here |= {"gpus": list(driver.gpus), "driver": driver.version, "gpus_used": devices.gpus_used()}
    return here


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _digest(network: bytes) -> str:
    return hashlib.sha256(network).hexdigest()
