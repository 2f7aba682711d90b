"""What came out of a study: each candidate's share of the votes, with an interval that knows that voters differ."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from service.jobs.models import Study, Vote
from service.studies.plan import plan_of

Z = 1.959964
"""The 97.5 % point of the normal distribution: intervals are of 95 %."""


@dataclass(frozen=True)
class Share:
    """Of one candidate: its votes, and its part of all, from 0 to 1; None where there are no votes at all."""

    votes: int
    part: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Tally:
    """Of one edit, or of all: how many voted, how often, and the candidates' shares, in their order."""

    voters: int
    votes: int
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Results:
    """Of a study; `finished` is how many voters have answered all of `questions`."""

    overall: Tally
    edits: tuple[Tally, ...]
    finished: int


def results_of(study: Study, votes: Sequence[Vote], questions: Sequence[int]) -> Results:
    """What the votes say, of questions that can be asked."""
    plan, asked = plan_of(study), set(questions)
    counted = [vote for vote in votes if vote.question in asked]
    given = [(vote.voter, vote.candidate) for vote in counted]
    by_edit: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for vote in counted:
        by_edit[plan.edit_of(vote.question)].append((vote.voter, vote.candidate))
    answered = Counter(voter for voter, _ in given)
    edits = tuple(tally(by_edit[edit], plan.candidates) for edit in range(plan.edits))
    finished = sum(count == len(asked) for count in answered.values())
    return Results(tally(given, plan.candidates), edits, finished)


def tally(given: Sequence[tuple[str, int]], candidates: int) -> Tally:
    """The shares of votes, each of which is a voter and a candidate."""
    voters = Counter(voter for voter, _ in given)
    chosen = Counter(given)
    shares = tuple(
        share([(count, chosen[voter, candidate]) for voter, count in voters.items()]) for candidate in range(candidates)
    )
    return Tally(len(voters), len(given), shares)


def share(voters: Sequence[tuple[int, int]]) -> Share:
    """One candidate's share, of (votes given, votes for it) of each voter.

    The interval is Wilson's, of as many votes as they are worth. A voter's votes resemble one another, so n of them say
    less than n voters would: by the design effect, the variance of the share between voters (the ratio estimator,
    V / (V - 1) * sum (x_v - p n_v)^2 / n^2) over that of independent votes, p (1 - p) / n; never less than 1.
    """
    count, won = sum(given for given, _ in voters), sum(mine for _, mine in voters)
    if not count:
        return Share(0, None, None, None)
    part = won / count
    simple, effect = part * (1 - part) / count, 1.0
    if len(voters) > 1 and simple:
        between = sum((mine - part * given) ** 2 for given, mine in voters) / count**2
        effect = max(1.0, between * len(voters) / (len(voters) - 1) / simple)
    return Share(won, part, *wilson(part, count / effect))


def wilson(part: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share of `count` independent votes (Wilson 1927)."""
    squared = Z**2 / count
    middle = (part + squared / 2) / (1 + squared)
    half = Z / (1 + squared) * math.sqrt(part * (1 - part) / count + squared / count / 4)
    return max(0.0, middle - half), min(1.0, middle + half)
