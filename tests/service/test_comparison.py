"""When a score is worse, on cases that are worked by hand."""

import pytest

from service.jobs.comparison import is_worse, told, worse


def metric(value: float, low: float, high: float) -> dict[str, float]:
    """A metric as evaluations write it."""
    return {"value": value, "low": low, "high": high}


# Of 0.80 and 0.75 with 0.03 and 0.04 between each and the end that faces the other: √(0.03² + 0.04²) = 0.05.
BEFORE, SAME, LESS = metric(0.80, 0.77, 0.99), metric(0.7501, 0.1, 0.7901), metric(0.7499, 0.1, 0.7899)


def test_a_share_is_worse_where_the_difference_is_beyond_chance() -> None:
    assert not is_worse("accuracy", SAME, BEFORE)  # 0.0499 < 0.05
    assert is_worse("accuracy", LESS, BEFORE)  # 0.0501 > 0.05
    assert not is_worse("accuracy", BEFORE, LESS), "it is better"


def test_only_the_ends_that_face_each_other_count() -> None:
    assert is_worse("accuracy", LESS, metric(0.80, 0.77, 0.80))
    assert is_worse("accuracy", metric(0.7499, 0.7499, 0.7899), BEFORE)


def test_a_distance_is_worse_where_it_is_greater() -> None:
    small, great = metric(1.0, 0.0, 1.3), metric(1.51, 1.11, 9.0)  # √(0.4² + 0.3²) = 0.5
    assert is_worse("frechet_resnet18", great, small)
    assert not is_worse("frechet_resnet18", metric(1.49, 1.09, 9.0), small)
    assert not is_worse("frechet_resnet18", small, great)


@pytest.mark.parametrize("name", ["accuracy", "preservation", "frechet_resnet18"])
def test_the_same_is_never_worse_even_if_it_is_exact(name: str) -> None:
    assert not is_worse(name, metric(0.5, 0.5, 0.5), metric(0.5, 0.5, 0.5))


def test_metrics_are_compared_that_both_have() -> None:
    then = {"accuracy": BEFORE, "preservation": BEFORE}
    assert worse({"accuracy": LESS, "frechet_resnet18": LESS}, then) == ["accuracy"]
    assert worse({"accuracy": LESS, "preservation": LESS}, then) == ["accuracy", "preservation"]
    assert told(metric(0.71234, 0.68, 0.74)) == "0.7123 [0.68, 0.74]"
