"""Every preset at a glance: what is trained, at what size, with which method and options."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, ValidationInfo, field_validator

from .domains import EDGES, FACES, SEASONS, SYNTHETIC, Domain
from .methods import METHODS, MethodConfig
from .methods.init import InitConfig


class TrainConfig(BaseModel):
    """All that a training run is made of, apart from where its data lie. Kept in the run's config.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    domain: Domain
    method: str = "init"
    size: Annotated[tuple[int, int], Field(description="(height, width) of the model's view")] = (256, 256)
    steps: int = Field(28_500, ge=1, description="iterations; the paper's 100 epochs on 4,560 photos")
    batch: int = Field(16, ge=1, description="images an iteration, over all processes and accumulated parts")
    learning_rate: float = Field(1e-4, gt=0)
    discriminator_learning_rate: float | None = Field(None, gt=0, description="D's; the same as G's where none")
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the averaged generator that is released; 0: none")
    flip: bool = True
    decay: float = Field(0.0, ge=0, le=1, description="share of the steps, the last ones, in which rates are lower")
    schedule: Literal["linear", "tenth"] = Field("linear", description="in them: falling to 0, or a tenth")
    seed: int = 0
    options: SerializeAsAny[MethodConfig] = Field(default={}, validate_default=True)

    @field_validator("method")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in METHODS:
            raise ValueError(f"there is no method {name!r}; use {', '.join(METHODS)}")
        return name

    @field_validator("options", mode="before")
    @classmethod
    def _of_the_method(cls, value: Any, info: ValidationInfo) -> Any:
        method = info.data.get("method")
        if method is None:  # its own error is reported
            return MethodConfig()
        kind = METHODS[method].Config
        if isinstance(value, MethodConfig):
            value = value.model_dump()
        if "size" in kind.model_fields:  # heads over the whole image
            value = {**value, "size": info.data.get("size")}
        return kind.model_validate(value)

    def changed(self, **fields: Any) -> "TrainConfig":
        """A copy with other fields; `options` may be a dict of those to change."""
        if isinstance(fields.get("options"), dict):
            fields["options"] = {**self.options.model_dump(), **fields["options"]}
        return TrainConfig.model_validate({**self.model_dump(), **fields})


# The light networks, on which a CPU trains in an hour, and what makes them learn in it.
# 88 x 72 is CelebA's 218 x 178 whole, at an aspect within 0.3 %: nothing is cropped off, so the edit has no seam.
LIGHT_NETWORKS = InitConfig(
    generator="difference",
    generator_width=48,
    generator_blocks=3,
    discriminator_width=96,
    discriminator_strides=(2, 2, 2),
    discriminator_fold=2,
)
LIGHT_OPTIONS = LIGHT_NETWORKS.model_copy(
    update={
        "normalise": True,
        "cap": 4.0,
        "saturating": False,
        "relative": True,
        "conditioning": "project",
        "spectral": True,
        "toggle": 0.3,
        "mismatch": 1.0,
        "classification": 4.0,
        "closeness": 10.0,
    }
)
LIGHT = TrainConfig(
    domain=FACES,
    size=(88, 72),
    steps=3400,
    learning_rate=3e-4,
    discriminator_learning_rate=4e-4,
    ema=0.998,
    decay=0.3,
    options=LIGHT_OPTIONS,
)

# Scenes drawn by the package, for Table 3 in minutes on any machine.
SMALL = LIGHT.changed(
    domain=SYNTHETIC,
    size=(32, 32),
    steps=1000,
    learning_rate=1e-3,
    discriminator_learning_rate=1e-3,
    ema=0.99,
    flip=False,
    options={
        "generator_width": 24,
        "generator_blocks": 2,
        "discriminator_width": 32,
        "discriminator_strides": (2, 2, 2),
        "discriminator_fold": 1,
        "closeness": 2.0,
    },
)

# Folders of photos: the other folder is asked for more often than not, and an edit may be larger than a face's.
SMALL_SEASONS = LIGHT.changed(
    domain=SEASONS,
    size=(64, 64),
    steps=500,
    ema=0.99,
    learning_rate=4e-4,
    options={"toggle": 0.8, "closeness": 3.0, "classification": 2.0},
)
SMALL_EDGES = SMALL_SEASONS.changed(
    domain=EDGES, steps=700, options={"closeness": 0.0, "classification": 1.0, "l1": 50.0}
)

# For a GPU: twice the view's width and height, wider networks, and edits that are blended in and held sparse.
# 176 x 144 is CelebA's 218 x 178 whole, at an aspect within 0.3 %.
LARGE = LIGHT.changed(
    size=(176, 144),
    steps=16_000,
    batch=32,
    ema=0.999,
    decay=0.5,
    options={
        "generator": "blend",
        "generator_width": 96,
        "generator_blocks": 4,
        "discriminator_strides": (2, 2, 2, 2),
        "classification": 1.0,
        "closeness": 0.0,
        "sparsity": 1.5,
    },
)
LARGE_SEASONS = LARGE.changed(
    domain=SEASONS,
    size=(128, 128),
    steps=6000,
    batch=16,
    options={"generator_width": 64, "discriminator_width": 64, "toggle": 0.8, "sparsity": 0.5},
)
# A drawing is filled from nothing, which a generator that starts at the identity is slow to begin with.
LARGE_EDGES = LARGE_SEASONS.changed(
    domain=EDGES,
    options={"generator": "residual", "generator_width": 48, "generator_blocks": 6, "sparsity": 0.0, "l1": 50.0},
)

# The methods that INIT is compared with, small: so many iterations do they get as one CPU core does in the time of one
# of INIT's. On faces at 48x48 (CPU seconds of 30 iterations) 3.7 of StarGAN (every fifth steps G), 6.5 of AttGAN and
# 3.8 of STGAN (every sixth); on smaller pictures and networks 2.1, 3.1 and 1.9, 2.4 of CycleGAN on two photos and 4 of
# pix2pix on eight.
STARGAN: dict[str, Any] = {"width": 16, "blocks": 3, "discriminator_width": 16, "discriminator_layers": 3}
ATTGAN: dict[str, Any] = {
    "width": 24,
    "layers": 3,
    "discriminator_width": 16,
    "discriminator_layers": 3,
    "discriminator_hidden": 256,
    "momentum": 0.05,
}
STGAN: dict[str, Any] = {**ATTGAN, "shortcut_layers": 2, "inject_layers": 2}


CYCLEGAN: dict[str, Any] = {
    "generator_width": 24,
    "generator_blocks": 4,
    "discriminator_width": 24,
    "discriminator_layers": 2,
}
PIX2PIX: dict[str, Any] = {
    "generator_width": 24,
    "generator_levels": 6,
    "discriminator_width": 24,
    "discriminator_layers": 2,
}


def rival(method: str, init: TrainConfig, pace: float, options: dict[str, Any], batch: int = 16) -> TrainConfig:
    """A method at INIT's size and rates, for as long as INIT trains: `pace` iterations to one of INIT's."""
    own = {"method": method, "options": options, "steps": round(pace * init.steps), "batch": batch}
    return TrainConfig.model_validate({**init.model_dump(), "discriminator_learning_rate": None, **own})


# Table 3: (a) without AIW, (b) three hops, (c) INIT, (d) one hop, (e) a conditional GAN.
ABLATION: dict[str, dict[str, Any]] = {
    "a": {"aiw": False, "hops": 2},
    "b": {"aiw": True, "hops": 3},
    "c": {"aiw": True, "hops": 2},
    "d": {"aiw": True, "hops": 1},
    "e": {"aiw": False, "hops": 1},
}

TINY_CRITIC: dict[str, Any] = {"width": 8, "discriminator_width": 8, "discriminator_layers": 3, "critic_steps": 2}
TINY_PATCHES: dict[str, Any] = {"generator_width": 4, "discriminator_width": 4, "discriminator_layers": 2}
TINY = {
    "generator_width": 8,
    "generator_blocks": 1,
    "discriminator_width": 8,
    "discriminator_strides": (2, 2),
    "discriminator_fold": 1,
}


def debug(method: str, domain: Domain, size: tuple[int, int] = (32, 32), **options: Any) -> TrainConfig:
    """A few steps of small networks, for tests."""
    return TrainConfig(domain=domain, method=method, size=size, steps=6, batch=4, ema=0.9, options=options)


PRESETS: dict[str, TrainConfig] = {
    "faces/init": LIGHT,
    "faces/init-large": LARGE,
    "faces/init-paper": TrainConfig(domain=FACES),
    # The losses to the letter on the light networks (D keeps its rate of 4e-4): what a CPU can try in the same time.
    "faces/init-paper-light": LIGHT.changed(learning_rate=1e-4, options=LIGHT_NETWORKS),
    "faces/stargan": rival("stargan", LIGHT, 3.7, STARGAN),
    "faces/attgan": rival("attgan", LIGHT, 6.5, ATTGAN),
    "faces/stgan": rival("stgan", LIGHT, 3.8, STGAN),
    "faces/stargan-paper": TrainConfig(domain=FACES, method="stargan"),
    "faces/attgan-paper": TrainConfig(domain=FACES, method="attgan", learning_rate=2e-4, decay=0.5),
    "faces/stgan-paper": TrainConfig(
        domain=FACES, method="stgan", learning_rate=2e-4, decay=0.5, schedule="tenth", flip=False
    ),
    # As often as StarGAN; without a place in the paper's tables.
    "faces/relgan": rival("relgan", LIGHT, 1.0, STARGAN),
    "faces/relgan-paper": TrainConfig(domain=FACES, method="relgan", learning_rate=5e-5, batch=4, steps=400_000),
    "synthetic/init": SMALL,
    "synthetic/stargan": rival("stargan", SMALL, 2.1, STARGAN),
    "synthetic/attgan": rival("attgan", SMALL, 3.1, ATTGAN),
    "synthetic/stgan": rival("stgan", SMALL, 1.9, STGAN),
    "seasons/init": SMALL_SEASONS,
    "seasons/init-large": LARGE_SEASONS,
    "seasons/cyclegan": rival("cyclegan", SMALL_SEASONS, 2.4, CYCLEGAN, batch=2),
    "seasons/stargan": rival("stargan", SMALL_SEASONS, 2.1, STARGAN),
    "seasons/stgan": rival("stgan", SMALL_SEASONS, 1.9, STGAN),
    "edges/init": SMALL_EDGES,
    "edges/pix2pix": rival("pix2pix", SMALL_EDGES, 4.0, PIX2PIX, batch=8),
    "edges/init-large": LARGE_EDGES,
    "edges/stargan": rival("stargan", SMALL_EDGES, 2.1, {**STARGAN, "l1": 10.0}),
    "edges/attgan": rival("attgan", SMALL_EDGES, 3.1, {**ATTGAN, "l1": 10.0}),
    "seasons/init-paper": TrainConfig(domain=SEASONS),
    "seasons/cyclegan-paper": TrainConfig(domain=SEASONS, method="cyclegan", batch=2, learning_rate=2e-4, decay=0.5),
    "seasons/stargan-paper": TrainConfig(domain=SEASONS, method="stargan"),
    "seasons/stgan-paper": TrainConfig(domain=SEASONS, method="stgan", learning_rate=2e-4, decay=0.5, schedule="tenth"),
    "edges/init-paper": TrainConfig(domain=EDGES, options=InitConfig(l1=100.0)),
    "edges/pix2pix-paper": TrainConfig(domain=EDGES, method="pix2pix", batch=8, learning_rate=2e-4, decay=0.5),
    "edges/stargan-paper": TrainConfig(domain=EDGES, method="stargan", options={"l1": 100.0}),
    "edges/attgan-paper": TrainConfig(
        domain=EDGES, method="attgan", learning_rate=2e-4, decay=0.5, options={"l1": 100.0}
    ),
    "debug/init": LIGHT.changed(size=(32, 24), steps=6, batch=4, options=TINY),
    "debug/stargan": debug("stargan", FACES, **TINY_CRITIC, blocks=1),
    "debug/attgan": debug("attgan", FACES, **TINY_CRITIC, layers=3, discriminator_hidden=16),
    "debug/stgan": debug(
        "stgan", FACES, **TINY_CRITIC, layers=3, shortcut_layers=2, inject_layers=2, discriminator_hidden=16
    ),
    "debug/relgan": debug("relgan", FACES, width=8, blocks=1, discriminator_width=8, discriminator_layers=3),
    "debug/cyclegan": debug("cyclegan", SEASONS, **TINY_PATCHES, generator_blocks=1, pool=4),
    # Dropout begins at six levels.
    "debug/pix2pix": debug("pix2pix", EDGES, size=(64, 64), **TINY_PATCHES, generator_levels=6),
}
