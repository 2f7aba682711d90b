"""A study's results and its votes as CSV (RFC 4180), for spreadsheets and for statistics of one's own."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from service.jobs.models import Study, Vote
from service.studies.plan import plan_of
from service.studies.results import Results, Tally

_RUN = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is a formula to spreadsheets


def results_table(study: Study, results: Results, words: Callable[[Mapping[str, bool]], str]) -> str:
    """A row for each edit and candidate, and for each candidate over all edits, as Table 2 has them."""
    edits = [(words(edit), tally) for edit, tally in zip(study.edits, results.edits, strict=True)]
    rows = [row for name, tally in [*edits, ("all edits", results.overall)] for row in _rows(study, name, tally)]
    return _csv(("edit", "candidate", "digest", "voters", "votes", "percent", "low", "high"), rows)


def votes_table(
    study: Study, votes: Sequence[Vote], filenames: Sequence[str], words: Callable[[Mapping[str, bool]], str]
) -> str:
    """A row for each vote, in order. Voters are numbered: the id of one would let others vote in their place."""
    plan, numbers = plan_of(study), dict[str, int]()
    rows = []
    for vote in votes:
        photo, edit = plan.photo_of(vote.question), study.edits[plan.edit_of(vote.question)]
        chosen = study.candidates[vote.candidate]
        voter = numbers.setdefault(vote.voter, len(numbers) + 1)
        rows.append(
            (vote.at.isoformat(timespec="seconds"), voter, photo + 1, filenames[photo], words(edit), chosen["name"],
             chosen["digest"], vote.place)
        )  # fmt: skip
    return _csv(("at", "voter", "photo", "filename", "edit", "candidate", "digest", "place"), rows)


def _rows(study: Study, name: str, tally: Tally) -> Iterable[Sequence[object]]:
    for candidate, share in zip(study.candidates, tally.shares, strict=True):
        numbers = (share.part, share.low, share.high)
        percents = ("" if each is None else f"{100 * each:.2f}" for each in numbers)
        yield name, candidate["name"], candidate["digest"], tally.voters, share.votes, *percents


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUN) else value
