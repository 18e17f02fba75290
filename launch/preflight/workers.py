"""Asks a runner's workers, by jobs of one element, for the project, the encoder and the folders of a job."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from launch.preflight.check import Check
from transforms.common.errors import VectormillError
from transforms.storage import files

if TYPE_CHECKING:
    from transforms.encoders import ResolvedEncoder

_LOAD_SECONDS = 180.0
"""For an encoder: the import of its library, and perhaps a download."""


def checks(
    runner: Any, options: Any, folders: tuple[str, ...], encoder: ResolvedEncoder | None, seconds: float
) -> Iterator[Check]:
    """Looks whether workers have this release, can write into the folders, and can load the encoder.

    Args:
      seconds: how long they have for each job of one element.
    """
    from pipelines.probe import PROJECT, find_project, load_encoder, try_folders

    started = time.monotonic()
    text = _run(runner, options, find_project, seconds)
    if text is not None:
        words = text
        if "ModuleNotFoundError" in text and PROJECT.partition(".")[0] in text:
            words = (
                "they have no vectormill: install it in their image or where the worker pool starts them, or give"
                " --beam --setup_file=…"
            )
        yield Check(name="workers", ok=False, words=words)
        return
    name = f".vectormill-probe-{uuid.uuid4().hex[:8]}"
    made = [folder for folder in folders if files.is_local(folder) and not files.exists(folder)]
    text = _run(runner, options, lambda pipeline: try_folders(pipeline, folders, name), seconds)
    took = time.monotonic() - started
    at_fault = next((folder for folder in folders if text is not None and text.startswith(f"folder {folder}: ")), None)
    if text is not None and at_fault is None:
        yield Check(name="workers", ok=False, words=text.removeprefix("workers: "))
        return
    yield Check(
        name="workers", ok=True, words=f"they have this release of vectormill (two jobs of one element: {took:.1f} s)"
    )
    for folder in folders:
        yield _folder(folder, name, text if folder == at_fault else None)
    for folder in made:
        with suppress(OSError):
            os.rmdir(folder)
    if encoder is not None:
        started = time.monotonic()
        text = _run(runner, options, lambda pipeline: load_encoder(pipeline, encoder), max(seconds, _LOAD_SECONDS))
        words = (
            f"{encoder.spec.name} is there, and loaded in {time.monotonic() - started:.1f} s" if text is None else text
        )
        yield Check(name="encoder", ok=text is None, words=words.removeprefix("encoder: "))


def _folder(folder: str, name: str, failure: str | None) -> Check:
    path = files.join(folder, name)
    if failure is not None:
        words = failure.removeprefix(f"folder {folder}: ") + ": mount it there, or mend its permissions"
        return Check(name=f"folder {folder}", ok=False, words=words)
    try:
        host = files.read(path).decode()
        files.delete([path])
    except OSError:
        words = "what workers write there is not seen here: it must be the same place for both"
        return Check(name=f"folder {folder}", ok=False, words=words)
    return Check(name=f"folder {folder}", ok=True, words=f"{host} can write there, and it is seen here")


def _run(runner: Any, options: Any, build: Callable[[Any], None], seconds: float) -> str | None:
    """Runs a small graph; None where it ended well, else why not."""
    import apache_beam as beam

    from pipelines.failures import failure_in, without_step

    outcome: list[str | None] = []
    results: list[Any] = []

    def work() -> None:
        try:
            pipeline = beam.Pipeline(runner=runner, options=options)
            build(pipeline)
            results.append(pipeline.run())
            results[0].wait_until_finish()
            outcome.append(None)
        except VectormillError as error:
            outcome.append(without_step(str(error)))
        except Exception as error:
            lines = [line for line in str(error).splitlines() if line.strip()]
            named = next((line for line in reversed(lines) if "Error: " in line), lines[-1] if lines else "")
            outcome.append(str(failure_in(str(error)) or named.strip()[:300] or type(error).__name__))

    thread = threading.Thread(target=work, daemon=True, name="probe")
    thread.start()
    thread.join(seconds)
    if outcome:
        return outcome[0]
    with suppress(Exception):
        results[0].cancel()
    return (
        f"none has answered within {seconds:.0f} s: look into the logs of the runner's workers (whether they start, and have this"
        " project), and whether there are free slots"
    )
