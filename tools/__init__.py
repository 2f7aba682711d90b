"""What prepares and checks a checkout; no part of the product, and standard library only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Problem(Exception):
    """Something that the person at the keyboard can put right; its text is a sentence that says how."""


def say(line: str) -> None:
    print(f"==> {line}", flush=True)
