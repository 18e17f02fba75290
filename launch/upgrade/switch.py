"""Cuts over to an upgrade, and takes that back: the table, its models and indexes, and the job file, each in one step.

The parts of the shadow table are linked (in a store: copied) into the folder of the table, where nobody sees them; then one
commit makes them its next version, and the old ones leave it. Older versions stay, so that an undoing is a commit that
brings the parts of an older one back. Versions of models and indexes are copied likewise, and go on counting.

What is to be done is written down before any of it is; each step looks whether it has been done. So a killed cut-over is
finished by the same command, and until then a refresh refuses to work.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import replace

from launch.jobs.given import new_run
from launch.refresh.freshness import Made, newest, newest_table, read_made, state_of, write_made
from launch.refresh.job_file import Job
from launch.upgrade import job_text
from launch.upgrade.adopt import adopt
from launch.upgrade.shadow import Replacement, Shadow, Switch, Upgrade
from transforms.common.errors import RequestError, RunError
from transforms.corpus.dead_letters import FOLDER as DEAD_LETTERS
from transforms.storage import files, local_disk
from transforms.table.open import existing, open_log
from transforms.table.snapshot import NewPart, Snapshot

Say = Callable[[str], None]


def cut_over(job: Job, shadow: Shadow, upgrade: Upgrade, say: Say) -> Upgrade:
    """Makes the shadow what is served, or finishes that. The job's lease is held.

    Raises:
      RequestError: the job file cannot be changed, or a version is not there.
      RunError: somebody else published meanwhile: the upgrade is ready again.
    """
    if upgrade.state != "cutting over":
        job_text.require_replaceable(job.path, upgrade.table)
        served = shadow.served(shadow.table)
        before: dict[str, int | None] = {served.to: newest_table(served)}
        replacements = []
        for step in shadow.job.steps[1:]:
            made = read_made(shadow.job, step)
            for folder, number in (made.outputs if made is not None else {}).items():
                target = shadow.served(step).to + folder.removeprefix(step.to)
                before[target] = newest(step, target)
                source = files.join(folder, str(number))
                replacements.append(Replacement(step=step.key, folder=target, source=source))
        table_before = before[served.to]
        assert table_before is not None, "an upgrade compares with the table that is served"
        switch = Switch(
            run=f"upgrade-{new_run()}",
            table_before=table_before,
            source=shadow.table.to,
            source_version=existing(shadow.table.to).version,
            encoder=upgrade.encoder,
            replacements=tuple(replacements),
        )
        upgrade = replace(upgrade, state="cutting over", switch=switch, versions_before=before)
        shadow.write(upgrade)
    why = f"upgrade to {upgrade.encoder}"
    return _finished(job, shadow, upgrade, why, "cut over", say)


def undo(job: Job, shadow: Shadow, upgrade: Upgrade, say: Say) -> Upgrade:
    """Brings back what was served before the cut-over, or finishes that. The job's lease is held.

    Raises:
      RequestError: a version from before is not there any more.
      RunError: somebody else published meanwhile.
    """
    if upgrade.state != "undoing":
        served = shadow.served(shadow.table)
        before = upgrade.versions_before
        table_before = before[served.to]
        assert table_before is not None, "it was there before the cut-over"
        existing(served.to, table_before)
        assert upgrade.switch is not None, "an upgrade that was cut over remembers how"
        replacements = []
        for one in upgrade.switch.replacements:
            was = before[one.folder]
            if was is not None:
                source = files.join(one.folder, str(was))
                replacements.append(Replacement(step=one.step, folder=one.folder, source=source))
        switch = Switch(
            run=f"undo-{new_run()}",
            table_before=existing(served.to).version,
            source=served.to,
            source_version=table_before,
            encoder=upgrade.encoder_before,
            replacements=tuple(replacements),
        )
        upgrade = replace(upgrade, state="undoing", switch=switch)
        shadow.write(upgrade)
    return _finished(job, shadow, upgrade, f"the upgrade to {upgrade.encoder} was undone", "ready", say)


def _finished(job: Job, shadow: Shadow, upgrade: Upgrade, why: str, state: str, say: Say) -> Upgrade:
    for step in steps(job, shadow, upgrade, why, say):
        step()
    upgrade = replace(upgrade, state=state)  # type: ignore[arg-type]
    shadow.write(upgrade)
    return upgrade


def steps(job: Job, shadow: Shadow, upgrade: Upgrade, why: str, say: Say) -> Iterator[Callable[[], None]]:
    """What a switch does, one after the other; each may be done again."""
    switch = upgrade.switch
    assert switch is not None, "it is written down before it begins"
    served = shadow.served(shadow.table)
    published: dict[str, dict[str, int | None]] = {}

    def table() -> None:
        try:
            version = _take_over(served.to, switch)
        except RunError:
            shadow.write(replace(upgrade, state="ready" if state_is_cut_over else "cut over"))
            raise
        say(f"{served.key}: version {version} is of {existing(served.to).about.encoder}")

    def adopted(one: Replacement) -> None:
        number = adopt(one, served.to, existing(served.to), run=switch.run, why=why)
        published.setdefault(one.step, {})[one.folder] = number
        say(f"{one.step}: version {number} of {one.folder} is of that encoder")

    def recorded(key: str) -> None:
        step = shadow.steps[key]
        inputs = {reference.key: state_of(reference, {}) for reference in step.references.values()}
        write_made(job, step, Made(options=step.options, inputs=inputs, outputs=published[key]))

    state_is_cut_over = upgrade.state == "cutting over"
    yield table
    for one in switch.replacements:
        yield lambda one=one: adopted(one)  # type: ignore[misc]
    for key in dict.fromkeys(one.step for one in switch.replacements):
        yield lambda key=key: recorded(key)  # type: ignore[misc]
    yield lambda: job_text.replace_encoder(job.path, upgrade.table, switch.encoder)


def _take_over(root: str, switch: Switch) -> int:
    """Commits the rows of a version of `switch.source` as the next version of the table, unless that was done."""
    log = open_log(root)
    base = existing(root)
    if base.about.run == switch.run:
        log.finish_commit()
        return base.version
    if base.version != switch.table_before:
        raise RunError(
            f"{root} got version {base.version} from another run while this one worked: run the same command again"
        )
    source = existing(switch.source, switch.source_version)
    if source.about.part_format != base.about.part_format:
        raise RequestError(f"{root} is a {base.about.part_format} table, its shadow is not: delete {switch.source}")
    if switch.source != root:
        _copy_files(switch.source, root, source)
    adds = [
        NewPart(name=name, rows=rows, size=files.size(files.join(root, name)))
        for name, rows in source.parts.items()
        if name not in base.parts
    ]
    removes = [name for name in base.parts if name not in source.parts]
    about = replace(source.about, run=switch.run)
    return log.commit(base=base, schema=source.schema, adds=adds, removes=removes, entries=source.ledger, about=about)


def _copy_files(source: str, root: str, snapshot: Snapshot) -> None:
    """Links or copies the parts of a version, and all dead letters, into the folder of another table."""
    dead = [f"{DEAD_LETTERS}/{name}" for name in files.names(files.join(source, DEAD_LETTERS))]
    for name in (*snapshot.parts, *dead):
        old, new = files.join(source, name), files.join(root, name)
        if files.entry(new) is not None:
            continue
        if files.is_local(root) and files.is_local(source):
            files.make_folder(files.parent(new))
            local_disk.link_or_copy(old, new)
            continue
        try:
            files.store_of(new).copy(old, new)
        except OSError as error:
            raise RunError(
                f"{new} cannot be written: {error.strerror or errno.errorcode.get(error.errno or 0, error)}"
            ) from error
