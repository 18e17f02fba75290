"""Files of ours are reached through `transforms.storage` alone, so that they may be anywhere."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
BEYOND_STORAGE = re.compile(
    r"\bos\.(rename|replace|renames|link|symlink|remove|unlink|listdir|scandir|walk|makedirs|mkdir|open)\b"
    r"|\bfcntl\b|\bshutil\b|\btempfile\b|\bmmap\b|np\.memmap|pa\.memory_map|(?<![\w.])open\("
)
FREE = {
    "transforms/storage/": "it is what the others go through",
    "transforms/encoders/": "networks are kept on the machine that runs them",
    "transforms/corpus/": "corpora on disks are walked and read by the operating system",
    "launch/preflight/": "programs of this machine",
    "launch/remote.py": "where this machine keeps temporary files",
    "launch/profiles.py": "the same",
    "launch/refresh/openlineage.py": "a log on the person's disk that is added to",
    "launch/heads_file.py": "an option's file on the person's disk",
    "launch/terminal/quiet.py": "file descriptors of this process",
}


def test_nothing_renames_links_locks_maps_or_opens_files_beyond_storage() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for package in ("transforms", "pipelines", "launch", "vectormill")
        for path in sorted((ROOT / package).rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(tuple(FREE))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if BEYOND_STORAGE.search(line) and "def open(" not in line
    ]

    assert found == []


def test_what_is_looked_for_is_found() -> None:
    for line in ("os.rename(a, b)", "with open(path) as f:", "import fcntl", "np.memmap(path)", "shutil.rmtree(x)"):
        assert BEYOND_STORAGE.search(line)
    for line in ("files.open_write(path)", "pa.ipc.open_file(x)", "self.reopen(x)", "os.path.join(a, b)"):
        assert not BEYOND_STORAGE.search(line)
