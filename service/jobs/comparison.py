"""When a score is worse than another: beyond what their intervals leave to chance."""

import math
from collections.abc import Mapping, Sequence

GREATER_IS_BETTER = {"accuracy": True, "preservation": True, "frechet_resnet18": False}

Metric = Mapping[str, float]
"""value, low and high."""


def is_worse(name: str, now: Metric, then: Metric) -> bool:
    """Whether a metric is worse now: the 95 % interval of the difference lies wholly on the wrong side of 0.

    The interval is made of those of the two (Zou and Donner 2008): of a - b, whose lower limits are l and upper ones u,
    the lower limit is a - b - √((a - l_a)² + (u_b - b)²). It takes them as independent. They are of the same photos, so
    the difference is surer than that, and it is rather too seldom than too often that it is called worse.
    """
    higher, lower = (then, now) if GREATER_IS_BETTER[name] else (now, then)
    chance = math.hypot(higher["value"] - higher["low"], lower["high"] - lower["value"])
    return higher["value"] - lower["value"] > chance


def worse(now: Mapping[str, Metric], then: Mapping[str, Metric]) -> Sequence[str]:
    """The metrics that are worse, of those that both have."""
    return [
        name for name in GREATER_IS_BETTER if name in now and name in then and is_worse(name, now[name], then[name])
    ]


def told(metric: Metric) -> str:
    """A metric for people."""
    return f"{metric['value']:.4g} [{metric['low']:.4g}, {metric['high']:.4g}]"
