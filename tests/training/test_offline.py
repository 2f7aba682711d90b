"""OpenVINO and NNCF report nothing to anybody."""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
import socket
socket.socket.connect = lambda *_: print("connected")
from training import offline
import nncf
import torch
from training.compiled import trace
trace(torch.nn.Conv2d(3, 3, 1), (torch.zeros(1, 3, 8, 8),))
assert sys.modules["openvino_telemetry"] is None
"""


def test_openvino_and_nncf_leave_no_trace_and_open_no_connection(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    assert "connected" not in done.stdout
    assert not (tmp_path / "intel").exists()  # where they keep an identifier of the user


def test_openvino_is_imported_in_no_other_way() -> None:
    for path in (file for folder in ("training", "service", "tools") for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            outside = [name for name in names if name.partition(".")[0] == "openvino"]
            assert not outside or path.name == "offline.py", f"{path} imports {outside[0]}; see training/offline.py"


TWO_AT_ONCE = """
import sys, threading
from training.offline import openvino as ov
sys.setswitchinterval(1e-6)  # each is held up in the middle of what it does first
together = threading.Barrier(2)
def first():
    together.wait()
    ov.Type.f32.to_dtype()
threads = [threading.Thread(target=first) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_two_threads_that_first_use_openvino_do_not_lock_up_the_process() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", TWO_AT_ONCE], cwd=ROOT, check=True, timeout=60)
