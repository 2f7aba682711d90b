"""What the parts of the service do before they import what they need."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from service import __main__ as parts
from service.settings import Settings

ASLEEP, KEPT = "OMP_WAIT_POLICY", "TORCHINDUCTOR_CACHE_DIR"


@pytest.mark.parametrize("asked", [None, {ASLEEP: "active", KEPT: "/elsewhere"}])
def test_torch_waits_asleep_and_keeps_what_it_compiles_with_the_data_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: dict[str, str] | None
) -> None:
    told = []

    def note(*_: object) -> int:
        told.append({name: os.environ.get(name) for name in (ASLEEP, KEPT)})
        return 0

    monkeypatch.setitem(sys.modules, "service.server", SimpleNamespace(serve=note))
    monkeypatch.setattr(parts, "_run_worker", note)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setenv("INIT_QUEUES", "evaluation")  # put back afterwards: the evaluator sets it
    for name in (ASLEEP, KEPT):
        monkeypatch.setenv(name, "")  # likewise
    for run in (parts.run_api, parts.run_worker, parts.run_evaluator):
        for name in (ASLEEP, KEPT):
            if asked:
                monkeypatch.setenv(name, asked[name])
            else:
                monkeypatch.delenv(name)
        run(Settings(data_dir=tmp_path, api_processes=1))  # beside a GPU there would be several
    assert told == [asked or {ASLEEP: "passive", KEPT: str(tmp_path / "compiled")}] * 3
