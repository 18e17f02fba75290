"""Shares encoders between the versions, indexes and models of a service: each is loaded once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LoadedEncoders:
    """Loaded encoders by fingerprint and precision. Safe to use from several threads."""

    _loaded: dict[tuple[str, str], Any] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def of(self, fingerprint: str, precision: str, load: Callable[[], Any]) -> Any:
        """The encoder, which `load` gives the first time.

        Raises:
          VectormillError: as `load`; it is called again the next time.
        """
        with self._loading:
            key = (fingerprint, precision)
            if key not in self._loaded:
                self._loaded[key] = load()
            return self._loaded[key]

    def keep(self, wanted: set[tuple[str, str]]) -> None:
        """Drops all others."""
        with self._loading:
            self._loaded = {key: encoder for key, encoder in self._loaded.items() if key in wanted}
