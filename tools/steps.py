"""The steps of serving, each by itself: what the GPU, the engine, and decoding and encoding would do alone."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from service.engine.engine import Engine
from service.engine.orders import Order
from service.settings import Settings
from tools.figures import Row
from tools.subjects import Subject, portraits
from training import images
from training.release import Release, load_translator

BATCHES = (8, 32, 64)
T = TypeVar("T")
CHANGE = {"Smiling": True}


def on_device(release: Release, seconds: float) -> list[Row]:
    """Photos a second through both networks in eager torch, for several sizes of batch; all stays where it is."""
    translator = load_translator(release)
    cuda = translator.device.type == "cuda"
    dtype = torch.bfloat16 if cuda else torch.float32
    networks = translator.generator.to(dtype), translator.classifier.to(dtype)
    batches = BATCHES if cuda else BATCHES[:1]
    return [_on_device(networks, translator.device, release, batch, seconds) for batch in batches]


def _on_device(
    networks: tuple[torch.nn.Module, torch.nn.Module],
    device: torch.device,
    release: Release,
    batch: int,
    seconds: float,
) -> Row:
    generator, classifier = networks
    dtype = next(generator.parameters()).dtype
    pictures = torch.rand(batch, 3, *release.size, device=device, dtype=dtype)
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    condition = torch.zeros(batch, len(release.domain.attributes), device=device, dtype=dtype)

    @torch.inference_mode()
    def once() -> None:
        for _ in range(4):
            classifier(pictures)
            generator(pictures, condition)
        if device.type == "cuda":
            torch.cuda.synchronize()

    once()
    return {"batch": batch, "per_second": 4 * batch * _rate(once, seconds)}


def codec(subject: Subject, threads: int, seconds: float) -> Row:
    """Photos a second that so many threads of this process decode, make a view of, paste and encode; of one thread
    the milliseconds of each step."""
    size, photos = subject.release.size, portraits()
    spent = dict.fromkeys(("decode", "view", "paste", "encode"), 0.0)

    def timed(name: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        result = work()
        spent[name] += time.perf_counter() - start
        return result

    def once(photo: bytes) -> None:
        decoded = timed("decode", lambda: images.decode(photo))
        view = timed("view", lambda: images.picture_of(images.resize(decoded, size)))
        edited = timed("paste", lambda: images.add_difference(decoded, view.numpy(), view.numpy()))
        timed("encode", lambda: images.encode(edited, "jpeg"))

    def work(number: int) -> tuple[int, float]:
        done, start = 0, time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds or not done:
            once(photos[(number + done) % len(photos)])
            done += 1
        return done, passed

    used = time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(work, range(threads)))
    used, done = time.process_time() - used, sum(count for count, _ in found)
    row: Row = {"threads": threads, "per_second": sum(count / passed for count, passed in found)}
    row["core_ms"] = 1000 * used / done
    return row | ({f"{name}_ms": 1000 * value / done for name, value in spent.items()} if threads == 1 else {})


def engine(subject: Subject, clients: Sequence[int], seconds: float) -> list[Row]:
    """Photos a second through the engine without HTTP, for so many that wait at once, and its stages' mean ms."""
    made = Engine(Settings(releases_dir=subject.registry, runtime="torch", max_waiting=4 * max(clients)))
    try:
        made.pool.refresh()
        return [_engine(made, subject, each, seconds) for each in clients]
    finally:
        made.close()


def _engine(made: Engine, subject: Subject, clients: int, seconds: float) -> Row:
    photos, order, timings = portraits(), Order(CHANGE, aligned=True), []

    async def client(number: int, end: float) -> None:
        while time.perf_counter() < end:
            edit = await made.translate_soon(subject.release.domain.name, photos[number % len(photos)], order)
            timings.append(vars(edit.timings))

    async def all_clients() -> float:
        start = time.perf_counter()
        await asyncio.gather(*(client(number, start + 0.3) for number in range(clients)))  # the first ones warm it up
        timings.clear()
        start = time.perf_counter()
        await asyncio.gather(*(client(number, start + seconds) for number in range(clients)))
        return time.perf_counter() - start

    passed = asyncio.run(all_clients())
    means = {f"{name}_ms": sum(each[name] for each in timings) / len(timings) for name in timings[0]}
    return {"clients": clients, "per_second": len(timings) / passed, **means}


def _rate(work: Callable[[], None], seconds: float) -> float:
    """How often a second `work` is done."""
    done, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds or not done:
        work()
        done += 1
    return done / passed
