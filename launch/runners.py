"""Runner profiles: where a job runs, and with which Beam options.

`direct` (and `DirectRunner`) is Beam's FnApiRunner in this process, in memory: Beam's own DirectRunner would first try
to download and start another program. Any other name goes to Beam as it is.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from transforms.common.errors import RequestError

_DIRECT = ("direct", "directrunner")

Outcome = TypeVar("Outcome")


def run_shown(run: Callable[..., Outcome], job: Any, *, runner: str, beam: Sequence[str]) -> Outcome:
    """Runs a job of `pipelines` on the named runner with Beam's options `beam`, and shows its progress.

    Raises:
      RequestError: there is no such runner or option.
    """
    from launch import remote
    from launch.terminal import progress

    on = beam_runner(runner)
    options = beam_options(runner, beam)
    if on is not None:
        job = remote.located(job, runner)
        remote.name(options, job)
        remote.require_service(options)
    with _labels_kept(), progress.shown() if progress.is_wanted() else contextlib.nullcontext():
        return run(job, options, runner=on)


@contextlib.contextmanager
def _labels_kept() -> Iterator[None]:
    """Leaves the labels of a graph's steps alone in a notebook.

    There Beam would import its interactive runner to number them, whose data frames do not load beside pandas 3, nor without
    pandas (Beam 2.77, `apache_beam.utils.interactive_utils`).
    """
    from apache_beam import pipeline

    altered = pipeline.alter_label_if_ipython
    pipeline.alter_label_if_ipython = lambda transform, pvalueish: None
    try:
        yield
    finally:
        pipeline.alter_label_if_ipython = altered


def beam_runner(name: str) -> Any:
    """The runner for a name; None for the in-process one."""
    if name.lower() in _DIRECT:
        return None
    from apache_beam.runners.runner import create_runner

    try:
        return create_runner(name)
    except (ValueError, ImportError, AttributeError) as error:
        raise RequestError(
            f"--runner {name}: Beam knows no such runner ({error}); direct runs in this process"
        ) from error


def beam_options(name: str, extra: Sequence[str]) -> Any:
    """Beam's options out of what was given with --beam.

    Raises:
      RequestError: Beam knows no such option or no such value of it. Other runners than the in-process one may have
        options that only they know, so those are let through.
    """
    from apache_beam.options.pipeline_options import PipelineOptions

    for flag in extra:
        if not flag.startswith("--"):
            raise RequestError(f"--beam {flag}: write it as --beam --OPTION=VALUE")
    is_direct = name.lower() in _DIRECT
    own = ["--direct_running_mode=in_memory", "--direct_num_workers=1"] if is_direct else []
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            options = PipelineOptions([*extra, *own])
            known = options.get_all_options()
            unknown = options.get_all_options(retain_unknown_options=True).keys() - known.keys()
    except SystemExit as error:  # argparse's way to refuse a value
        reason = complaint.getvalue().strip().rpartition("error: ")[2]
        raise RequestError(f"--beam: {reason}") from error
    if is_direct and unknown:
        raise RequestError(f"--beam --{min(unknown)}: Beam has no such option for --runner {name}")
    return options
