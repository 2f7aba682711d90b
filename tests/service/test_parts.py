"""What the parts of the service do before they import what they need."""

import os
import sys
from types import SimpleNamespace

import pytest

from service import __main__ as parts
from service.settings import Settings


@pytest.mark.parametrize(("asked", "found"), [(None, "passive"), ("active", "active")])
def test_what_torch_computes_with_waits_asleep_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, found: str
) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", asked or "")  # so that it is put back afterwards
    policies = []

    def note(*_: object) -> int:
        policies.append(os.environ.get("OMP_WAIT_POLICY"))
        return 0

    monkeypatch.setitem(sys.modules, "service.server", SimpleNamespace(serve=note))
    monkeypatch.setattr(parts, "_run_worker", note)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    monkeypatch.setenv("INIT_QUEUES", "evaluation")  # put back afterwards: the evaluator sets it
    for run in (parts.run_api, parts.run_worker, parts.run_evaluator):
        if asked is None:
            monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        run(Settings())
    assert policies == [found] * 3
