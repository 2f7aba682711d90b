"""How fast is the service, and how fast could it be? `python -m tools.bench [--seconds 5] [--rounds 3]`.

Starts the real service on a free port with a folder of its own and drives POST /v1/faces/translate with 1, 8 and 16
clients, beside the same release's bare forward pass and the cost of decoding and encoding. Every number is the
median over the rounds. Prints a table and writes build/bench/serve.json.
"""

import argparse
import asyncio
import io
import json
import math
import os
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import torch
from PIL import Image

from service.settings import Settings
from service.up import free_port
from tools import ROOT, Problem
from training import images
from training.registry import Registry
from training.release import Release, Translator, load_translator

RESULT = ROOT / "build" / "bench" / "serve.json"
SIZES = {"178x218": (178, 218), "1024x1024": (1024, 1024)}
CLIENTS = (1, 8, 16)
BATCHES = (1, 8)
CHANGE = json.dumps({"Smiling": True})

Row = dict[str, object]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each row is measured, each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    try:
        report = measure(options.seconds, options.rounds)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print_tables(report)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nWritten to {options.output}")
    return 0


def measure(seconds: float, rounds: int) -> dict[str, object]:
    release = Registry(Settings().releases_dir).current("faces")
    if release is None:
        raise Problem("No release of faces is promoted, so there is nothing to measure: python -m training promote.")
    translator = load_translator(release)
    photos = {name: photo(size) for name, size in SIZES.items()}
    report = {
        "machine": machine(translator),
        "release": {"name": release.name, "digest": release.digest, "size": release.size},
        "forward": [forward_row(translator, batch, seconds, rounds) for batch in BATCHES],
        "codec": [codec_row(name, data, release, seconds, rounds) for name, data in photos.items()],
    }
    with service() as base:
        report["service"] = [
            service_row(base, name, data, clients, seconds, rounds)
            for name, data in photos.items()
            for clients in CLIENTS
        ]
    return report


def machine(translator: Translator) -> dict[str, object]:
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "device": str(translator.device),
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
        "python": platform.python_version(),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def photo(size: tuple[int, int]) -> bytes:
    """A JPEG with the smoothness of a photo, the same each time."""
    coarse = (size[0] // 16, size[1] // 16)
    noise = Image.frombytes("RGB", coarse, random.Random(0).randbytes(3 * coarse[0] * coarse[1]))
    data = io.BytesIO()
    noise.resize(size, Image.Resampling.BICUBIC).save(data, "JPEG", quality=92)
    return data.getvalue()


def forward_row(translator: Translator, batch: int, seconds: float, rounds: int) -> Row:
    """The forward pass alone, and with the prediction of the photo's attributes that a request needs as well."""
    height, width = translator.release.size
    inputs, source = torch.zeros(batch, 3, height, width), torch.zeros(batch, len(translator.release.domain.attributes))
    target = source.clone()
    target[:, 0] = 1

    def translate() -> None:
        translator.translate(inputs, source, target).cpu()

    def edit() -> None:
        translator.predict(inputs).cpu()
        translate()

    return {
        "batch": batch,
        "translate_per_second": batch * median_rate(translate, seconds, rounds),
        "edit_per_second": batch * median_rate(edit, seconds, rounds),
    }


def codec_row(name: str, data: bytes, release: Release, seconds: float, rounds: int) -> Row:
    """What surrounds the model in a request, in milliseconds on one thread."""
    picture = images.decode(data)
    before = images.to_tensor(picture, release.size)

    def before_model() -> None:
        images.to_tensor(images.decode(data), release.size)

    def after_model() -> None:
        images.encode(images.add_difference(picture, before, before), "jpeg")

    return {
        "photo": name,
        "bytes": len(data),
        "decode_ms": 1000 / median_rate(before_model, seconds, rounds),
        "encode_ms": 1000 / median_rate(after_model, seconds, rounds),
    }


def median_rate(work: Callable[[], None], seconds: float, rounds: int) -> float:
    work()  # warm
    return statistics.median(rate(work, seconds) for _ in range(rounds))


def rate(work: Callable[[], None], seconds: float) -> float:
    start, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < seconds or not count:
        work()
        count += 1
    return count / passed


@contextmanager
def service() -> Iterator[str]:
    """`python -m service up` with data of its own; its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = {**os.environ, "INIT_PORT": str(port), "INIT_HOST": "127.0.0.1", "INIT_DATA_DIR": folder}
        log = Path(folder) / "up.log"
        with log.open("w") as output:
            command = [sys.executable, "-m", "service", "up"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            if httpx.get(f"{base}/health/ready", timeout=10, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise Problem(f"The service did not start:\n{log.read_text()}")


def service_row(base: str, name: str, data: bytes, clients: int, seconds: float, rounds: int) -> Row:
    """Requests per second and latency with this many clients, each asking again as soon as it is answered."""
    each = [asyncio.run(drive(base, data, clients, seconds)) for _ in range(rounds)]

    def median(number: Callable[[list[float]], float]) -> float:
        return statistics.median(number(times) for times, _ in each)

    return {
        "photo": name,
        "clients": clients,
        "requests": sum(len(times) for times, _ in each),
        "per_second": statistics.median(len(times) / passed for times, passed in each),
        "p50_ms": 1000 * median(statistics.median),
        "p99_ms": 1000 * median(lambda times: sorted(times)[math.ceil(0.99 * len(times)) - 1]),
    }


async def drive(base: str, data: bytes, clients: int, seconds: float) -> tuple[list[float], float]:
    """The latency of each request, and how long all of them took."""
    times: list[float] = []
    async with httpx.AsyncClient(base_url=base, timeout=120, trust_env=False) as client:
        await ask(client, data)  # warm
        start = time.perf_counter()

        async def one() -> None:
            times.append(await ask(client, data))
            while time.perf_counter() - start < seconds:
                times.append(await ask(client, data))

        await asyncio.gather(*(one() for _ in range(clients)))
        return times, time.perf_counter() - start


async def ask(client: httpx.AsyncClient, data: bytes) -> float:
    start = time.perf_counter()
    upload = {"image": ("photo.jpg", data, "image/jpeg")}
    answer = await client.post("/v1/faces/translate", files=upload, data={"attributes": CHANGE})
    if not answer.is_success:
        raise Problem(f"The service answered {answer.status_code}: {answer.text}")
    return time.perf_counter() - start


def print_tables(report: dict[str, object]) -> None:
    for title in ("machine", "release"):
        print(f"{title}: {json.dumps(report[title])}")
    for title in ("forward", "codec", "service"):
        rows = report[title]
        assert isinstance(rows, list)
        print(f"\n{title}\n" + "".join(f"{name:>22}" for name in rows[0]))
        for row in rows:
            print("".join(f"{value:>22.1f}" if isinstance(value, float) else f"{value:>22}" for value in row.values()))


if __name__ == "__main__":
    sys.exit(main())
