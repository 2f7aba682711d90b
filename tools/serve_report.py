"""The report of `make bench-serve`: ratios, whether each aim was met, tables."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from tools.figures import Row

PLAIN, LITSERVE = "FastAPI, torch", "LitServe, torch"
EQUAL = 1.1  # times both rivals, at their precision


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the rounds' ratios: what slows a whole round down does not count."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def verdicts(report: Row) -> list[Row]:
    """What the service is meant to hold, and what was found; of a ratio the worst of all numbers of clients."""
    gpu = report["machine"]["gpu"] is not None
    return [row for name, subject in report["subjects"].items() for row in subject_verdicts(name, subject, gpu)]


def subject_verdicts(name: str, subject: Row, gpu: bool) -> list[Row]:
    runtimes = [row["runtime"] for row in subject["raw"]]
    best = runtimes[-1]
    rows = [against(subject, best, PLAIN, 2.0 if gpu else 3.0), against(subject, best, LITSERVE, 2.0 if gpu else 2.5)]
    if not gpu:
        equal = max(runtimes[:-1], key=lambda runtime: fastest(subject, runtime)["per_second"])
        rows += [against(subject, equal, rival, EQUAL) for rival in (PLAIN, LITSERVE)]
    aim = 0.9 if gpu else 0.95
    for runtime in runtimes:
        rows.append(at_least(f"{runtime}: service / bare forward pass", of_bare(subject, runtime), aim))
    under, full = subject["latency"], subject["overload"]
    rows += [
        at_most(f"{best}: p99 at 80 % load / median alone", under["p99_over_unloaded_p50"], 2.0),
        at_least(f"{best}: goodput at 10x load / peak", full["goodput_over_peak"], 0.95),
        at_most(f"{best}: p99 until refused, ms", full["refusal_p99_ms"], 100.0),
        at_most(f"{best}: refused without Retry-After", full["refused_without_retry_after"], 0),
        at_most(f"{best}: not answered at all", full["unanswered"], 0),
        at_most(f"{best}: growth of memory under overload", full["memory_growth"], 0.05),
        at_most("seconds until ready", max(subject["ready_seconds"].values()), 10.0),
    ]
    return [{"subject": name, **row} for row in rows]


def against(subject: Row, runtime: str, rival: str, aim: float) -> Row:
    ratios = {
        row["clients"]: ratio(row["rounds"], of_server(subject, rival, row["clients"])["rounds"])
        for row in subject["throughput"]
        if row["server"] == runtime
    }
    return {**at_least(f"{runtime} / {rival}", min(ratios.values()), aim), "by_clients": ratios}


def of_server(subject: Row, server: str, clients: int) -> Row:
    rows: list[Row] = subject["throughput"]
    return next(row for row in rows if (row["server"], row["clients"]) == (server, clients))


def fastest(subject: Row, server: str) -> Row:
    rows: list[Row] = subject["throughput"]
    return max((row for row in rows if row["server"] == server), key=lambda row: float(row["per_second"]))


def of_bare(subject: Row, runtime: str) -> float:
    bare = next(row for row in subject["raw"] if row["runtime"] == runtime)
    return float(bare["beside"]["share"])


def at_least(what: str, found: float, aim: float) -> Row:
    return {"what": what, "found": found, "aim": f">= {aim:g}", "holds": bool(found >= aim)}


def at_most(what: str, found: float, aim: float) -> Row:
    return {"what": what, "found": found, "aim": f"<= {aim:g}", "holds": bool(found <= aim)}


def print_report(report: Row) -> None:
    print("\n" + ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    for name, subject in report["subjects"].items():
        print_subject(name, subject)
    print()
    print_table(
        [
            {
                "subject": row["subject"],
                "what": row["what"],
                "found": row["found"],
                "aim": row["aim"],
                "holds": "yes" if row["holds"] else "NO",
                "by clients": ", ".join(f"{n}: {value:.2f}" for n, value in row.get("by_clients", {}).items()),
            }
            for row in report["verdicts"]
        ]
    )


def print_subject(name: str, subject: Row) -> None:
    height, width = subject["release"]["size"]
    print(f"\n{name}: release {subject['release']['name']}, the model sees {width}x{height}")
    print("LitServe, the best of " + "; ".join(str(row) for row in subject["litserve"]["tried"]))
    shown = ("server", "clients", "per_second", "p50_ms", "p99_ms", "core_ms", "requests", "failed", "client_share")
    print_table([{key: row[key] for key in shown} for row in subject["throughput"]])
    print(
        "\nthe bare forward pass, photos a second and milliseconds of one, and the share of it that the service reaches"
    )
    print_table(
        [
            {
                "runtime": row["runtime"],
                "per_second": row["per_second"],
                "core_ms": row["core_ms"],
                "p50_ms": row["p50_ms"],
                "p99_ms": row["p99_ms"],
                "service": of_bare(subject, row["runtime"]),
                "ready_seconds": subject["ready_seconds"][row["runtime"]],
            }
            for row in subject["raw"]
        ]
    )
    print("\nwhere the time of a request goes, median, ms")
    print_table(
        [
            {"server": row["server"], "clients": row["clients"], **row["stages_ms"]}
            for row in subject["throughput"]
            if row["stages_ms"]
        ]
    )
    for row in subject["raw"]:
        print(f"\n{row['runtime']}, the service's share of the bare forward pass:")
        print_rounds(row["beside"])
    for title in (each for each in ("bare_latency", "latency", "overload") if each in subject):
        row = {key: value for key, value in subject[title].items() if key not in ("rounds", "drifts")}
        print(f"\n{title.replace('_', ' ')}: " + ", ".join(f"{key} {cell(value)}" for key, value in flat(row)))
        print_rounds(subject[title])


def print_rounds(row: Row) -> None:
    rounds = {"each round": row["rounds"], "the machine differed, times": row["drifts"]}
    print_table([{"": name, **{str(i): each for i, each in enumerate(found)}} for name, found in rounds.items()])


def flat(row: Row, prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", f"{value[0]}..{max(value)}..{value[-1]}" if value else "-"
        else:
            yield f"{prefix}{key}", value


def cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def print_table(rows: Sequence[Row]) -> None:
    """Columns as wide as what is in them; numbers to the right."""
    if not rows:
        return
    names = list(rows[0])
    cells = [[cell(row.get(name, "")) for name in names] for row in rows]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    print("  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)))
    for row, line in zip(rows, cells, strict=True):
        numbers = [isinstance(row.get(name), (int, float)) for name in names]
        padded = (
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, numbers, strict=True)
        )
        print("  ".join(padded).rstrip())
