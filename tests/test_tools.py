"""What `make` does before anything of ours runs, without a network: each part on folders of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import ROOT, Problem, bootstrap, node

LOCK = "a==1 \\\n    --hash=sha256:00\nuv==2 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\nz==3 \\\n    --hash=a\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, and a uv that only notes that it was called."""
    environment = tmp_path / ".venv"
    for name, path in {
        "ROOT": tmp_path,
        "ENVIRONMENT": environment,
        "PYTHON": environment / "bin" / "python",
        "UNFINISHED": environment / ".unfinished",
    }.items():
        monkeypatch.setattr(bootstrap, name, path)
    uv = executable(tmp_path / "uv", f"echo called >> {tmp_path}/calls")
    monkeypatch.setattr(bootstrap, "install_uv", lambda lock: uv)
    (tmp_path / "requirements.lock").write_text(LOCK)
    return tmp_path


def executable(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def calls(checkout: Path) -> int:
    return len((checkout / "calls").read_text().splitlines())


def test_a_second_run_installs_nothing_and_a_changed_lock_does(checkout: Path) -> None:
    for _ in range(2):
        bootstrap.prepare("requirements.lock", page=False)
    assert calls(checkout) == 1
    (checkout / "requirements.lock").write_text(LOCK + "more==1 \\\n    --hash=sha256:33\n")
    bootstrap.prepare("requirements.lock", page=False)
    assert calls(checkout) == 2


def test_an_interrupted_environment_is_made_afresh(checkout: Path) -> None:
    bootstrap.create_environment()
    (checkout / ".venv" / ".unfinished").touch()
    (checkout / ".venv" / "half a package").touch()
    bootstrap.prepare("requirements.lock", page=False)
    assert not (checkout / ".venv" / "half a package").exists()
    assert not (checkout / ".venv" / ".unfinished").exists()


def test_an_environment_of_a_python_that_is_gone_is_made_afresh(checkout: Path) -> None:
    bootstrap.prepare("requirements.lock", page=False)
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout / "gone")
    bootstrap.prepare("requirements.lock", page=False)
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0
    assert calls(checkout) == 2


def test_a_failed_installation_is_one_sentence_and_is_done_again(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = executable(checkout / "uv", "exit 2")
    assert bootstrap.main(["--no-page"]) == 1
    assert "check the network" in capsys.readouterr().err
    executable(uv, f"echo called >> {checkout}/calls")
    assert bootstrap.main(["--no-page"]) == 0
    assert calls(checkout) == 1


def test_uv_is_installed_by_the_hashes_of_the_lock() -> None:
    assert bootstrap.block_of("uv", LOCK) == "uv==2 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\n"
    assert bootstrap.block_of("uv", (ROOT / "requirements.lock").read_text()).count("--hash=sha256:") > 1


def test_a_python_without_pip_is_told_what_to_install(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    executable(checkout / ".venv" / "bin" / "python", "exit 1")  # has no ensurepip either
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Problem, match=r"has no pip: install it .*python3-pip"):
        bootstrap.pip()


@pytest.mark.parametrize(
    ("version", "enough"),
    [("v18.20.4", False), ("v20.18.0", False), ("v20.19.0", True), ("v21.7.3", False), ("v22.12.0", True), ("", False)],
)
def test_a_node_is_used_only_if_it_can_build_the_page(tmp_path: Path, version: str, enough: bool) -> None:
    assert node.new_enough(str(executable(tmp_path / "node", f"echo {version}"))) is enough


def test_where_there_is_no_node_the_packaged_one_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    executable(tmp_path / "node", "echo v12.0.0")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(node, "new_enough", lambda found: False)
    environment = node.node_environment()
    answer = subprocess.run(["npm", "--version"], env=environment, capture_output=True, text=True, check=False)
    assert answer.stdout[0].isdigit(), answer.stderr
    version = subprocess.run(["node", "--version"], env=environment, capture_output=True, text=True, check=False)
    assert version.stdout.startswith("v2")


def test_make_without_a_new_enough_python_says_so() -> None:
    ended = subprocess.run(["make", "run", "PYTHON="], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "needs Python 3.11 or newer" in ended.stderr


def test_the_bootstrap_needs_the_standard_library_only() -> None:
    code = "import tools.bootstrap, tools.node"
    assert subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=False).returncode == 0
