"""The command `vectormill encoders`: lists encoders, shows one, and fetches one ahead of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from transforms.encoders import EncoderSpec

_TRUST = click.option("--trust", is_flag=True, help="Of a publisher that is not on the allow-list, too.")


@click.group(invoke_without_command=True, short_help="List, describe and fetch encoders.")
@click.pass_context
def encoders(ctx: click.Context) -> None:
    """List the encoders that have a name; `show` describes one, `pull` fetches one.

    Beyond these, any TF Hub handle with its version, keras://Name, and a path to a SavedModel or .keras file.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_encoders)


@encoders.command("list")
def list_encoders() -> None:
    """List the encoders that have a name."""
    from rich.console import Console

    # One line an encoder: cut off on a narrow terminal, whole where a program reads it.
    Console(width=None if sys.stdout.isatty() else 240).print(_listing())


@encoders.command("show")
@click.argument("name")
@_TRUST
def show_encoder(name: str, trust: bool) -> None:
    """Describe the encoder NAME: a name, a handle or a path. Fetches nothing."""
    from transforms.encoders import find

    for key, value in _facts(find(name, trust=trust)):
        click.echo(f"{click.style(f'{key:<12}', bold=True)}{value}")


@encoders.command("pull")
@click.argument("name")
@_TRUST
def pull_encoder(name: str, trust: bool) -> None:
    """Fetch or build the encoder NAME, and verify it, so that a run starts at once and needs no network."""
    from transforms.encoders import resolve

    resolved = resolve(name, trust=trust)
    click.echo(f"{resolved.spec.name} is here and whole: {resolved.location or 'its weights are kept by Keras'}")
    click.echo(f"{resolved.spec.modality}, {resolved.spec.dim} values, fingerprint {resolved.fingerprint}")


def _listing() -> Table:
    from rich.table import Table

    from transforms.encoders import all_specs

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("modality")
    table.add_column("dim", justify="right")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("licence", no_wrap=True)
    table.add_column("in cache")
    table.add_column("", overflow="ellipsis", no_wrap=True)
    for spec in all_specs():
        table.add_row(
            spec.name,
            spec.modality,
            str(spec.dim),
            _size(spec),
            spec.licence,
            "yes" if _cached(spec) else "-",
            spec.note,
        )
    return table


def _facts(spec: EncoderSpec) -> Iterator[tuple[str, str]]:
    from transforms.encoders import cache, records

    record = records.read(spec.handle)
    yield "name", spec.name
    yield "handle", spec.handle
    known = spec.dim is not None
    yield "modality", spec.modality if known else "known once it was loaded: vectormill encoders pull"
    yield "dimension", str(spec.dim) if known else "known once it was loaded"
    if spec.image_size is not None:
        yield "image size", f"{spec.image_size[0]} x {spec.image_size[1]} pixels"
    if spec.modality == "image" and spec.pixel_range is not None:
        yield "pixels", f"0..255 mapped to {spec.pixel_range[0]:g}..{spec.pixel_range[1]:g} before the network"
    if spec.max_tokens is not None:
        yield "reads", f"the first {spec.max_tokens:,} tokens of a text"
    if spec.features_per_image is not None:
        yield "gives", f"up to {spec.features_per_image:,} local features of an image, each a row"
    yield "licence", spec.licence
    yield "size", _size(spec)
    place = cache.location(spec.handle)
    yield "place", str(place) if place else "its weights are kept by Keras"
    if place:
        yield "in cache", "yes" if _cached(spec) else "no"
    if record is not None:
        yield "digest", f"{record.digest} (seen first; compared ever after)"
        yield "record", str(records.path_of(spec.handle))
    if spec.note:
        yield "note", spec.note


def _cached(spec: EncoderSpec) -> bool:
    from transforms.encoders import is_cached

    return is_cached(spec.handle)


def _size(spec: EncoderSpec) -> str:
    """What it takes on this disk if it is here, else the download; "?" where its page does not say."""
    from transforms.encoders import cache

    size = cache.size(spec.handle) or spec.download_bytes
    if size is None:
        return "?"
    if not size:
        return "built here"
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
