"""Names what can go wrong with an address: the kinds of dead letters, and whether another try may help."""

from __future__ import annotations

TRANSIENT = frozenset(("TimedOut", "TooSlow", "NoConnection", "UnknownHost", "CutOff"))


class AddressError(Exception):
    """An address has nothing that can be used.

    Attributes:
      kind: of the dead letter.
      may_pass: another try, now or by the next run, may succeed.
      retry_after: seconds that the server asks to wait; None: it says nothing.
    """

    def __init__(
        self, kind: str, message: str, *, may_pass: bool | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.may_pass = kind in TRANSIENT if may_pass is None else may_pass
        self.retry_after = retry_after
