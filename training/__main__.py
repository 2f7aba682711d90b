"""python -m training {doctor, embedding, classifier, train, evaluate, reproduce,
                    release, export, promote, rollback, releases}

python -m training doctor DIR                                  # what a data set is, and what is wrong with it
python -m training embedding  --data DIR                       # φ (Algorithm 1, line 1)
python -m training classifier --data DIR                       # the ResNet-18 that scores edits
python -m training train faces/init --data DIR --time-limit 2h # the same command resumes
torchrun --nproc-per-node 4 -m -- training train faces/init --data DIR   # several processes; mind the --
python -m training evaluate runs/faces-init --data DIR
python -m training release  runs/faces-init --name mine --data DIR       # --data: with INT8 networks for CPUs
python -m training export   releases/faces/mine --data DIR     # those of a release that has none
python -m training promote  faces mine                         # the running service swaps to it
python -m training reproduce table3 --scale small              # a table of the paper
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from pydantic import ValidationError

from . import commands, serving
from .checkpoint import CheckpointError
from .data.table import DataError
from .domains import DOMAINS
from .presets import PRESETS
from .trainer import DivergedError

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """A length of time such as 90, 90s, 45m or 1.5h, in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time; write 90s, 45m or 1.5h")
    return float(match[1]) * _UNITS[match[2]]


def size(text: str) -> int:
    """A number of bytes such as 500K, 50M or 2G."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([KMG]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write 500K, 50M or 2G")
    return int(float(match[1]) * 1024 ** " KMG".index(match[2] or " "))


def parser() -> argparse.ArgumentParser:
    """The command line: one sub-command a function of `commands`."""
    top = argparse.ArgumentParser(
        "python -m training", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    top.add_argument("--threads", type=int, help="CPU threads for torch (default: all cores)")
    subs = top.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[argparse.Namespace], int | None], help: str) -> argparse.ArgumentParser:
        sub = subs.add_parser(name, help=help, description=help)
        sub.set_defaults(run_command=run)
        return sub

    def data(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--data", type=Path, help="a data set in any layout that `doctor` knows; none for synthetic")
        sub.add_argument("--cache", type=Path, default=Path("runs/cache"), help="where decoded photos are kept")

    def overrides(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            dest="overrides",
            help="change the preset: steps=100, options.hops=3, ...",
        )

    def models(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--classifier", type=Path, help="run of `classifier` (default: runs/<domain>-classifier)")

    def device(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")

    def inception(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--inception", type=Path, help="FID's weights (default: torch hub's cache)")

    sub = command("doctor", commands.doctor, "what a directory of photos is, what is wrong with it, which presets fit")
    sub.add_argument("data", type=Path)
    sub.add_argument("--json", action="store_true", help="the report for programs")

    sub = command("embedding", commands.embedding, "pretrain φ on the training division's people")
    data(sub)
    sub.add_argument("--domain", default="faces")
    sub.add_argument("--run", type=Path, help="where to (default: runs/<domain>-embedding)")
    sub.add_argument("--size", type=int, nargs=2, default=(88, 72), metavar=("H", "W"))
    sub.add_argument("--epochs", type=int, default=8)
    sub.add_argument("--width", type=int, default=16)
    sub.add_argument("--radius", type=float, default=1.0, help="r of the hypersphere")
    sub.add_argument("--weights", type=Path, help="import VGG-16 or VGGFace weights (safetensors) instead of training")
    device(sub)

    sub = command("classifier", commands.classifier, "pretrain the ResNet-18 attribute classifier")
    data(sub)
    sub.add_argument("--domain", default="faces")
    sub.add_argument("--run", type=Path, help="where to (default: runs/<domain>-classifier)")
    sub.add_argument("--size", type=int, nargs=2, default=(88, 72), metavar=("H", "W"))
    sub.add_argument("--epochs", type=int, default=12)
    sub.add_argument("--width", type=int, default=64, help="64 is ResNet-18; 32 has a quarter of its weights")
    device(sub)

    sub = command("train", commands.train, "train a preset; the same command resumes")
    sub.add_argument("preset", choices=sorted(PRESETS))
    data(sub)
    sub.add_argument("--run", type=Path, help="directory of the run (default: runs/<preset>)")
    sub.add_argument("--domain", help="a name for your own domain, whose attributes are read from the data")
    sub.add_argument("--embedding", type=Path, help="run of `embedding` (default: runs/<domain>-embedding)")
    overrides(sub)
    sub.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="RUN",
        help="a new run begins where this one of the same networks stands, with the options given here",
    )
    sub.add_argument("--time-limit", type=seconds, help="stop after this time, with a checkpoint: 90s, 45m, 1.5h")
    sub.add_argument("--save-every", type=int, default=250, metavar="STEPS")
    sub.add_argument("--sample-every", type=int, default=500, metavar="STEPS")
    sub.add_argument("--max-artifacts", type=size, metavar="SIZE", help="keep pictures within it: 500K, 50M, 2G")
    device(sub)
    sub.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32")
    sub.add_argument("--compile", action="store_true", help="torch.compile: slower to start, faster to run")
    sub.add_argument("--accumulate", type=int, default=1, metavar="PARTS", help="run a batch in parts, for memory")
    sub.add_argument("--deterministic", action="store_true", help="the same bits on every run of one machine")

    sub = command(
        "evaluate", commands.evaluate, "edit accuracy, preservation, the real-image ceiling and a grid of a run"
    )
    sub.add_argument("run", type=Path)
    data(sub)
    models(sub)
    sub.add_argument("--division", choices=("val", "test"), default="test")
    sub.add_argument(
        "--intensity", type=float, default=1.0, help="scale of an edit, which the release keeps (default 1)"
    )
    device(sub)
    inception(sub)

    sub = command("reproduce", commands.reproduce, "train, evaluate and report a table of the paper")
    sub.add_argument("table", choices=("table1", "table2", "table3"))
    sub.add_argument("--scale", choices=("paper", "small", "smoke"), required=True)
    sub.add_argument("--domain", choices=sorted(DOMAINS), help="default: the first that the table has at this scale")
    data(sub)
    sub.add_argument("--seeds", type=int, help="runs a row, of seeds 0, 1, ... (default: 3; smoke: 1)")
    sub.add_argument("--runs", type=Path, default=Path("runs/reproduce"), help="where runs are, and the page")
    sub.add_argument("--results", type=Path, default=Path("results"), help="where the table's JSON is kept")
    sub.add_argument("--embedding", type=Path, help="a run of `embedding` (default: made under --runs)")
    sub.add_argument("--classifier", type=Path, help="a run of `classifier` (default: made under --runs)")
    overrides(sub)
    sub.add_argument("--time-limit", type=seconds, help="stop after this time; the same command goes on")
    device(sub)
    sub.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32")
    inception(sub)

    sub = command("release", commands.release, "write a run's averaged generator as a release")
    sub.add_argument("run", type=Path)
    sub.add_argument("--name", required=True)
    sub.add_argument("--notes", type=Path, help="Markdown for the model card: the data's terms, limits, what was tried")
    sub.add_argument("--releases", type=Path, default=Path("releases"))
    sub.add_argument("--job", default="", help="the service's job that trained it, which the release keeps")
    models(sub)
    data(sub)

    sub = command("export", commands.export, "make and measure a release's INT8 networks, for CPUs")
    sub.add_argument("release", type=Path, help="its directory")
    data(sub)

    for name, run, help in (
        ("promote", serving.promote, "make a release the one that is served"),
        ("rollback", serving.rollback, "serve the release that was promoted before"),
        ("releases", serving.releases, "list a domain's releases"),
    ):
        sub = command(name, run, help)
        sub.add_argument("domain")
        if name == "promote":
            sub.add_argument("name")
        sub.add_argument("--releases", type=Path, default=Path("releases"))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; 0 on success, 2 with one sentence on stderr for what a user can mend."""
    arguments = parser().parse_args(argv)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        status: int | None = arguments.run_command(arguments)
    except (DataError, CheckpointError, DivergedError, ValidationError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"error: {error.strerror or error}: {error.filename or ''}. Nothing that was saved is lost.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
