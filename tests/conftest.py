"""What holds for all tests."""

from hypothesis import settings

# A machine that stands still for a moment is no fault of the example that was being tried.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
