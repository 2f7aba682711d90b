"""What the service counts, in the form that Prometheus reads. `GET /metrics` answers with it.

No label comes from a client: what a caller wrote where a domain, a route or a method is expected is counted as "other",
so that nobody can make the series grow.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from service.errors import PROBLEMS
from service.noticeboard import Noticeboard

MEDIA_TYPE = CONTENT_TYPE_LATEST
OTHER = "other"
STAGES = ("queue", "decode", "find", "forward", "paste", "encode")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
_PUT_UP_SECONDS = 1.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counts of one service, in a registry of their own. All methods may be called from any thread.

    A domain is known once `served` has named it; releases are named as in the header X-Release, name@digest.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._domains: set[str] = set()
        self._board: Noticeboard | None = None
        self._telling, self._told, self._told_at = threading.Lock(), b"", -_PUT_UP_SECONDS
        self._stages = Histogram(
            "init_stage_seconds", "Spent on one photo, by stage.", ("domain", "release", "stage"),
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._batches = Histogram(
            "init_batch_size", "Photos in one run of a model.", ("domain", "release"), buckets=_SIZES, registry=registry
        )
        self._rejected = Counter(
            "init_rejections", "Requests refused, by the error's code.", ("domain", "reason"), registry=registry
        )
        self._requests = Histogram(
            "init_request_seconds", "From a request's first byte to its answer's last.", ("method", "route", "status"),
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._serving = Gauge(
            "init_serving", "1 for the release and the runtime that serve a domain.", ("domain", "release", "runtime"),
            registry=registry,
        )  # fmt: skip
        labels = ("domain", "release", "metric")
        self._scores = Gauge("init_score", "The last evaluation of a release that serves.", labels, registry=registry)
        self._dropped = Gauge(
            "init_score_dropped", "1 where that is worse than before by more than chance.", labels, registry=registry
        )
        self._depth = Gauge("init_queue_depth", "Photos that wait for a model.", registry=registry)
        self._in_flight = Gauge("init_in_flight", "Requests that are being answered.", registry=registry)
        ProcessCollector(registry=registry)

    def known(self, domain: str) -> str:
        """`domain` if it has ever been served, else "other"."""
        return domain if domain in self._domains else OTHER

    def stage(self, domain: str, release: str, stage: str, seconds: float) -> None:
        """One photo has been through a stage, one of STAGES."""
        assert stage in STAGES, stage
        self._stages.labels(domain, release, stage).observe(seconds)

    def batch(self, domain: str, release: str, size: int) -> None:
        """A model has run on `size` photos at once."""
        self._batches.labels(domain, release).observe(size)

    def rejected(self, domain: str, reason: str) -> None:
        """A request was refused with the error code `reason`; a domain that is not served counts as "other"."""
        self._rejected.labels(self.known(domain), reason if reason in PROBLEMS else OTHER).inc()

    def request(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template that matched ("/v1/{domain}/translate"), if one did."""
        self._requests.labels(method if method in _METHODS else OTHER, route or OTHER, str(status)).observe(seconds)

    def served(self, domain: str, release: str, runtime: str) -> None:
        """From now on `release` serves `domain`, on `runtime`, in place of what served it before."""
        self._domains.add(domain)
        self._serving.remove_by_labels({"domain": domain})
        self._serving.labels(domain, release, runtime).set(1)

    def closed(self, domain: str, release: str) -> None:
        """`release` is no longer loaded: its series go, so that many promotions do not add up."""
        for metric in (self._stages, self._batches, self._serving, self._scores, self._dropped):
            metric.remove_by_labels({"domain": domain, "release": release})

    def scored(self, domain: str, release: str, metrics: Mapping[str, float], dropped: Collection[str]) -> None:
        """The last evaluation of `release`, which serves `domain`, found these; of them these have dropped."""
        for gauge in (self._scores, self._dropped):
            gauge.remove_by_labels({"domain": domain})
        for metric, value in metrics.items():
            self._scores.labels(domain, release, metric).set(value)
            self._dropped.labels(domain, release, metric).set(metric in dropped)

    def queue_depth(self, read: Callable[[], int]) -> None:
        """`read` says how many photos wait for a model."""
        self._depth.set_function(read)

    def in_flight(self, read: Callable[[], int]) -> None:
        """`read` says how many requests are being answered."""
        self._in_flight.set_function(read)

    def share(self, board: Noticeboard) -> None:
        """From now on `text` is of all processes that use the board, as they were a second ago or two."""
        self._board = board
        threading.Thread(target=self._put_up, args=(board,), daemon=True).start()

    def _put_up(self, board: Noticeboard) -> None:
        while True:
            with suppress(OSError):  # the board goes when the service ends
                board.put(generate_latest(self._registry))
            time.sleep(_PUT_UP_SECONDS)

    def text(self) -> bytes:
        """All of it, of the media type MEDIA_TYPE."""
        if self._board is None:
            return generate_latest(self._registry)
        with self._telling:  # however many ask, it is put together once in the time for which it is good
            if time.monotonic() > self._told_at + _PUT_UP_SECONDS:
                self._told, self._told_at = self._board.merged(generate_latest(self._registry)), time.monotonic()
            return self._told
