"""What runs together and when, on a runner that tests hold up: no torch, no HTTP."""

import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.batcher import INTERACTIVE_TURNS, Batcher, Ran
from service.errors import ServiceError

PATIENCE = 60  # a bound against hanging, not a measure


class Runner:
    """Doubles numbers once it may; a payload of None cannot be run."""

    def __init__(self) -> None:
        self.batches: list[tuple[Hashable, list[int | None]]] = []
        self.open, self.entered = threading.Event(), threading.Semaphore(0)
        self._lock = threading.Lock()

    def __call__(self, key: Hashable, payloads: list[int | None]) -> list[int]:
        with self._lock:
            self.batches.append((key, list(payloads)))
        self.entered.release()
        assert self.open.wait(PATIENCE)
        return [2 * number if number is not None else fail() for number in payloads]

    def wait_until_entered(self) -> None:
        """Returns once it was called once more."""
        assert self.entered.acquire(timeout=PATIENCE)


def fail() -> int:
    raise ValueError("cannot be run")


@contextmanager
def made(runner: Runner, slots: int = 1, budget: int = 4, capacity: int = 1024) -> Iterator[Batcher[int | None, int]]:
    """A batcher over `runner`, closed at the end."""
    batcher = Batcher[int | None, int](runner, slots, budget, capacity)
    try:
        yield batcher
    finally:
        runner.open.set()
        batcher.close()


@contextmanager
def busy(runner: Runner, **options: int) -> Iterator[Batcher[int | None, int]]:
    """A batcher whose only slot is taken, so that what is submitted waits until `runner.open` is set."""
    with made(runner, **options) as batcher:
        batcher.submit("busy", 0)
        runner.wait_until_entered()
        runner.batches.clear()
        yield batcher


def value(future: Future[Ran[int]]) -> int:
    return future.result(PATIENCE).value


def test_an_idle_slot_runs_an_item_at_once_and_alone() -> None:
    runner = Runner()
    with made(runner) as batcher:
        future = batcher.submit("a", 1)
        runner.wait_until_entered()
        assert batcher.depth() == 0
        runner.open.set()
        assert value(future) == 2
        assert runner.batches == [("a", [1])]


def test_what_is_queued_runs_together_up_to_the_budget_and_only_with_its_like() -> None:
    runner = Runner()
    with busy(runner, budget=4) as batcher:
        futures = [batcher.submit(key, number, cost=2) for number, key in enumerate("aabaa", 1)]
        assert batcher.depth() == 5
        runner.open.set()
        assert [value(future) for future in futures] == [2, 4, 6, 8, 10]
        assert [future.result().together for future in futures] == [2, 2, 1, 2, 2]
    assert runner.batches == [("a", [1, 2]), ("b", [3]), ("a", [4, 5])]


def test_what_is_dearer_than_the_budget_runs_alone() -> None:
    runner = Runner()
    with busy(runner, budget=4) as batcher:
        futures = [batcher.submit("a", number, cost=9) for number in (1, 2)]
        runner.open.set()
        assert [value(future) for future in futures] == [2, 4]
    assert runner.batches == [("a", [1]), ("a", [2])]


def test_who_was_admitted_first_goes_first_however_late_in_the_queue() -> None:
    runner = Runner()
    with busy(runner, budget=1) as batcher:
        futures = [batcher.submit("a", number, place=place) for number, place in ((1, 7), (2, 3), (3, 7), (4, 5))]
        runner.open.set()
        assert [value(future) for future in futures] == [2, 4, 6, 8]
    assert runner.batches == [("a", [2]), ("a", [4]), ("a", [1]), ("a", [3])]


def test_one_that_fails_does_so_alone_and_the_log_has_what_it_held_up(caplog: pytest.LogCaptureFixture) -> None:
    runner = Runner()
    with busy(runner, budget=3) as batcher:
        good, bad, also = batcher.submit("a", 1), batcher.submit("a", None), batcher.submit("a", 3)
        runner.open.set()
        assert (value(good), value(also)) == (2, 6)
        with pytest.raises(ValueError, match="cannot be run"):
            bad.result(PATIENCE)
        assert value(batcher.submit("a", 5)) == 10, "the slot goes on"
    assert caplog.messages == ["3 that were run together failed (ValueError('cannot be run')), so each is run alone."]


def test_a_runner_that_returns_too_few_results_fails_them_all() -> None:
    batcher = Batcher[int, int](lambda key, payloads: [], budget=2)
    with pytest.raises(AssertionError, match="a result for each"):
        batcher.submit("a", 1).result(PATIENCE)
    batcher.close()


def test_what_is_abandoned_never_runs_and_leaves_the_queue_at_once() -> None:
    runner = Runner()
    with busy(runner) as batcher:
        gone, stays = batcher.submit("a", 1), batcher.submit("a", 2)
        assert gone.cancel()
        assert batcher.depth() == 1
        runner.open.set()
        assert value(stays) == 4
        with pytest.raises(CancelledError):
            gone.result(PATIENCE)
    assert runner.batches == [("a", [2])]


def test_what_is_past_its_deadline_never_runs() -> None:
    runner, now = Runner(), [0.0]
    batcher = Batcher[int | None, int](runner, clock=lambda: now[0])
    batcher.submit("busy", 0)
    runner.wait_until_entered()
    late, early = batcher.submit("a", 1, deadline=5.0), batcher.submit("a", 2, deadline=50.0)
    now[0] = 6.0
    runner.open.set()
    assert value(early) == 4
    with pytest.raises(ServiceError) as told:
        late.result(PATIENCE)
    assert told.value.problem.code == "deadline_exceeded"
    assert told.value.retry_after
    assert runner.batches == [("busy", [0]), ("a", [2])]
    batcher.close()


def test_the_time_waited_and_run_is_told() -> None:
    ticks = iter([10.0, 11.0, 13.0, 17.0])  # entered, deadline looked at, begun, done
    batcher = Batcher[int, int](lambda key, payloads: payloads, clock=lambda: next(ticks))
    assert batcher.submit("a", 1).result(PATIENCE) == Ran(1, queued=3.0, ran=4.0, together=1)
    batcher.close()


def test_when_it_is_full_further_ones_are_told_when_to_come_back() -> None:
    runner = Runner()
    with busy(runner, capacity=2) as batcher:
        first = batcher.submit("a", 1)
        batcher.submit("a", 2)
        with pytest.raises(ServiceError) as told:
            batcher.submit("a", 3)
        assert told.value.problem.code == "too_busy"
        assert told.value.retry_after
        first.cancel()
        batcher.submit("a", 3)


def test_bulk_waits_for_what_is_interactive_but_not_for_ever() -> None:
    runner = Runner()
    with busy(runner, budget=1) as batcher:
        futures = [batcher.submit("a", 1000 + number, bulk=True) for number in range(2)]
        futures += [batcher.submit("a", number) for number in range(2 * INTERACTIVE_TURNS)]
        runner.open.set()
        for future in futures:
            value(future)
    ran = [payloads[0] for _, payloads in runner.batches]
    first, second = list(range(INTERACTIVE_TURNS)), list(range(INTERACTIVE_TURNS, 2 * INTERACTIVE_TURNS))
    assert ran == [*first, 1000, *second, 1001]


def test_several_slots_run_at_the_same_time() -> None:
    runner = Runner()
    with made(runner, slots=2, budget=8) as batcher:
        for number in (1, 2):
            batcher.submit("a", number)
            runner.wait_until_entered()  # the second while the first still runs
        runner.open.set()
    assert sorted(runner.batches) == [("a", [1]), ("a", [2])]


def test_closing_answers_what_waits_and_refuses_what_comes() -> None:
    runner = Runner()
    with busy(runner) as batcher:
        waiting = batcher.submit("a", 1)
        closing = threading.Thread(target=batcher.close)
        closing.start()
        with pytest.raises(ServiceError, match="shutting down"):
            waiting.result(PATIENCE)
        with pytest.raises(ServiceError, match="shutting down"):
            batcher.submit("a", 2)
        runner.open.set()
        closing.join()
    assert runner.batches == []


@dataclass(frozen=True)
class Ask:
    """An item of the property test."""

    key: str
    cost: int
    place: int
    bulk: bool
    bad: bool
    abandoned: bool


asks = st.lists(
    st.builds(
        Ask,
        key=st.sampled_from("ab"),
        cost=st.integers(1, 5),
        place=st.integers(0, 9),
        bulk=st.booleans(),
        bad=st.booleans(),
        abandoned=st.booleans(),
    ),
    max_size=25,
)


@given(asks=asks, budget=st.integers(1, 8), slots=st.integers(1, 3))
def test_whatever_is_asked_each_gets_its_own_result_and_every_batch_is_in_order(
    asks: list[Ask], budget: int, slots: int
) -> None:
    batches: list[list[int]] = []
    gate, entered = threading.Event(), threading.Semaphore(0)

    def run(key: Hashable, payloads: list[int]) -> list[str]:
        if key == "busy":
            entered.release()
            assert gate.wait(PATIENCE)
            return [""] * len(payloads)
        assert {asks[index].key for index in payloads} == {key}
        batches.append(payloads)
        if any(asks[index].bad for index in payloads):
            raise ValueError("bad")
        return [f"result {index}" for index in payloads]

    batcher = Batcher[int, str](run, slots, budget)
    for _ in range(slots):
        batcher.submit("busy", -1)
        assert entered.acquire(timeout=PATIENCE)
    futures = [batcher.submit(ask.key, index, ask.cost, ask.place, ask.bulk) for index, ask in enumerate(asks)]
    for ask, future in zip(asks, futures, strict=True):
        assert not ask.abandoned or future.cancel()
    gate.set()
    for index, (ask, future) in enumerate(zip(asks, futures, strict=True)):
        if ask.abandoned:
            assert future.cancelled()
        elif ask.bad:
            assert isinstance(future.exception(PATIENCE), ValueError)
        else:
            assert future.result(PATIENCE).value == f"result {index}"
    batcher.close()
    ran = [index for batch in batches for index in batch]
    assert set(ran) == {index for index, ask in enumerate(asks) if not ask.abandoned}
    for batch in batches:
        assert len({asks[index].bulk for index in batch}) == 1
        assert sum(asks[index].cost for index in batch) <= budget or len(batch) == 1
        assert batch == sorted(batch, key=lambda index: asks[index].place)
