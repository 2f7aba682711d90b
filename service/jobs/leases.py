"""Promises for a time, such as a worker's to have done with a job by then, where clocks may jump."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

LONGEST = timedelta(minutes=15)
"""No promise is for longer. One that ends later than that from now was given by a clock that has since gone back."""


def is_over(
    until: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], now: datetime
) -> ColumnElement[bool]:
    """Whether a promise no longer holds; without that it was for too long, an hour that is put back would be waited."""
    return or_(until < now, until > now + LONGEST)
