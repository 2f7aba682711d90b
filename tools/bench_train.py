"""How fast is INIT's training step, and how fast is the paper's text? `python -m tools.bench_train [--rounds 7]`.

The engine's step beside `tools.reference`, on the same networks, sizes and losses, in turns: images a second; how many
times faster than the reference, by the clock (the median of the rounds, and the quartiles) and by the processor's time,
which others on the machine change little; and by how much memory grows. Then where the engine's time goes, and how many
images a core decodes and reads. On a GPU at the paper's size too, in every precision. Prints tables and writes
build/bench/train.json.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import torch

from tools import ROOT
from tools.bench_loader import decode_on, draw, read_epoch
from tools.contenders import CONTENDERS, REFERENCE, Step, engine, step_of
from tools.machine import machine
from training.execution import Execution
from training.methods.init import Init
from training.presets import PRESETS
from training.trainer import Trainer

RESULT = ROOT / "build" / "bench" / "train.json"
WARM_UP = 2
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = ["faces/init", "synthetic/init"] + (["faces/init-paper"] if device == "cuda" else [])
    inits = [name for name, config in PRESETS.items() if config.method == "init" and config.domain.kind != "paired"]
    parser.add_argument("--presets", nargs="+", choices=inits, default=usual, metavar="PRESET")
    parser.add_argument("--device", choices=list(CONTENDERS), default=device)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, help="of torch on the CPU; by default its own choice")
    parser.add_argument("--output", type=Path, default=RESULT)
    parser.add_argument("--memory", metavar="CONTENDER", help=argparse.SUPPRESS)  # how this program measures memory
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.memory:
        print(memory(options.presets[0], options.memory, options.device))
        return 0
    report = measure(options.presets, options.device, options.rounds)
    print_rest(report)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {options.output}")
    return 0


def measure(presets: Sequence[str], device: str, rounds: int) -> Row:
    report: Row = {"machine": machine(), "steps": [], "time": {}}
    print("preset              contender         images/s   ratio  (quartiles)    cpu ratio   memory")
    for preset in presets:
        report["steps"] += step_rows(preset, device, rounds)
        report["time"][preset] = where_time_goes(preset, CONTENDERS[device]["fp32"])
    report["loader"] = loader_row()
    return report


def step_rows(preset: str, device: str, rounds: int) -> list[Row]:
    """One row for the reference and one for each way to run the engine."""
    with ExitStack() as stack:
        steps = {name: stack.enter_context(step_of(preset, name, device)) for name in [REFERENCE, *CONTENDERS[device]]}
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
        for _ in range(WARM_UP + rounds):
            for name, step in steps.items():
                seconds[name].append(timed(step, device))
        seconds = {name: each[WARM_UP:] for name, each in seconds.items()}
    rows: list[Row] = []
    for name in steps:
        rows.append({"preset": preset, "contender": name} | summary(seconds[name], seconds[REFERENCE]))
        rows[-1]["memory_mib"] = memory_apart(preset, name, device)
        print_row(rows[-1])
    return rows


def timed(step: Step, device: str) -> tuple[float, float]:
    """Seconds of a step by the clock and by the processor's time, of all threads."""
    clock, processor = time.perf_counter(), time.process_time()
    step()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - clock, time.process_time() - processor


def summary(own: Sequence[tuple[float, float]], reference: Sequence[tuple[float, float]]) -> Row:
    """Of the rounds' seconds: images a second and the reference's time in one's own, round by round."""
    clock, cpu = (statistics.median(each) for each in zip(*own, strict=True))
    ratios = [theirs[0] / mine[0] for mine, theirs in zip(own, reference, strict=True)]
    cpu_ratios = [theirs[1] / mine[1] for mine, theirs in zip(own, reference, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {
        "seconds": clock,
        "cpu_seconds": cpu,
        "ratio": statistics.median(ratios),
        "ratio_quartiles": [low, high],
        "cpu_ratio": statistics.median(cpu_ratios),
        "rounds": len(own),
    }


def memory_apart(preset: str, contender: str, device: str) -> float:
    """MiB that a contender's steps take, in a process of its own."""
    command = [sys.executable, "-m", "tools.bench_train", "--presets", preset, "--device", device]
    command += ["--threads", str(torch.get_num_threads()), "--memory", contender]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def memory(preset: str, contender: str, device: str) -> float:
    """On a GPU the most that was allocated; else by how much the process grew beyond what it was when all was built."""
    with step_of(preset, contender, device) as step:
        before = resident("VmRSS")
        for _ in range(3):
            step()
        return torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else resident("VmHWM") - before


def resident(field: Literal["VmRSS", "VmHWM"]) -> float:
    """MiB of this process, now or at most; getrusage's peak would begin with that of the process which started it."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 2**10


def where_time_goes(preset: str, execution: Execution, steps: int = 3) -> dict[str, float]:
    """Shares of the engine's step; what is not under a name (losses, draws, averages) is "other"."""
    spent: dict[str, float] = {}

    def clock() -> float:
        if execution.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    with engine(PRESETS[preset], execution) as trainer, ExitStack() as stack:
        trainer.train_step()
        for owner, attribute, name in places(trainer):
            inner = getattr(owner, attribute)

            def watched(*arguments: Any, _inner: Any = inner, _name: str = name, **named: Any) -> Any:
                start = clock()
                result = _inner(*arguments, **named)
                label = f"{_name}, {arguments[0]}'s side" if _name == "backward" else _name
                spent[label] = spent.get(label, 0.0) + clock() - start
                return result

            stack.enter_context(mock.patch.object(owner, attribute, watched))
        start = clock()
        for _ in range(steps):
            trainer.train_step()
        total = clock() - start
    spent["other"] = total - sum(spent.values())
    return {name: value / total for name, value in spent.items()}


def places(trainer: Trainer) -> list[tuple[Any, str, str]]:
    """What is timed: an object, its method and the name of the share."""
    method = trainer.method
    assert isinstance(method, Init)
    assert method.embedding is not None
    return [
        (trainer._batches, "part", "data"),
        (method.generator, "forward", "G"),
        (method.discriminator, "features", "D"),
        (method.discriminator, "judge", "D"),
        (method.embedding, "forward", "φ"),
        (trainer, "_accumulate", "backward"),
        *((optimizer, "step", "optimiser") for optimizer in trainer.optimizers.values()),
        (trainer, "_update_average", "average"),
    ]


def loader_row() -> Row:
    """Images of 256 x 256 that one core decodes into the store (once), and reads from it (each step), a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        decoded = decode_on(draw(folder, 40), folder, 1)
        read = read_epoch(folder, 256, (256, 256))
    return {"decode": decoded, "read": read}


def print_row(row: Row) -> None:
    rate, (low, high) = PRESETS[row["preset"]].batch / row["seconds"], row["ratio_quartiles"]
    print(
        f"{row['preset']:<20}{row['contender']:<16}{rate:>10.1f}{row['ratio']:>8.2f}  ({low:.2f} to {high:.2f})"
        f"{row['cpu_ratio']:>11.2f}{row['memory_mib']:>9.0f} MiB",
        flush=True,
    )


def print_rest(report: Row) -> None:
    for preset, shares in report["time"].items():
        parts = sorted(shares.items(), key=lambda item: -item[1])
        print(f"\nThe engine's step, {preset}: " + ", ".join(f"{name} {share:.0%}" for name, share in parts))
    loader = report["loader"]
    print(
        f"\nOne core decodes {loader['decode']['per_processor_second']:.0f} and reads "
        f"{loader['read']['per_processor_second']:.0f} images of 256x256 a second."
    )


if __name__ == "__main__":
    sys.exit(main())
