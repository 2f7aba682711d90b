"""Make a clean checkout runnable: `python -m tools.bootstrap [--dev] [--no-page] [COMMAND ...]`.

Needs Python 3.11+ with pip and nothing else (standard library only). Puts the locked packages into .venv and
the built page into frontend/dist, each only when what it is made from has changed, then becomes the command.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import ROOT, Problem, say
from tools.node import build_page

ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
UNFINISHED = ENVIRONMENT / ".unfinished"
FULL_DISK = 256 * 2**20
NO_NETWORK = (
    "The packages could not be fetched: check the network (or the proxy and the index that pip and uv are "
    "set to), then run the same command again; it goes on from where it stopped."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the checkout and become the command; a problem is one sentence on stderr and exit code 1."""
    command = list(sys.argv[1:] if arguments is None else arguments)
    dev, page = take(command, "--dev"), not take(command, "--no-page")
    try:
        prepare("requirements-dev.lock" if dev else "requirements.lock", page)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    if command:
        os.execv(PYTHON, [str(PYTHON), *command])
    return 0


def take(command: list[str], flag: str) -> bool:
    """Whether the flag is first in the command; it is taken off it."""
    if command[:1] == [flag]:
        del command[0]
        return True
    return False


def prepare(lock: str, page: bool) -> None:
    # One at a time: `make run` and `make test` in two terminals would write into the same environment.
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        wait_for_turn(folder)
        install(ROOT / lock)
        if page:
            build_page()
    except OSError as error:
        raise Problem(f"The checkout could not be prepared ({error}): correct that and run it again.") from error
    finally:
        os.close(folder)


def wait_for_turn(folder: int) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Waiting for another make, which is preparing this checkout")
        fcntl.flock(folder, fcntl.LOCK_EX)


def install(lock: Path) -> None:
    """Bring .venv to what the lock names; nothing to do when its stamp says so."""
    stamp, wanted = ENVIRONMENT / f".{lock.name}", fingerprint(lock)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if UNFINISHED.exists() or not same_python():
        create_environment()
    UNFINISHED.touch()
    uv = install_uv(lock)
    say(f"Installing the packages of {lock.name} (the first time fetches some gigabytes, torch most of it)")
    # Compiled now and once, rather than by three processes at the same time when they first start.
    command = [str(uv), "pip", "install", "--compile-bytecode", "--require-hashes", "-r", str(lock)]
    command += ["--python", str(PYTHON)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Problem(reason())
    stamp.write_text(wanted)
    UNFINISHED.unlink()


def fingerprint(lock: Path) -> str:
    """What an environment depends on: the lock, the interpreter, and the place, which its scripts name."""
    version = "{}.{}".format(*sys.version_info)
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {version} {ENVIRONMENT}\n"


def same_python() -> bool:
    """Whether .venv has a Python that runs and has the version of this one."""
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        answer = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == "{}.{}".format(*sys.version_info)


def create_environment() -> None:
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    # Without pip: Debian keeps ensurepip in a package of its own, and pip can install from outside.
    venv.create(ENVIRONMENT, symlinks=True, with_pip=False)


def install_uv(lock: Path) -> Path:
    """Install uv, checked by the lock's own hashes, with the pip that there is."""
    uv = ENVIRONMENT / "bin" / "uv"
    with TemporaryDirectory() as folder:
        requirement = Path(folder) / "uv.txt"
        requirement.write_text(block_of("uv", lock.read_text()))
        say("Installing uv, which installs the rest")
        command = [*pip(), "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(requirement)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        if "Retrying" not in done.stderr:  # else pip's own verdict, "no matching distribution", would mislead
            print(done.stderr.strip(), file=sys.stderr)
        raise Problem(reason())
    return uv


def block_of(package: str, lock: str) -> str:
    """The lines of one package in a lock: `name==version \\` and its hashes, which are indented."""
    lines = lock.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    return "".join(lines[start:end])


def pip() -> list[str]:
    """The command of a pip that installs into .venv: this Python's own, else a bundled one put into .venv."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    bundled = subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True, check=False)
    if bundled.returncode:
        raise Problem(
            f"{sys.executable} has no pip: install it (Debian and Ubuntu: apt install python3-pip; "
            "Fedora: dnf install python3-pip), then run the same command again."
        )
    return [str(PYTHON), "-m", "pip"]


def reason() -> str:
    """Why an installation most likely failed; the tool's own words were printed above it."""
    for place in (ROOT, Path.home()):
        if shutil.disk_usage(place).free < FULL_DISK:
            return f"The disk of {place} is full: make room (about 8 GB) and run the same command again."
    return NO_NETWORK


if __name__ == "__main__":
    sys.exit(main())
