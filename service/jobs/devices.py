"""What trainings run on here: every GPU, or the CPU, a seat each. Without torch, which the worker does not import."""

import shutil
import socket
import subprocess
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")  # the same in all containers of a machine


def seats(devices: str) -> dict[str, str]:
    """Seats of this machine by their names, which no other machine's have.

    Args:
        devices: as INIT_TRAINING_DEVICES has it: "auto", or seats separated by spaces, each "cpu" or a GPU's number, or
            several of those with commas between them.
    """
    chosen = (_gpus() or ["cpu"]) if devices == "auto" else devices.split()
    return {f"{_machine()}/{device}": device for device in chosen}


def _machine() -> str:
    return _BOOT.read_text().strip() if _BOOT.is_file() else socket.gethostname()[:64]


def _gpus() -> list[str]:
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return [str(number) for number, line in enumerate(listed.stdout.splitlines()) if line.startswith("GPU ")]
