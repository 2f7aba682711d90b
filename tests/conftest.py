"""What holds for all tests."""

import os

from hypothesis import settings

from service import up

# A machine that stands still for a moment is no fault of the example that was being tried.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# What a test starts takes its port some seconds after it was found free, so each of several testers has its own.
_TESTERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_TESTER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
up.PORTS = up.PORTS[_TESTER::_TESTERS]
