"""What keeps a study blind: names of pictures that say nothing, and orders that differ from voter to voter.

All of it follows from the study's seed, which stays in the service: HMAC-SHA256 of the seed and of what is asked, so
that nothing has to be kept, a voter who comes back sees the same, and nobody without the seed can compute any of it.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

_NAME = re.compile(r"([0-9]{1,6})-([0-9a-f]{32})")


def new_seed() -> str:
    """A seed, in hexadecimal digits."""
    return secrets.token_hex(32)


def new_token() -> str:
    """What a voting link has in it: 192 random bits."""
    return secrets.token_urlsafe(24)


def order_of_questions(seed: str, voter: str, questions: Iterable[int]) -> list[int]:
    """The questions as a voter gets them."""
    return sorted(questions, key=lambda question: _mac(seed, "question", voter, question))


def order_of_candidates(seed: str, voter: str, question: int, candidates: int) -> list[int]:
    """The candidates from left to right, as a voter sees their pictures at a question."""
    return sorted(range(candidates), key=lambda each: _mac(seed, "candidate", voter, question, each))


def picture_name(seed: str, question: int, candidate: int | None) -> str:
    """The name of a candidate's picture, or of the photo itself (None), for its address."""
    return f"{question}-{_mac(seed, 'picture', question, candidate)[:32]}"


def named_picture(seed: str, name: str, candidates: int) -> tuple[int, int | None] | None:
    """The question and the candidate whose picture has that name; None where none has."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    question = int(found[1])
    for candidate in (None, *range(candidates)):
        if hmac.compare_digest(picture_name(seed, question, candidate), name):
            return question, candidate
    return None


def _mac(seed: str, *what: object) -> str:
    return hmac.new(bytes.fromhex(seed), "/".join(map(str, what)).encode(), hashlib.sha256).hexdigest()
