"""How fast is the service, beside the usual ways to serve the same networks? `python -m tools.bench_serve [--quick]`.

Beside it: (i) a plain FastAPI endpoint with eager torch in its threadpool, and (ii) LitServe with dynamic batching, the
best of a few settings. All get the same requests from `tools.load`: 256x256 JPEGs, framed already (`aligned=true`), one
attribute to change; all decode, run the attribute classifier and the generator, and encode a JPEG of the same quality.

First a generator of the paper's size at 256x256 with random weights, which do not matter to its speed, then the release
of faces that ships. Then how fast the bare forward pass is, latency alone and at 80 % load, of it and of the service,
overload at ten times the peak, and where the time goes. The servers take turns, the processes of those that wait are
stopped, and each number is the median of the rounds; beside the bare forward pass, of latency and of overload, of those
in which the machine stayed as fast as it was. Prints tables and writes build/bench/serve.json.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from tools import ROOT, Problem, say
from tools.figures import Row, closed, latency, overload, warm_up
from tools.machine import machine
from tools.raw import Raw, raw
from tools.serve_report import LITSERVE, PLAIN, print_report, verdicts
from tools.servers import Server, unwind_on_sigterm
from tools.subjects import LitSetting, Subject, lit_settings, paper_subject, runtimes, shipped_subject

RESULT = ROOT / "build" / "bench" / "serve.json"
MOST_DRIFT = 1.2  # by how much the machine may be faster or slower after a measurement under pressure than before it
SETTLE_SECONDS = 0.5  # what kept a clock does what it missed, and what was put out of memory comes back


@dataclass(frozen=True)
class Scale:
    """How long a subject is measured.

    Attributes:
        make: the subject, given a folder for its files.
        rounds: in which the servers take turns.
        seconds: that requests are begun in one measurement of throughput; those under way are waited for.
        pairs, paired: how often the service is measured between two measurements of the bare forward pass, and the
            seconds of each; of a few photos a second more of them have to be counted than for throughput.
        pressed: rounds of latency and overload. What a machine can do changes within seconds, and where it does so
            between two measurements their ratio means nothing: so these are short, and many; see median_of.
        alone, loaded: seconds of latency alone and at 80 % load.
        steady, overload: seconds of the peak before and after an overload, and of that.
        settings: of LitServe that are tried; None: all.
        clients: at once.
        all_runtimes: or the fastest two alone.
        settles: whether it is waited until the service has come to rest, for figures that mean something.
    """

    make: Callable[[Path], Subject]
    rounds: int = 3
    seconds: float = 2.0
    pairs: int = 5
    paired: float = 3.0
    pressed: int = 7
    alone: float = 6.0
    loaded: float = 12.0
    steady: float = 20.0
    overload: float = 60.0
    settings: int | None = None
    clients: tuple[int, ...] = (1, 8, 64)
    all_runtimes: bool = True
    settles: bool = True


FULL = (
    Scale(paper_subject, seconds=4.0, pairs=13, paired=6.0),
    Scale(shipped_subject, alone=5.0, loaded=10.0, steady=10.0, overload=20.0),
)
QUICK = (
    Scale(
        partial(paper_subject, width=8, blocks=1, side=64),
        rounds=1, seconds=0.3, pairs=1, paired=0.3, pressed=1, alone=0.3, loaded=0.3, steady=0.3, overload=1.0,
        settings=1, clients=(1, 4), all_runtimes=False, settles=False,
    ),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small generator and short runs, to see that it works")
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    try:
        report = measure(QUICK if options.quick else FULL)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print_report(report)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {options.output}")
    return 0


def measure(scales: Sequence[Scale]) -> Row:
    report: Row = {"machine": machine(), "subjects": {}}
    for scale in scales:
        with tempfile.TemporaryDirectory() as folder:
            subject = scale.make(Path(folder))
            report["subjects"][subject.name] = measure_subject(subject, scale, Path(folder))
    report["verdicts"] = verdicts(report)
    return report


def measure_subject(subject: Subject, scale: Scale, folder: Path) -> Row:
    """Everything about one release."""
    setting, tried = tune(subject, scale, folder)
    result: Row = {"release": {"name": subject.release.name, "size": subject.release.size}}
    result["litserve"] = {"setting": vars(setting), "tried": tried}
    with ExitStack() as stack:
        servers = {PLAIN: subject.plain(folder), LITSERVE: subject.litserve(setting, folder)}
        asked = list(runtimes().items())[0 if scale.all_runtimes else -2 :]
        servers |= {name: subject.ours(setting, folder) for name, setting in asked}
        for name, server in list(servers.items()):
            say(f"{subject.name}: starting {name}")
            found = warm_up(stack.enter_context(server), subject)
            if name in runtimes() and scale.settles:
                server.settle()
            server.freeze()
            if name in runtimes() and found != name:
                say(f"{subject.name}: {name} is not measured: {found} serves in its place; see the model card")
                servers.pop(name)
        if not (ours := [name for name in servers if name in runtimes()]):
            raise Problem(f"No runtime of the service could be measured; its log says why:\n{server.log()}")
        raws = {name: stack.enter_context(raw(subject.release, name)) for name in ours}
        result["ready_seconds"] = {name: servers[name].ready_seconds for name in ours}
        result["throughput"] = throughput(subject, scale, servers)
        result["raw"] = [paired(subject, scale, servers[name], raws[name], name) for name in ours]
        best = ours[-1]
        say(f"{subject.name}: latency and overload of {best}")
        bare, quiet, crowded = [], [], []
        for _ in range(scale.pressed):
            if "cuda" not in best:  # there one after another is not how anybody would run them
                bare.append(bare_latency(raws[best], scale))
            with thawed(servers[best], subject) as server:
                loaded, crowd = under_pressure(server, subject, scale)
            quiet.append(loaded)
            crowded.append(crowd)
        if bare:
            result["bare_latency"] = median_of(bare, "p99_over_unloaded_p50")
        result["latency"] = median_of(quiet, "p99_over_unloaded_p50")
        result["overload"] = median_of(crowded, "goodput_over_peak")
    return result


def bare_latency(bare: Raw, scale: Scale) -> Row:
    """What becomes of the bare forward pass at a load that it can bear: how much of latency is the machine's doing."""
    before = bare.measure(scale.paired)["per_second"]
    found = bare.latency(before, scale.alone, scale.loaded)
    return found | {"drift": drift(before, bare.measure(scale.paired)["per_second"])}


def under_pressure(server: Server, subject: Subject, scale: Scale) -> tuple[Row, Row]:
    """Latency at a load that it can bear, and what becomes of one that it cannot.

    What it can bear is measured right before each and after it: "drift" is by how many times that differed.
    """
    first = peak(server, subject, scale, scale.paired)
    loaded = latency(server, subject, first, scale.alone, scale.loaded)
    before = peak(server, subject, scale, scale.steady)
    crowd = overload(server, subject, before, scale.overload)
    after = peak(server, subject, scale, scale.steady)
    crowd["peak_per_second"] = statistics.mean([before, after])
    crowd["goodput_over_peak"] = crowd["goodput_per_second"] / crowd["peak_per_second"]
    return loaded | {"drift": drift(first, before)}, crowd | {"drift": drift(before, after)}


def drift(before: float, after: float) -> float:
    """By how many times two rates differ, 1 or more."""
    return max(before, after) / min(before, after)


def peak(server: Server, subject: Subject, scale: Scale, seconds: float) -> float:
    """Photos a second of several clients, now."""
    return float(closed(server, subject, scale.clients[1], seconds)["per_second"])


def median_of(rounds: Sequence[Row], figure: str) -> Row:
    """The round in which a figure is the median, and that figure and the drift in each.

    The median is of those rounds in which the machine did not drift by more than MOST_DRIFT, if there are such: a load
    of 80 % is none where it can do a third less meanwhile.
    """
    steady = [each for each in rounds if each["drift"] <= MOST_DRIFT] or rounds
    by_figure = sorted(steady, key=lambda each: float(each[figure]))
    every = {"rounds": [each[figure] for each in rounds], "drifts": [each["drift"] for each in rounds]}
    return by_figure[(len(steady) - 1) // 2] | every


def tune(subject: Subject, scale: Scale, folder: Path) -> tuple[LitSetting, list[Row]]:
    """The setting with which LitServe gets most done for several clients, and what each of those tried did."""
    settings = lit_settings()[: scale.settings]
    tried = []
    for setting in settings:
        with subject.litserve(setting, folder) as server:
            warm_up(server, subject)
            found = closed(server, subject, scale.clients[1], scale.seconds)
        tried.append({**vars(setting), "clients": scale.clients[1], "per_second": found["per_second"]})
        say(f"{subject.name}: LitServe with {vars(setting)}: {found['per_second']:.1f} a second")
    best = max(range(len(settings)), key=lambda i: float(tried[i]["per_second"]))
    return settings[best], tried


def throughput(subject: Subject, scale: Scale, servers: Mapping[str, Server]) -> list[Row]:
    """Every server with every number of clients."""
    rounds: dict[tuple[str, int], list[Row]] = {(name, n): [] for name in servers for n in scale.clients}
    order = list(servers)
    for i in range(scale.rounds):
        for name in order[i % len(order) :] + order[: i % len(order)]:
            with thawed(servers[name], subject) as server:
                for clients in scale.clients:
                    rounds[name, clients].append(closed(server, subject, clients, scale.seconds))
            last = {n: round(rounds[name, n][-1]["per_second"], 1) for n in scale.clients}
            say(f"{subject.name}: round {i + 1}, {name}: photos a second by clients {last}")
    return [{"server": name, **median_row(found)} for (name, _), found in rounds.items()]


def paired(subject: Subject, scale: Scale, server: Server, bare: Raw, name: str) -> Row:
    """The bare forward pass, and what the service makes of it for several clients, by turns.

    "share" is that of the service in the mean of what the bare forward pass did before it and after it.
    """
    service, found = [], [bare.measure(scale.paired)]
    for _ in range(scale.pairs):
        with thawed(server, subject):
            service.append(closed(server, subject, scale.clients[1], scale.paired))
        found.append(bare.measure(scale.paired))
    say(f"{subject.name}: {name}: beside its bare forward pass")
    shares = [
        {"share": made["per_second"] / statistics.mean(around), "drift": drift(*around)}
        for made, around in zip(service, pairwise(each["per_second"] for each in found), strict=True)
    ]
    times = {key: statistics.median(each[key] for each in found) for key in ("p50_ms", "p99_ms")}
    row = {"runtime": name, **spread(found), **times, "clients": scale.clients[1], "service": spread(service)}
    return row | {"beside": median_of(shares, "share")}


def median_row(rounds: Sequence[Row]) -> Row:
    """One row of several like it: medians of the numbers, the failures of all, each round's throughput."""
    row = {**rounds[-1], **spread(rounds)}
    for name in ("p50_ms", "p99_ms", "client_share"):
        row[name] = statistics.median(each[name] for each in rounds)
    for name in ("requests", "failed"):
        row[name] = sum(each[name] for each in rounds)
    row["stages_ms"] = {
        name: statistics.median(each["stages_ms"].get(name, 0.0) for each in rounds) for name in row["stages_ms"]
    }
    return row


def spread(rounds: Sequence[Row]) -> Row:
    rates = [each["per_second"] for each in rounds]
    core = statistics.median(each["core_ms"] for each in rounds)
    return {"per_second": statistics.median(rates), "rounds": rates, "core_ms": core}


@contextmanager
def thawed(server: Server, subject: Subject) -> Iterator[Server]:
    """It runs until the block is left, and has had requests when the block begins."""
    server.thaw()
    closed(server, subject, 1, SETTLE_SECONDS)
    try:
        yield server
    finally:
        server.freeze()


if __name__ == "__main__":
    unwind_on_sigterm()
    sys.exit(main())
