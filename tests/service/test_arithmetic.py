"""Threads that work on photos compute without helpers, a network that torch runs on a CPU with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own, in which nobody else has said with how many threads torch computes.
WATCH = """
import math
from types import SimpleNamespace
import torch
from service.engine.admission import Request
from service.engine.loaded import Loaded
from service.engine.runtimes.torch import TorchRuntime
from service.engine.stages import make_codec
from service.metrics import Metrics

def predict(images):
    return torch.tensor([[float(torch.get_num_threads())]])

release = SimpleNamespace(domain=SimpleNamespace(name="faces"), name="one", digest="0" * 64)
translator = SimpleNamespace(release=release, multiple=4, predict=predict)
calls = SimpleNamespace(predict=predict, gather=torch.cat, close=lambda: None)
compiled = SimpleNamespace(release=release, name="openvino-int8", concurrency=1, **vars(calls))
request = Request(place=0, bulk=False, deadline=math.inf)

codec = make_codec(2, 8)
print(codec.submit("photo", torch.get_num_threads).result(60).value)
codec.close()
for runtime in (compiled, TorchRuntime(translator)):
    loaded = Loaded(runtime, 1, Metrics())
    print(int(loaded.predict(request, torch.zeros(1, 8, 8, 3, dtype=torch.uint8)).result(60).value))
    loaded.close()
print(torch.get_num_threads())
"""


def test_photos_are_worked_on_without_helpers_and_torch_s_networks_with_them() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", WATCH]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    codec, compiled, network, main = (int(number) for number in run.stdout.split())
    if main == 1:
        pytest.skip("on one core torch has no helpers")
    assert (codec, compiled, network) == (1, 1, main)


CV2 = """
import sys
import cv2
from service.engine.engine import Engine
from service.settings import Settings

cv2.setNumThreads(2)
engine = Engine(Settings(releases_dir=sys.argv[1]))
engine.load_tools()
print(cv2.getNumThreads())
engine.close()
"""


def test_what_pastes_edits_has_no_helpers_either(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CV2, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout.split() == ["1"]
