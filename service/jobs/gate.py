"""The gate before a promotion: a release serves only if it is no worse than the one that serves now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from service.jobs.comparison import GREATER_IS_BETTER, told, worse
from service.jobs.models import Score
from service.jobs.scores import ScoreBook
from training.release import Release

Mode = Literal["auto", "on", "off"]


@dataclass(frozen=True)
class Verdict:
    """Why a release may not be promoted, a sentence each, and what it was compared with; both empty where it is free.

    Attributes:
        data: for the audit log: than, reference, and both releases' metrics.
    """

    reasons: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class Gate:
    """Compares releases by their scores.

    Args:
        mode: which promotions need scores: none ("off"), all but a domain's first ("on"), or those alone of domains
            with reference photos ("auto").
        references: those domains.
    """

    def __init__(self, book: ScoreBook, mode: Mode, references: Collection[str]) -> None:
        self._book, self._mode, self._references = book, mode, references

    def look(self, domain: str, candidate: Release, serving: Release | None) -> Verdict:
        """What is to be said of promoting `candidate` in place of `serving`."""
        free = self._mode == "off" or (self._mode == "auto" and domain not in self._references)
        if free or serving is None or serving.digest == candidate.digest:
            return Verdict()
        mine, theirs = self._book.of(domain, candidate.digest), self._book.of(domain, serving.digest)
        pairs = ((one, other) for one in mine for other in theirs if one.reference == other.reference)
        if pair := next(pairs, None):
            return _compared(*pair)
        return Verdict((_missing(domain, candidate, serving, bool(mine)),), {"than": _named(serving)})


def _compared(mine: Score, theirs: Score) -> Verdict:
    than = f"{theirs.release}@{theirs.digest[:12]}"
    reasons = [
        f"{name} {told(mine.metrics[name])} is worse than {told(theirs.metrics[name])} of {theirs.release}."
        for name in worse(mine.metrics, theirs.metrics)
    ]
    reasons += [
        f"{name} is known of {theirs.release} alone; evaluate both again."
        for name in GREATER_IS_BETTER
        if name in theirs.metrics and name not in mine.metrics
    ]
    data = {"than": than, "reference": mine.reference, "metrics": mine.metrics, "those_of_it": theirs.metrics}
    return Verdict(tuple(reasons), data)


def _missing(domain: str, candidate: Release, serving: Release, scored: bool) -> str:
    command = "POST /v1/jobs/evaluations with"
    if not scored:
        return f'{candidate.name} has no score; {command} {{"domain": "{domain}", "release": "{candidate.name}"}}.'
    return (
        f"{candidate.name} and {serving.name} have no scores of the same photos, size and judge; "
        f'{command} {{"domain": "{domain}", "release": ...}} for each.'
    )


def _named(release: Release) -> str:
    return f"{release.name}@{release.digest[:12]}"
