"""INT8 networks beside a release, RELEASE/runtimes/: made by `python -m training export`, read by what serves it.

    generator-0.xml and .bin, ..., classifier.xml and .bin    the networks, see compiled.Models
    golden.safetensors                                        a drawn picture, and what torch makes of it in float32
    runtimes.json                                             Record: what was measured, and the SHA-256 of every file

The release's own digest stays that of its weights and configuration. What is not as runtimes.json says, or was made of
another release, is refused here, and the release runs without it.
"""

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from .checkpoint import CheckpointError, read_json, read_tensors, write_json, write_tensors
from .compiled import CLASSIFIER, CompiledTranslator, Models, convert, generator, read_models, write_model
from .domains import Domain, apply_change, single_edit
from .fidelity import Example, Fidelity, Thresholds, golden_inputs
from .images import normalise
from .model_card import markdown_table
from .networks.pairs import parts
from .quantise import LADDER, Inputs, quantise
from .release import CARD, Release, Translator, load_translator, read_release

if TYPE_CHECKING:
    from .offline import openvino as ov

FOLDER, RECORD, GOLDEN = "runtimes", "runtimes.json", "golden.safetensors"
OTHER_SIZE = 1.5  # times the release's


class Record(BaseModel):
    """runtimes.json.

    Attributes:
        release: the digest of the release that the files were made of.
        calibration, held_out: photos that were used.
        floating: of each network, how many of its first convolutions are not in INT8.
        int8: what was measured on the photos held out, at the release's size and at another, and on the golden picture;
            if it misses the thresholds, it is of the last that was tried, and there are no networks.
        files: the SHA-256 of every other file of the folder, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    release: str
    thresholds: Thresholds
    calibration: int
    held_out: int
    floating: dict[str, int]
    int8: dict[str, Fidelity]
    files: dict[str, str]

    @property
    def missed(self) -> str:
        """What INT8 does not reach, in words; empty where it may serve."""
        return _missed(self.int8, self.thresholds)


@dataclass(frozen=True)
class Exported:
    """The runtimes of a release, as `read_exported` found them."""

    release: Release
    record: Record
    golden: Example

    def models(self) -> "dict[str, ov.Model]":
        """The INT8 networks. Raises CheckpointError where there are none that may serve."""
        if self.record.missed:
            raise CheckpointError(f"its INT8 networks are too far from float32 ({self.record.missed}).")
        folder = self.release.path / FOLDER
        for name in self.record.files:
            _check_file(folder, name, self.record)
        return read_models(folder, tuple(self.record.floating))


def read_exported(release: Release) -> Exported:
    """What is beside a release. Raises CheckpointError where that is nothing, damaged, or of another release."""
    folder = release.path / FOLDER
    again = f"make it with `python -m training export {release.path} --data DIR`."
    if not folder.is_dir():
        raise CheckpointError(f"the release has no INT8 networks; {again}")
    try:
        record = Record.model_validate(read_json(folder / RECORD))
    except ValidationError as error:
        raise CheckpointError(f"{folder / RECORD} is damaged ({error.errors()[0]['msg']}); {again}") from None
    if record.release != release.digest:
        raise CheckpointError(f"{folder} was made of other weights; {again}")
    _check_file(folder, GOLDEN, record)
    tensors, _ = read_tensors(folder / GOLDEN)
    tensors["images"] = normalise(tensors["images"])
    return Exported(release, record, Example(**{name: tensor.float() for name, tensor in tensors.items()}))


def export_runtimes(path: Path, calibration: Tensor, held_out: Tensor, thresholds: Thresholds | None = None) -> Record:
    """Makes INT8 networks of the release at `path`, measures them, and writes its folder of runtimes and its card.

    Args:
        calibration, held_out: photos (N, 3, H, W) in [-1, 1] at the release's size, none in both.

    Returns: what was measured; see Record for what is written where it is not enough.
    Raises: CheckpointError where the release is damaged.
    """
    release, thresholds = read_release(path), thresholds or Thresholds()
    translator = load_translator(release, "cpu")
    examples = _examples(translator, held_out)
    part = path / f".{FOLDER}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        write_tensors(part / GOLDEN, _packed(examples["golden"]), {})
        floating, measured = _export_int8(translator, calibration, examples, thresholds, part)
        record = Record(
            release=release.digest,
            thresholds=thresholds,
            calibration=len(calibration),
            held_out=len(held_out),
            floating=floating,
            int8=measured,
            files={file.name: _digest(file) for file in sorted(part.iterdir())},
        )
        write_json(part / RECORD, record.model_dump(mode="json"))
        shutil.rmtree(path / FOLDER, ignore_errors=True)
        part.rename(path / FOLDER)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _describe(path / CARD, record)
    return record


def _export_int8(
    translator: Translator, photos: Tensor, examples: dict[str, Example], thresholds: Thresholds, folder: Path
) -> tuple[dict[str, int], dict[str, Fidelity]]:
    """Writes the fastest INT8 networks that reach the thresholds to `folder`, or none.

    Returns: Record.floating and Record.int8.
    """
    models, inputs = convert(translator), _inputs(translator, photos)
    floating: dict[str, int] = {}
    with TemporaryDirectory(dir=folder.parent) as trials:
        for names in ([name for name in models if name != CLASSIFIER], [CLASSIFIER]):
            precise = {name: models[name] for name in names}
            for depth in LADDER:
                # Measured is what stands in the files, where numbers have half the precision.
                trial = Path(trials) / str(depth)
                for name in names:
                    write_model(quantise(precise[name], inputs[name], depth), trial / f"{name}.xml")
                models |= read_models(trial, names)
                measured = _measure(translator, models, examples)
                if not _missed(measured, thresholds):
                    break
            else:
                return {}, measured
            floating |= dict.fromkeys(names, depth)
        for name, depth in floating.items():
            for file in (Path(trials) / str(depth)).glob(f"{name}.*"):
                file.rename(folder / file.name)
    return floating, measured


def _measure(translator: Translator, models: Models, examples: dict[str, Example]) -> dict[str, Fidelity]:
    run = CompiledTranslator(models, translator.condition, translator.release.size)
    try:
        return {name: example.measure(run, translator.release.domain) for name, example in examples.items()}
    finally:
        run.close()


def _missed(measured: dict[str, Fidelity], thresholds: Thresholds) -> str:
    missed = {name: fidelity.misses(thresholds) for name, fidelity in measured.items()}
    return "; ".join(f"{name}: {text}" for name, text in missed.items() if text)


def _examples(translator: Translator, photos: Tensor) -> dict[str, Example]:
    """What torch makes of photos, a single edit each; of some of them at another size; and of the golden picture."""
    release = translator.release
    source, target = _edits(translator, photos, several=False)
    size = [round(OTHER_SIZE * side / translator.multiple) * translator.multiple for side in release.size]
    few = slice(0, 16)
    enlarged = F.interpolate(photos[few], size, mode="bicubic", align_corners=False, antialias=True).clamp(-1, 1)
    return {
        "photos": Example.of(translator, photos, source, target),
        f"{size[0]}x{size[1]}": Example.of(translator, enlarged, source[few], target[few]),
        "golden": Example.of(translator, *golden_inputs(release.domain, release.size)),
    }


def _inputs(translator: Translator, photos: Tensor) -> dict[str, list[Inputs]]:
    """What each network is calibrated on."""
    rows = [[image.numpy()] for image in photos.split(1)]
    condition = translator.condition(*_edits(translator, photos, several=True))
    count = len(parts(translator.generator))
    if count == 1:
        given = [[image.numpy(), row.numpy()] for image, row in zip(photos.split(1), condition.split(1), strict=True)]
        return {generator(0): given, CLASSIFIER: rows}
    named = condition.argmax(1).tolist()
    of_folder = {
        generator(part): [row for row, folder in zip(rows, named, strict=True) if folder == part] or rows
        for part in range(count)
    }
    return of_folder | {CLASSIFIER: rows}


def _edits(translator: Translator, photos: Tensor, several: bool) -> tuple[Tensor, Tensor]:
    """Attributes (N, n) of photos as the classifier sees them, and a target for each.

    Args:
        several: where attributes are edited, take one away and add one, so that every calibrated range has both ends of
            what a condition may be.
    """
    domain = translator.release.domain
    probabilities = torch.cat([translator.predict(some) for some in photos.split(16)])
    if domain.kind != "attributes":
        source = F.one_hot(probabilities.argmax(1), len(domain.attributes)).float()
        return source, source.roll(1, 1)
    source = (probabilities >= 0.5).float()
    change = _swap if several else _single
    targets = [change(domain, row, number) for number, row in enumerate((source > 0).tolist())]
    return source, torch.tensor(targets).float()


def _single(domain: Domain, source: Sequence[bool], number: int) -> tuple[bool, ...]:
    return single_edit(domain, source, domain.attributes[number % len(domain.attributes)])


def _swap(domain: Domain, source: Sequence[bool], number: int) -> tuple[bool, ...]:
    change = {}
    for wanted in (False, True):
        others = [name for name, has in zip(domain.attributes, source, strict=True) if has != wanted]
        if others:
            change[others[number % len(others)]] = wanted
    return apply_change(domain, source, change)


def _packed(example: Example) -> dict[str, Tensor]:
    """Its tensors as they are kept: images, which are in whole grey levels, exactly, and the rest in half precision."""
    half = {name: tensor.half() for name, tensor in example.model_dump().items()}
    return half | {"images": example.images.add(1).mul(127.5).round().to(torch.uint8)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(folder: Path, name: str, record: Record) -> None:
    """Raises CheckpointError unless the file is the one that was measured."""
    path = folder / name
    if path.parent != folder or not path.is_file() or _digest(path) != record.files.get(name):
        raise CheckpointError(f"{path} is missing or not as {RECORD} says; restore it or export the release again.")


def _describe(card: Path, record: Record) -> None:
    """Puts the section on runtimes into a model card, in place of the one that it has."""
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    rest = re.sub(rf"\n*{re.escape(HEADING)}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL).rstrip("\n")
    card.write_text(f"{rest}\n\n{_section(record)}", encoding="utf-8")


HEADING = "## Runtimes"


def _section(record: Record) -> str:
    rows = [
        [
            name,
            f"{it.psnr:.1f}",
            f"{it.least_psnr:.1f}",
            f"{it.ssim:.4f}",
            f"{it.agreement:.3f}",
            f"{it.probability:.4f}",
        ]
        for name, it in record.int8.items()
    ]
    head = ["measured on", "PSNR, dB", "worst", "SSIM", "decisions alike", "probabilities off by"]
    kept = max(record.floating.values(), default=0)
    layers = f" but for up to {kept} of its first convolutions" if kept else ""
    limits = record.thresholds
    verdict = f"It may not serve: {record.missed}." if record.missed else "It is served where there is no GPU."
    return f"""{HEADING}

INT8{layers}, calibrated on {record.calibration} photos, and held against torch in float32 on {record.held_out} others
(one edit each), on some of them at another size, and on a drawn picture that is checked again whenever it is loaded. At
least {limits.psnr:g} dB, {limits.ssim:g} and {limits.agreement:g} are asked for. {verdict}

{markdown_table([head, *rows])}
"""
