"""Does the service leak? `python -m tools.soak [--requests 100000]`.

Sends the service, with the release of faces that ships, photos of many sizes and formats, a few of them damaged, lying
or nonsense, from clients some of whom hang up, and watches the memory of the API's process after a warm-up. Every
answer has to be one that its request may get. Writes build/bench/soak.json; fails where memory grew by 5 % or an answer
was wrong.
"""

import argparse
import io
import json
import random
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tools import ROOT, Problem, say
from tools.figures import Row, growth
from tools.load import HUNG_UP, Load, Plan, Request, multipart, run
from tools.servers import Server, unwind_on_sigterm
from tools.subjects import portraits, shipped_subject

RESULT = ROOT / "build" / "bench" / "soak.json"
CLIENTS, PARTS, LEAST = 8, 100, 100
AIM = 0.05
SMILE = {"attributes": '{"Smiling": true}', "aligned": "true"}


@dataclass(frozen=True)
class Kind:
    """Requests of a kind: how many of a thousand, and the statuses that they may get."""

    name: str
    share: int
    statuses: frozenset[int]
    bodies: tuple[bytes, ...]
    patience: tuple[float, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    try:
        report = soak(options.requests)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print("\n".join(f"{name}: {value}" for name, value in report.items() if name != "memory_mib"))
    print(f"\nWritten to {options.output}")
    return 0 if report["growth"] < AIM and not report["wrong"] else 1


def soak(requests: int) -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with shipped_subject(folder).ours("auto", folder) as server:
            kinds = every_kind()
            drawn, plan = draw(kinds, server, folder)
            return watch(server, drawn, plan, requests)


def draw(kinds: Sequence[Kind], server: Server, folder: Path) -> tuple[list[Kind], tuple[Request, ...]]:
    """A thousand requests in an order that is the same each time, and the kind of each."""
    chance = random.Random(0)
    drawn = [kind for kind in kinds for _ in range(kind.share)]
    chance.shuffle(drawn)
    files = {(kind.name, i): folder / f"{kind.name}-{i}" for kind in kinds for i in range(len(kind.bodies))}
    for kind in kinds:
        for i, body in enumerate(kind.bodies):
            files[kind.name, i].write_bytes(body)
    requests = (
        Request(
            str(files[kind.name, chance.randrange(len(kind.bodies))]),
            chance.choice(kind.patience) if kind.patience else None,
        )
        for kind in drawn
    )
    return drawn, tuple(requests)


def watch(server: Server, drawn: Sequence[Kind], requests: tuple[Request, ...], count: int) -> Row:
    """Sends `count` of them in parts, with the memory after each."""
    memory, wrong, statuses, begun = [], Counter[str](), Counter[int](), time.perf_counter()
    each = max(LEAST, count // PARTS)
    for i in range(parts := count // each):
        turned = requests[i * each % len(requests) :] + requests[: i * each % len(requests)]
        kinds = [*drawn[i * each % len(drawn) :], *drawn[: i * each % len(drawn)]]
        load = run(Plan(server.port, turned, CLIENTS, count=each), limit=3600.0)
        wrong.update(unexpected(kinds, load))
        statuses.update(load.status)
        memory.append(server.memory() / 2**20)
        if i % 10 == 9:
            say(f"{(i + 1) * each} requests, {memory[-1]:.0f} MiB, {load.rate(200):.0f} edits a second")
    seconds = time.perf_counter() - begun
    return {
        "requests": each * parts,
        "seconds": seconds,
        "per_second": each * parts / seconds,
        "statuses": {str(status): number for status, number in sorted(statuses.items())},
        "wrong": dict(wrong),
        "growth": growth(memory),
        "memory_mib": memory,
    }


def unexpected(kinds: Sequence[Kind], load: Load) -> Counter[str]:
    """How often a request got what its kind may not get."""
    pairs = ((kinds[number], status) for number, status in zip(load.request, load.status, strict=True))
    return Counter(f"{kind.name}: {status}" for kind, status in pairs if status not in kind.statuses)


def every_kind() -> list[Kind]:
    """A thousand requests: mostly small photos, as the shares say."""
    small = [photo for side in (64, 89, 128, 178) for photo in portraits(8, side)]
    large, whole = portraits(2, 1500), portraits(4, 256)
    fine = frozenset({200})
    return [
        Kind("small", 700, fine, edits(small)),
        Kind("png", 50, fine, edits([encoded(photo, "PNG") for photo in small[:16]])),
        Kind("webp", 50, fine, edits([encoded(photo, "WEBP") for photo in small[:16]])),
        Kind("large", 5, fine, edits(large)),
        Kind("portrait", 45, frozenset({200, 422}), edits(whole, attributes=SMILE["attributes"])),
        Kind("attributes", 40, fine, tuple(multipart("/v1/faces/attributes", {"aligned": "true"}, p) for p in whole)),
        Kind("hang-up", 40, frozenset({200, HUNG_UP}), edits(small + large), patience=(0.001, 0.005, 0.02, 0.05)),
        Kind("cut", 20, frozenset({400}), edits([photo[: len(photo) // 2] for photo in small[:8]])),
        Kind("empty", 10, frozenset({400}), edits([b""])),
        Kind("text", 10, frozenset({415}), edits([b"not a photo" * 50])),
        Kind("animated", 10, frozenset({415}), edits([animated()])),
        Kind("bomb", 10, frozenset({413}), edits([bomb()])),
        Kind("nonsense", 10, frozenset({422}), edits(small[:4], attributes='{"Hat": true}')),
    ]


def edits(photos: Sequence[bytes], **fields: str) -> tuple[bytes, ...]:
    return tuple(multipart("/v1/faces/translate", fields or SMILE, photo) for photo in photos)


def encoded(photo: bytes, format: str) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(buffer, format)
    return buffer.getvalue()


def animated() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG whose header claims far more pixels than are accepted."""
    data = bytearray(encoded(portraits(1, 32)[0], "PNG"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


if __name__ == "__main__":
    unwind_on_sigterm()
    sys.exit(main())
