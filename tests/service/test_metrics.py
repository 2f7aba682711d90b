"""What is counted, and that no caller can make the series grow."""

from prometheus_client.parser import text_string_to_metric_families

from service.metrics import Metrics

RELEASE, NEXT = "mine@0123456789ab", "next@ba9876543210"


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The values of the samples of this name, by their labels' values in alphabetical order of the labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(value for _, value in sorted(sample.labels.items())): sample.value for sample in found}


def test_stages_are_summed_by_domain_and_release() -> None:
    metrics = Metrics()
    metrics.stage("faces", RELEASE, "forward", 0.25)
    metrics.stage("faces", RELEASE, "forward", 0.5)
    metrics.stage("seasons", RELEASE, "forward", 4)
    assert samples(metrics, "init_stage_seconds_sum") == {
        ("faces", RELEASE, "forward"): 0.75,
        ("seasons", RELEASE, "forward"): 4,
    }


def test_one_release_serves_a_domain_at_a_time() -> None:
    metrics = Metrics()
    metrics.served("faces", RELEASE, "openvino-int8")
    metrics.served("seasons", RELEASE, "torch-cpu-fp32")
    metrics.served("faces", NEXT, "torch-cpu-fp32")
    assert samples(metrics, "init_serving") == {
        ("faces", NEXT, "torch-cpu-fp32"): 1,
        ("seasons", RELEASE, "torch-cpu-fp32"): 1,
    }


def test_the_series_of_a_closed_release_go() -> None:
    metrics = Metrics()
    for release in (RELEASE, NEXT):
        metrics.served("faces", release, "openvino-int8")
        metrics.stage("faces", release, "queue", 0.1)
        metrics.batch("faces", release, 3)
    metrics.closed("faces", RELEASE)
    assert set(samples(metrics, "init_stage_seconds_count")) == {("faces", NEXT, "queue")}
    assert set(samples(metrics, "init_batch_size_sum")) == {("faces", NEXT)}


def test_names_that_a_client_made_up_share_one_series() -> None:
    metrics = Metrics()
    metrics.served("faces", RELEASE, "openvino-int8")
    for made_up in ("cats", "dogs", "x" * 1000):
        metrics.rejected(made_up, "too_busy")
        metrics.request(made_up, None, 404, 0.01)
    metrics.rejected("faces", "too_busy")
    assert samples(metrics, "init_rejections_total") == {("other", "too_busy"): 3, ("faces", "too_busy"): 1}
    assert samples(metrics, "init_request_seconds_count") == {("other", "other", "404"): 3}


def test_gauges_are_read_when_they_are_asked_for() -> None:
    metrics, waiting = Metrics(), list[str]()
    metrics.queue_depth(lambda: len(waiting))
    metrics.in_flight(lambda: 2)
    waiting.append("a photo")
    assert samples(metrics, "init_queue_depth") == {(): 1}
    assert samples(metrics, "init_in_flight") == {(): 2}
    assert samples(metrics, "process_resident_memory_bytes")[()] > 0


def test_two_services_in_a_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.rejected("faces", "too_busy")
    assert samples(other, "init_rejections_total") == {}
