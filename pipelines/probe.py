"""Asks a runner's workers by jobs of one element whether they have the project and the encoder, and can write where jobs will."""

from __future__ import annotations

import pkgutil
import platform
import socket
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

import apache_beam as beam

import pipelines
import transforms
from transforms.common.errors import RunError, one_line
from transforms.encoders import ResolvedEncoder
from transforms.storage import files

PROJECT = "transforms.common.errors:RequestError.exit_code"


@cache
def code_digest() -> str:
    """A hash of the project's code in this process: equal where two machines have the same."""
    digest = blake2b(digest_size=8)
    for package in (transforms, pipelines):
        root = Path(package.__path__[0])
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def find_project(pipeline: beam.Pipeline) -> None:
    """Adds a graph that fails with ModuleNotFoundError where the workers have no project; it consists of others' code alone."""
    _ = pipeline | "AskOnce" >> beam.Create([PROJECT]) | "ImportProject" >> beam.Map(pkgutil.resolve_name)


def try_folders(pipeline: beam.Pipeline, folders: tuple[str, ...], name: str) -> None:
    """Adds a graph that writes a file `name` into each folder, as jobs do.

    Its step raises a `RunError` where the workers' code or Python is another one than here, or a folder cannot be written.
    """
    step = _TryFolders(folders, name, code_digest(), platform.python_version_tuple()[:2])
    _ = pipeline | "AskOnce" >> beam.Create([None]) | "TryFolders" >> beam.ParDo(step)


def load_encoder(pipeline: beam.Pipeline, encoder: ResolvedEncoder) -> None:
    """Adds a graph whose step loads an encoder as jobs do, and raises a `RunError` where that cannot be."""
    _ = pipeline | "AskOnce" >> beam.Create([encoder]) | "LoadEncoder" >> beam.ParDo(_LoadEncoder())


class _LoadEncoder(beam.DoFn):
    def process(self, encoder: ResolvedEncoder) -> Iterator[None]:
        try:
            encoder.load()
        except Exception as error:
            raise RunError(f"encoder: {socket.gethostname()} cannot load it: {one_line(error)}") from error
        yield None


class _TryFolders(beam.DoFn):
    def __init__(self, folders: tuple[str, ...], name: str, digest: str, python: tuple[str, ...]) -> None:
        self._folders = folders
        self._name = name
        self._digest = digest
        self._python = python

    def process(self, _: None) -> Iterator[None]:
        host, python = socket.gethostname(), platform.python_version_tuple()[:2]
        if python != self._python:
            raise RunError(f"workers: {host} has Python {'.'.join(python)} and this machine {'.'.join(self._python)}")
        if code_digest() != self._digest:
            raise RunError(f"workers: {host} has another release of vectormill than this machine")
        for folder in self._folders:
            try:
                files.write(files.join(folder, self._name), host.encode())
            except Exception as error:
                raise RunError(f"folder {folder}: {host} cannot write there: {one_line(error)}") from error
        yield None
