"""What happens to the data: plain functions over record batches, and the Beam steps that call them.

    from transforms import Embed
    vectors, dead = batches | Embed("use-multilingual")

Importing this package costs nothing: Beam and TensorFlow come with what needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transforms.embed.transform import Embed

__all__ = ["Embed"]


def __getattr__(name: str) -> Any:
    if name == "Embed":
        from transforms.embed.transform import Embed

        return Embed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
