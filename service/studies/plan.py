"""What a study's numbers mean: a question is a photo and an edit, and each candidate answers it with a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.jobs.models import Item, Job, Study
from service.jobs.wanted import Upload


@dataclass(frozen=True)
class Plan:
    """How many of each there are. Pictures are numbered candidate by candidate, so that each is loaded once."""

    photos: int
    edits: int
    candidates: int

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return self.photos * self.edits

    @property
    def pictures(self) -> int:
        """How many pictures have to be made."""
        return self.questions * self.candidates

    def picture(self, question: int, candidate: int) -> int:
        """The number of a candidate's answer to a question, which is that of the job's item."""
        return candidate * self.questions + question

    def candidate_of(self, picture: int) -> int:
        """Whose a picture is."""
        return picture // self.questions

    def question_of(self, picture: int) -> int:
        """What a picture answers."""
        return picture % self.questions

    def photo_of(self, question: int) -> int:
        """The photo that a question is about."""
        return question // self.edits

    def edit_of(self, question: int) -> int:
        """The edit that a question is about."""
        return question % self.edits


def plan_of(study: Study) -> Plan:
    """The numbers of a study."""
    return Plan(study.photos, len(study.edits), len(study.candidates))


def pin_of(job: Job, item: Item) -> str:
    """The digest of the release that is to make a picture; `job` is one of a study."""
    candidates: list[str] = job.options["candidates"]
    return candidates[item.index // (job.total // len(candidates))]


def items_of(photos: Sequence[Upload], edits: Sequence[Mapping[str, bool]], candidates: int) -> Iterable[Upload]:
    """What the job of a study is to make, in the order of its pictures' numbers."""
    for _ in range(candidates):
        for photo in photos:
            for edit in edits:
                yield Upload(photo.filename, photo.source, photo.error, edit)
