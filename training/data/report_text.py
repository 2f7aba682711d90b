"""The doctor's report as text for a terminal."""

import textwrap
from collections.abc import Iterator, Sequence

from .doctor import KINDS, Fit, Report
from .findings import RARE, Finding, Severity
from .layouts import LAYOUTS

_WIDTH = 100
_SHOWN = 3
_COLUMNS = 3
_TITLES: dict[Severity, str] = {
    "unusable": "Nothing can be trained on this",
    "wrong": "To be mended, the worst first",
    "note": "Good to know",
}


def format_report(report: Report, fits: Sequence[Fit] = ()) -> str:
    """The report, and how to train on it where `fits` says which presets can be."""
    parts = [_summary(report), _attributes(report), *_findings(report), _advice(report, fits)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _summary(report: Report) -> list[str]:
    if report.layout is None or report.kind is None:
        return [report.root]
    counts = ", ".join(f"{count:,} {division}" for division, count in report.divisions.items())
    files = "files of pairs" if report.layout == "pairs" else "photos"
    lines = [
        f"{report.root}: {KINDS[report.kind]}",
        f"  layout    {LAYOUTS[report.layout].title}",
        f"  {files:<9} {sum(report.divisions.values()):,}: {counts}",
        f"  split     {report.split}",
    ]
    if report.persons is not None:
        lines.append(f"  persons   {report.persons:,}")
    return [*lines, *_sizes(report)]


def _sizes(report: Report) -> list[str]:
    if report.sizes is None:
        return []
    sizes = report.sizes
    if sizes.share == 1:
        return [f"  size      {_size(sizes.common)}, all of them"]
    most = f"most often {_size(sizes.common)} ({sizes.share:.0%})"
    return [f"  size      {most}; 95 % reach {_size(sizes.small)}, the largest is {_size(sizes.largest)}"]


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _attributes(report: Report) -> list[str]:
    """A table of the shares of train, read downwards."""
    total = report.divisions.get("train", 0)
    if report.kind == "paired" or not total:
        return []
    if report.kind == "unpaired":
        sides = ", ".join(f"{name} {count:,}" for name, count in report.attributes.items())
        return [f"  Photos to train on: {sides}"]
    cells = [_cell(name, count / total) for name, count in report.attributes.items()]
    rows = -(-len(cells) // _COLUMNS)
    table = ["  " + "   ".join(cells[row::rows]).rstrip() for row in range(rows)]
    return ["  Attributes, and the share of train that has each (! is rare)", *table]


def _cell(name: str, share: float) -> str:
    mark = "!" if min(share, 1 - share) < RARE else " "
    return f"{name[:20]:<20} {share:6.1%} {mark}"


def _findings(report: Report) -> Iterator[list[str]]:
    for severity, title in _TITLES.items():
        found = [finding for finding in report.findings if finding.severity == severity]
        if found:
            yield [f"  {title}", *(line for finding in found for line in _finding(finding))]


def _finding(finding: Finding) -> Iterator[str]:
    first, *rest = finding.message.splitlines()
    yield from textwrap.wrap(first, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)
    yield from (f"    {line}" for line in rest)
    yield from textwrap.wrap(f"-> {finding.advice}", _WIDTH, initial_indent="    ", subsequent_indent="       ")
    yield from (f"       {example}" for example in finding.examples[:_SHOWN])
    if len(finding.examples) > _SHOWN:
        yield "       ... (--json shows more)"


def _advice(report: Report, fits: Sequence[Fit]) -> list[str]:
    able = [fit for fit in fits if not fit.problem]
    if not able:
        return []
    width = max(len(fit.preset) for fit in able)
    lines = [f"  {fit.preset:<{width}}  {_remarks(fit)}".rstrip() for fit in able]
    best = min(able, key=lambda fit: (fit.own, bool(fit.remark)))
    command = f"python -m training train {best.preset} --data {report.root}{' --domain NAME' if best.own else ''}"
    return ["  Presets that fit", *lines, "", f"  {command}"]


def _remarks(fit: Fit) -> str:
    own = "as a domain of your own (--domain NAME)" if fit.own else ""
    return "; ".join(remark for remark in (_size((fit.size[1], fit.size[0])), own, fit.remark) if remark)
