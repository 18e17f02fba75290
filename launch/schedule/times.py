"""Reads the five fields of a cron line, and writes them as systemd does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transforms.common.errors import RequestError

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_ITEM = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True)
class Times:
    """When a job is run: the fields of a cron line, each as it is given."""

    minute: str
    hour: str
    day: str
    month: str
    weekday: str

    def __str__(self) -> str:
        return f"{self.minute} {self.hour} {self.day} {self.month} {self.weekday}"

    @property
    def calendar(self) -> str:
        """The same for systemd's `OnCalendar=`: `Mon..Fri *-*-* 3:17:00`."""
        weekday = "" if self.weekday == "*" else f"{','.join(map(_days, self.weekday.split(',')))} "
        month, day = (_systemd(field, first=1) for field in (self.month, self.day))
        hour, minute = (_systemd(field, first=0) for field in (self.hour, self.minute))
        return f"{weekday}*-{month}-{day} {hour}:{minute}:00"


def times_of(given: str) -> Times:
    """The times of a cron line: numbers, `*`, `1-5`, `*/15`, and lists of these.

    Raises:
      RequestError: they are no such line. A day and a weekday together are refused: cron takes either of the two, others both.
    """
    fields = given.split()
    if len(fields) != len(_FIELDS):
        raise RequestError(f"--at {given!r}: write minute, hour, day, month and weekday, as in '17 3 * * *'")
    for field, (name, low, high) in zip(fields, _FIELDS, strict=True):
        for item in field.split(","):
            found = _ITEM.fullmatch(item)
            numbers = [int(number) for number in found.groups()[:2] if number] if found else []
            if found is None or any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                raise RequestError(f"--at {given!r}: {item} is no {name}: write {low} to {high}, as *, 3, 1-5 or */2")
            if found[3] is not None and (int(found[3]) == 0 or (found[1] and not found[2])):
                raise RequestError(f"--at {given!r}: {item} is no {name}: a step follows * or a range, and is above 0")
    minute, hour, day, month, weekday = fields
    if day != "*" and weekday != "*":
        raise RequestError(f"--at {given!r}: give a day or a weekday, not both: schedulers differ on what that means")
    return Times(minute=minute, hour=hour, day=day, month=month, weekday=weekday)


def _systemd(field: str, *, first: int) -> str:
    return ",".join(_item(item, first) for item in field.split(","))


def _item(item: str, first: int) -> str:
    if item.startswith("*/"):
        return f"{first}/{item[2:]}"
    return item.replace("-", "..")


def _days(item: str) -> str:
    """`1-5` as `Mon..Fri`; one with a step, day by day."""
    span, _, step = item.partition("/")
    low, _, high = span.partition("-")
    start, end = (0, 6) if span == "*" else (int(low), int(high or low))
    if not step and end > start:
        return f"{_WEEKDAYS[start]}..{_WEEKDAYS[end]}" if start else ",".join(_WEEKDAYS[start : end + 1])
    return ",".join(_WEEKDAYS[start : end + 1 : int(step or 1)])
