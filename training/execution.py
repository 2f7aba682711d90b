"""How a configuration is run on a machine: device, precision, compilation, parts, determinism."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch._functorch.config

from .methods import Method


@dataclass(frozen=True)
class Execution:
    """How a configuration is run; it does not change what is trained, within rounding.

    Attributes:
        device: where to train. With torchrun, "cuda" is the GPU of each process's own number.
        precision: fp32; tf32 (NVIDIA's 19-bit products, from Ampere up); bf16 (autocast, weights stay fp32).
        compile: torch.compile for G and D; a gradient penalty runs as it is, see losses.gradient_penalty.
        accumulate: parts in which a step's batch is run one after another, for memory. The gradient is that of the
            whole batch but for what looks at more than one image: AIW compares the images of one part, batch norm
            averages over it, dropout draws anew in each; and spectral norm goes on with its power iteration in each.
        deterministic: only algorithms that give the same bits on every run of the same machine.
    """

    device: str = "cpu"
    precision: Literal["fp32", "tf32", "bf16"] = "fp32"
    compile: bool = False
    accumulate: int = 1
    deterministic: bool = False

    def autocast(self) -> AbstractContextManager[Any]:
        """What the forward pass runs in."""
        if self.precision != "bf16":
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, torch.bfloat16)

    def set_up(self, method: Method[Any], layout: torch.memory_format) -> None:
        """Sets torch's switches, and moves and compiles the method's networks."""
        cuda = torch.device(self.device).type == "cuda"
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.precision != "fp32"
        torch.backends.cudnn.benchmark = cuda and not self.deterministic
        torch.use_deterministic_algorithms(self.deterministic)
        if self.deterministic:  # cuBLAS asks for it, and reads it when it is first used
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        for network in method.networks:
            network.to(self.device, memory_format=layout)  # type: ignore[call-overload]  # a torch stub
        if self.compile:
            torch._functorch.config.donated_buffer = False  # G's gradient keeps the graph that D's is taken from
            method.generator.compile()
            method.discriminator.compile()


PLAIN = Execution()
