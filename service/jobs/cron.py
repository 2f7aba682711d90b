"""When a schedule is due: the five fields of cron, in UTC.

Written here, for no package that is installed has it but Celery, which only the worker may import, and whose own has no
question "when was it last due?", which is the one that a service asks that was down meanwhile.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_DAYS = 8 * 366 + 1  # within which every date comes by, 29 February too, around a year such as 2100


@dataclass(frozen=True)
class Cron:
    """What a line of cron says, by field."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either: bool  # both kinds of day are named: one that fits will do, as in every cron

    def last(self, now: datetime) -> datetime | None:
        """The last minute up to `now` at which it was due, None where there has been none for eight years."""
        now = now.astimezone(UTC).replace(second=0, microsecond=0)
        for back in range(_DAYS):
            day = now.date() - timedelta(days=back)
            if self._on(day):
                latest = now.time() if back == 0 else time(23, 59)
                for hour in sorted(self.hours, reverse=True):
                    for minute in sorted(self.minutes, reverse=True):
                        if time(hour, minute) <= latest:
                            return datetime.combine(day, time(hour, minute), UTC)
        return None

    def _on(self, day: date) -> bool:
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and ((by_date or by_weekday) if self.either else (by_date and by_weekday))


def parse(line: str) -> Cron:
    """What a line says: "minute hour day month weekday", each *, a number, a-b, */n, a-b/n, or such joined by commas.

    Raises ValueError with the field that is wrong, or where the line names a date that there is not.
    """
    parts = line.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            'A schedule has five fields, "minute hour day month weekday"; write "0 3 * * *" for 3 o\'clock.'
        )
    fields = [_values(text, *field) for text, field in zip(parts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = (frozenset(values) for values in fields)
    weekdays = frozenset(day % 7 for day in weekdays)
    cron = Cron(minutes, hours, days, months, weekdays, not parts[2].startswith("*") and not parts[4].startswith("*"))
    if cron.last(datetime(2032, 3, 1, tzinfo=UTC)) is None:
        raise ValueError(f"There is no such day as {parts[2]} in month {parts[3]}; correct the schedule.")
    return cron


def _values(text: str, name: str, least: int, most: int) -> Iterator[int]:
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"The {name} {part!r} is none; write *, a number, a-b or */n.")
        first, last, step = match.groups()
        low = least if first is None else int(first)
        high = most if first is None or (last is None and step) else int(last or first)
        if not least <= low <= high <= most or step in ("0", "00"):
            raise ValueError(f"The {name} {part!r} is outside of {least} to {most}, or counts backwards or by 0.")
        yield from range(low, high + 1, int(step or 1))
