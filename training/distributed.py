"""Processes that train together (torchrun): each takes its part of the joint batch, gradients are averaged.

Gradients are averaged by hand after the backward pass and not by DistributedDataParallel: its hooks know nothing of
torch.autograd.grad, by which the trainer takes each side's gradient from one shared graph, nor of the second derivative
of a gradient penalty.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor


@contextmanager
def processes(device: torch.device) -> Iterator[None]:
    """Joins the processes that torchrun started, if it did: NCCL, a GPU for each, or gloo on CPUs."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """This process's number, 0 where there is one alone."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def gather(values: Tensor) -> Tensor:
    """The rows of all processes by rank, (B, ...) to (world * B, ...); no gradient flows through."""
    if world() == 1:
        return values.detach()
    parts = [torch.empty_like(values, memory_format=torch.contiguous_format) for _ in range(world())]
    dist.all_gather(parts, values.detach().contiguous())
    return torch.cat(parts)


def own_rows(gathered: Tensor) -> Tensor:
    """This process's rows of what `gather` gave."""
    return gathered.chunk(world())[rank()]


def average(tensors: Sequence[Tensor]) -> None:
    """Replaces tensors of every process by their mean over the processes, in one message."""
    if world() == 1 or not tensors:
        return
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(flat)
    flat /= world()
    for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.copy_(part.view_as(tensor))


def any_process(value: bool, device: torch.device) -> bool:
    """Whether `value` holds in one process at least; all must ask together."""
    if world() == 1:
        return value
    flag = torch.tensor(int(value), device=device)
    dist.all_reduce(flag, dist.ReduceOp.MAX)
    return bool(flag.item())
