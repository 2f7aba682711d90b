"""From a photo to an edited photo: the one way, for single requests and for bulk jobs."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

import torch
from PIL import Image
from torch import Tensor

from training.domains import Domain, apply_change, check_change
from training.images import Limits, add_difference, at_photo_size, decode, encode, sniff, to_tensor
from training.release import Release, Translator

T = TypeVar("T")


@dataclass
class Timings:
    """Milliseconds spent; `queue` is the wait for a free thread and for the model."""

    decode: float = 0.0
    queue: float = 0.0
    forward: float = 0.0
    encode: float = 0.0


@dataclass(frozen=True)
class Edit:
    """An edited photo."""

    data: bytes
    format: str
    release: Release
    timings: Timings


@dataclass(frozen=True)
class Prediction:
    """What a photo shows."""

    attributes: dict[str, bool]
    probabilities: dict[str, float]
    width: int
    height: int
    release: Release


def translate(
    data: bytes,
    change: Mapping[str, bool],
    format: str | None,
    translator: Translator,
    model_thread: Executor,
    limits: Limits,
) -> Edit:
    """Edits the photo in `data`; attributes that `change` does not name stay as the model sees them.

    Of a pair the result is the model's output itself, as large as the part of the photo that it saw.

    Decoding and encoding happen in the calling thread, the model runs in `model_thread`.

    Args:
        format: of the result, a key of training.images.FORMATS; None: the photo's own.

    Raises:
        ImageError: the photo cannot be used.
        AttributeChangeError: the change cannot be asked for.
    """
    timings, domain = Timings(), translator.release.domain
    check_change(domain, change)
    photo, view = _measured(timings, "decode", lambda: _open(data, translator.release, limits))
    after = _on(model_thread, timings, lambda: edit_view(translator, view, change))
    result = _measured(timings, "encode", lambda: encode(_finish(domain, photo, view, after), format or sniff(data)))
    return Edit(result, format or sniff(data), translator.release, timings)


def predict(data: bytes, translator: Translator, model_thread: Executor, limits: Limits) -> Prediction:
    """The attributes of the photo in `data`. Raises ImageError."""
    release, domain = translator.release, translator.release.domain
    photo, view = _open(data, release, limits)
    probabilities = _on(model_thread, Timings(), lambda: translator.predict(view[None])[0].tolist())
    shown = zip(domain.attributes, decide(domain, probabilities), strict=True)
    rounded = (round(probability, 4) for probability in probabilities)
    return Prediction(
        dict(shown), dict(zip(domain.attributes, rounded, strict=True)), photo.width, photo.height, release
    )


def edit_view(translator: Translator, view: Tensor, change: Mapping[str, bool]) -> Tensor:
    """The model's output for its view of a photo, (3, H, W)."""
    domain = translator.release.domain
    source = decide(domain, translator.predict(view[None])[0].tolist())
    target = apply_change(domain, source, change)
    result = translator.translate(view[None], torch.tensor([source]).float(), torch.tensor([target]).float())
    return result[0].cpu()


def decide(domain: Domain, probabilities: list[float]) -> tuple[bool, ...]:
    """What is at least as likely as not; of attributes that exclude each other, the likeliest alone.

    Of a domain of folders, in one of which every photo is, the likeliest however likely.
    """
    least = 0.5 if domain.kind == "attributes" else 0.0
    likely = dict(zip(domain.attributes, probabilities, strict=True))
    shown = []
    for name, probability in likely.items():
        rivals = domain.group(name)
        shown.append(probability >= least and name == max(rivals, key=lambda rival: likely[rival]))
    return tuple(shown)


def _open(data: bytes, release: Release, limits: Limits) -> tuple[Image.Image, Tensor]:
    photo = decode(data, limits)
    return photo, to_tensor(photo, release.size)


def _finish(domain: Domain, photo: Image.Image, view: Tensor, after: Tensor) -> Image.Image:
    # An edit or another season keeps the photo's own detail; of a pair, such as a drawing's, nothing need stay.
    return at_photo_size(photo, after) if domain.kind == "paired" else add_difference(photo, view, after)


def _on(model_thread: Executor, timings: Timings, run: Callable[[], T]) -> T:
    asked = time.perf_counter()

    def measured() -> T:
        timings.queue += 1000 * (time.perf_counter() - asked)
        return _measured(timings, "forward", run)

    return model_thread.submit(measured).result()


def _measured(timings: Timings, stage: str, run: Callable[[], T]) -> T:
    begun = time.perf_counter()
    result = run()
    setattr(timings, stage, 1000 * (time.perf_counter() - begun))
    return result
