"""When a schedule was last due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.jobs.cron import parse

NOW = datetime(2026, 11, 25, 14, 7, 31, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("* * * * *", (2026, 11, 25, 14, 7)),
        ("7 14 * * *", (2026, 11, 25, 14, 7)),
        ("8 14 * * *", (2026, 11, 24, 14, 8)),
        ("*/15 * * * *", (2026, 11, 25, 14, 0)),
        ("8/20 * * * *", (2026, 11, 25, 13, 48)),
        ("10-40/15 9-12 * * *", (2026, 11, 25, 12, 40)),
        ("0 3,22 * * *", (2026, 11, 25, 3, 0)),
        ("59 23 * * *", (2026, 11, 24, 23, 59)),
        ("0 3 * * 0", (2026, 11, 22, 3, 0)),
        ("0 3 * * 7", (2026, 11, 22, 3, 0)),
        ("0 3 * * 1-5", (2026, 11, 25, 3, 0)),
        ("0 0 1 * *", (2026, 11, 1, 0, 0)),
        ("0 0 31 * *", (2026, 10, 31, 0, 0)),
        ("0 0 29 2 *", (2024, 2, 29, 0, 0)),
        ("0 0 1 * 2", (2026, 11, 24, 0, 0)),  # the first, or a Tuesday
        ("0 0 */9 * 2", (2026, 11, 10, 0, 0)),  # the 1st, 10th, 19th or 28th that is a Tuesday
    ],
)
def test_the_last_time_that_it_was_due(line: str, last: tuple[int, int, int, int, int]) -> None:
    assert parse(line).last(NOW) == datetime(*last, tzinfo=UTC)


def test_times_are_utc_whatever_the_clock_s_zone() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert parse("0 * * * *").last(elsewhere) == datetime(2026, 11, 25, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "five fields"),
        ("0 3 * *", "five fields"),
        ("@daily", "five fields"),
        ("60 3 * * *", "minute '60' is outside of 0 to 59"),
        ("0 24 * * *", "hour '24'"),
        ("0 0 0 * *", "day '0'"),
        ("0 0 * 13 *", "month '13'"),
        ("0 0 * * 8", "weekday '8'"),
        ("5-1 * * * *", "counts backwards"),
        ("*/0 * * * *", "or by 0"),
        ("1,, * * * *", "minute ''"),
        ("x * * * *", "minute 'x'"),
        ("0 0 31 2 *", "no such day as 31 in month 2"),
    ],
)
def test_what_is_wrong_is_said(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse(line)
