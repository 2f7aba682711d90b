"""In which order the rows of a table came out, said in words that are computed from the numbers."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from .published import TABLE_3_ORDER

# The scores that rows are ordered by, and whether greater is better.
CRITERIA = {"fid": False, "frechet_resnet18": False, "l1": False, "accuracy": True}


def verdicts(result: dict[str, Any]) -> Iterator[str]:
    """A paragraph for each score by which the rows can be ordered."""
    if result["scale"] == "smoke":
        yield "A trial of the machinery: runs of a few steps, whose numbers say nothing about the methods."
        return
    rows = result["rows"]
    for key, greater in CRITERIA.items():
        if all(key in row["mean"] for row in rows.values()):
            yield _verdict(result, key, greater)


def _verdict(result: dict[str, Any], key: str, greater: bool) -> str:
    rows = result["rows"]
    order = sorted(rows, key=lambda row: rows[row]["mean"][key], reverse=greater)
    sentences = [f"By *{key}* ({'greater' if greater else 'smaller'} is better), best first: {_listed(order)}."]
    if result["table"] == "table3":
        expected: Sequence[str] = [row for row in TABLE_3_ORDER if row in rows]
        sentences.append(_against(order, expected))
    else:
        expected = ["init", *(row for row in order if row != "init")]
        place = order.index("init") + 1
        sentences.append("INIT is first, as in the paper." if place == 1 else f"INIT is {place} of {len(order)}.")
    if len(result["seeds"]) > 1:
        pairs = list(pairwise(expected)) if result["table"] == "table3" else [("init", row) for row in expected[1:]]
        sentences += [_overlaps(rows, key, pairs), _seeds(rows, key, greater, pairs)]
    return " ".join(sentences)


def _against(order: Sequence[str], expected: Sequence[str]) -> str:
    if list(order) == list(expected):
        return "That is the paper's order."
    turned = [
        f"{better} and {worse}"
        for index, better in enumerate(expected)
        for worse in expected[index + 1 :]
        if order.index(better) > order.index(worse)
    ]
    return (
        f"The paper's order, {_listed(expected)}, did not come out: {_listed(turned)} "
        f"{'are' if len(turned) == 1 else 'are each'} the other way round."
    )


def _overlaps(rows: dict[str, Any], key: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Which intervals over seeds have a value in common."""
    common = {pair: _overlap(*(rows[row]["intervals"][key] for row in pair)) for pair in pairs}
    together = [f"{one} and {other}" for (one, other), shared in common.items() if shared]
    apart = [f"{one} and {other}" for (one, other), shared in common.items() if not shared]
    parts = [f"overlap between {_listed(together)}"] if together else []
    parts += [f"are apart between {_listed(apart)}"] if apart else []
    return f"The 95 % intervals over seeds {'; they '.join(parts)}."


def _seeds(rows: dict[str, Any], key: str, greater: bool, pairs: Sequence[tuple[str, str]]) -> str:
    """Runs of one seed share their data and its order, so they can be compared one by one."""
    counts = []
    for one, other in pairs:
        runs = rows[one]["runs"], rows[other]["runs"]
        wins = sum((runs[0][s]["mean"][key] > runs[1][s]["mean"][key]) == greater for s in runs[0])
        counts.append(f"{one} beats {other} in {wins} of {len(runs[0])}")
    return f"Seed by seed: {_listed(counts)}."


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
