"""Understands opt-out headers: `X-Robots-Tag: noai`, for everybody or for one user agent by name."""

from __future__ import annotations

from collections.abc import Iterable

OPT_OUTS = frozenset(("noai", "noimageai", "noindex", "noimageindex", "none"))
"""As img2dataset has them; `none` stands for `noindex, nofollow`."""
# What may stand before a colon without being the name of a user agent.
_DIRECTIVES = frozenset(("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"))


def opted_out(values: Iterable[str], agent: str) -> str | None:
    """The directive by which a server opts out; None where it does not.

    Args:
      values: of all `X-Robots-Tag` headers of an answer.
      agent: the name that directives may be meant for, in lower case.
    """
    for value in values:
        meant = True
        for part in value.split(","):
            name, colon, rest = part.partition(":")
            if colon and name.strip().lower() not in _DIRECTIVES:
                # A user agent's name is good for all that follows in its header.
                meant = name.strip().lower() in ("", "*", agent)
                part = rest
            directive = part.strip().lower()
            if meant and directive in OPT_OUTS:
                return directive
    return None
