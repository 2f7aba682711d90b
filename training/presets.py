"""Every preset at a glance: what is trained, at what size, with which method and options."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .methods import InitConfig


class TrainConfig(BaseModel):
    """All that a training run is made of, apart from where its data lie. Kept in the run's config.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: str = "faces"
    method: str = "init"
    size: Annotated[tuple[int, int], Field(description="(height, width) of the model's view")] = (256, 256)
    steps: int = Field(28_500, ge=1, description="the paper's 100 epochs on 4,560 photos")
    batch: int = Field(16, ge=2)
    learning_rate: float = Field(1e-4, gt=0)
    discriminator_learning_rate: float | None = Field(None, gt=0, description="D's; the same as G's where none")
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the averaged generator that is released; 0: none")
    flip: bool = True
    decay: float = Field(0.0, ge=0, le=1, description="share of the steps, the last ones, over which rates fall to 0")
    seed: int = 0
    init: InitConfig = InitConfig()


# 88 x 72 is CelebA's 218 x 178 whole, at an aspect within 0.3 %: nothing is cropped off, so the edit has no seam.
LIGHT = TrainConfig(
    size=(88, 72),
    steps=3400,
    learning_rate=3e-4,
    discriminator_learning_rate=4e-4,
    ema=0.998,
    decay=0.3,
    init=InitConfig(
        normalise=True,
        cap=4.0,
        saturating=False,
        generator="difference",
        generator_width=48,
        generator_blocks=3,
        relative=True,
        discriminator_width=96,
        discriminator_strides=(2, 2, 2),
        discriminator_fold=2,
        conditioning="project",
        spectral=True,
        toggle=0.3,
        mismatch=1.0,
        classification=4.0,
        closeness=10.0,
    ),
)

PRESETS: dict[str, TrainConfig] = {
    "faces/init": LIGHT,
    "faces/init-paper": TrainConfig(),
    # The losses to the letter on the light networks (D keeps its rate of 4e-4): what a CPU can try in the same time.
    "faces/init-paper-light": LIGHT.model_copy(
        update={
            "learning_rate": 1e-4,
            "init": InitConfig(
                generator="difference",
                generator_width=48,
                generator_blocks=3,
                discriminator_width=96,
                discriminator_strides=(2, 2, 2),
                discriminator_fold=2,
            ),
        }
    ),
    "debug/init": LIGHT.model_copy(
        update={
            "size": (32, 24),
            "steps": 6,
            "batch": 4,
            "init": LIGHT.init.model_copy(
                update={
                    "generator_width": 8,
                    "generator_blocks": 1,
                    "discriminator_width": 8,
                    "discriminator_strides": (2, 2),
                }
            ),
        }
    ),
}
