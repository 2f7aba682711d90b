"""The rules of the house that no linter knows; which package may import which is in pyproject.toml (import-linter)."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from service.settings import Settings
from service.up import SLACK_SECONDS

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("training", "service", "tools")
LONGEST_FILE = 400
# Written in two parts, so that this file does not name them itself.
REGISTRIES = ("pypi." + "org", "pythonhosted." + "org", "registry.npmjs." + "org", "download.pytorch." + "org")

# Runs in a fresh interpreter: imports every module named, and fails at whatever an import may not do.
IMPORT_ALL = """
import importlib, json, os, sys

FORBIDDEN = ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "sqlite3.connect")

def audit(event, arguments):
    writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event in FORBIDDEN) and is_ours(sys._getframe(1)):
        sys.exit(f"{current} does {event} {arguments} at import")

def is_ours(frame):
    # What torch does at its own import is not ours to change: the innermost code outside the standard library counts.
    while frame and "site-packages" not in frame.f_code.co_filename:
        if frame.f_code.co_filename.startswith(root):
            return True
        frame = frame.f_back
    return False

root, modules = sys.argv[1], json.loads(sys.argv[2])
sys.dont_write_bytecode = True
os.environ["INIT_PORT"] = "not a port: whoever reads the settings while being imported fails"
current = "nothing"
sys.addaudithook(audit)
for current in modules:
    importlib.import_module(current)
import logging
assert not logging.getLogger().handlers, "an import configured logging"
if "torch" in sys.modules:
    assert not sys.modules["torch"].cuda.is_initialized(), "an import started CUDA"
"""


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def tracked() -> list[Path]:
    """What belongs to the project: what git knows, or would add."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_file_stays_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < LONGEST_FILE
    assert path.stem not in ("utils", "helpers", "common", "misc"), "name it after what it does"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module's docstring says what it is for"


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_that_could_run_code_is_ever_loaded(path: Path) -> None:
    unsafe = {"pickle.load", "pickle.loads", "torch.load", "torch.hub.load", "joblib.load", "numpy.load", "np.load"}
    assert not unsafe & set(calls(path))
    assert not {"eval", "exec"} & set(calls(path))


def test_importing_anything_only_imports() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources()
        if path.stem != "__main__" and "migrations" not in path.parts  # alembic runs those, they are no modules
    ]
    command = [sys.executable, "-c", IMPORT_ALL, str(ROOT), json.dumps(modules)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("part", ["service.server", "service.engine.engine"])
def test_who_serves_does_not_wait_for_libraries_of_training(part: str) -> None:
    code = f"import sys, {part}; print(*{{'torchvision', 'torch._dynamo', 'openvino'}} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""


def test_no_file_names_the_registry_that_packages_come_from() -> None:
    naming = {name_of(path): host for path in tracked() for host in REGISTRIES if host.encode() in path.read_bytes()}
    assert naming == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    packages = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
    assert packages
    assert all(line.endswith("\\") for line in packages), "a hash follows each package"


def test_the_locks_agree_and_hold_what_pyproject_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, dev = (pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert run <= dev, "make lock"
    locked = {pin.partition("==")[0] for pin in dev}
    groups = project["dependency-groups"]
    named = [*project["project"]["dependencies"], *groups["identity"]]
    named += [name for name in groups["dev"] if isinstance(name, str)]
    assert {name.split(">=")[0].partition("[")[0] for name in named} <= locked, "make lock"


def pins(lock: Path) -> set[str]:
    return {line.split()[0] for line in lock.read_text().splitlines() if "==" in line and not line.startswith(" ")}


def compose() -> dict[str, dict[str, dict[str, object]]]:
    document: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def test_compose_runs_every_part_and_sets_only_what_exists() -> None:
    services = compose()["services"]
    assert {"api", "worker", "beat", "valkey"} <= set(services)
    known = {f"INIT_{name.upper()}" for name in Settings.model_fields} | {"REDIS_URL"}
    for name, service in services.items():
        environment = service.get("environment", {})
        assert isinstance(environment, dict)
        assert set(environment) <= known, name
        assert service.get("healthcheck") or name.startswith("beat"), f"{name} has no health check"


def test_compose_waits_for_what_was_accepted_before_it_kills() -> None:
    for name, service in compose()["services"].items():
        if name != "valkey":
            grace = str(service["stop_grace_period"]).removesuffix("s")
            assert float(grace) > float(Settings.model_fields["drain_seconds"].default) + SLACK_SECONDS, name


def test_compose_and_the_image_name_only_what_is_there() -> None:
    document = compose()
    for service in document["services"].values():
        mounts = service.get("volumes", [])
        assert isinstance(mounts, list)
        for mount in mounts:
            origin = str(mount).partition(":")[0]
            assert origin in document["volumes"] or (ROOT / origin).exists()
    for line in (ROOT / "Dockerfile.gpu").read_text().splitlines():
        if line.startswith("COPY") and "--from" not in line:
            for origin in line.split()[1:-1]:
                assert (ROOT / origin).exists(), line
