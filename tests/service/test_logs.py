"""One line a request, each with its id, in JSON or for people; what was sent is in none."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from service import logs
from tests.service import photos
from tests.service.running import wait_for
from tests.service.serving import Served
from tests.service.test_jobs import work


class Log(io.StringIO):
    """Where a log is written to; a terminal if a test says so."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal

    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON."""
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def requests(self, count: int) -> list[dict[str, Any]]:
        """Those that tell of a request, once there are so many: a request is told of right after it is answered."""
        wait_for(lambda: len(self._requests()) >= count, 60)
        return self._requests()

    def _requests(self) -> list[dict[str, Any]]:
        whole = self.getvalue().rpartition("\n")[0]
        return [line for line in map(json.loads, whole.splitlines()) if line["logger"] == logs.ACCESS]


@pytest.fixture
def log() -> Iterator[Log]:
    """A log, to be set up; afterwards all is as it was."""
    root, access, show = logging.getLogger(), logging.getLogger(logs.ACCESS), warnings.showwarning
    before = root.handlers, root.level, access.level
    yield Log()
    logging.captureWarnings(False)
    warnings.showwarning = show
    logs.request_id.set("")
    root.handlers, root.level, access.level = before


@pytest.fixture
def logged(served: Served, log: Log) -> tuple[Served, Log]:
    """A service, and its log in JSON."""
    logs.configure("json", log)
    return served, log


def test_an_edit_is_one_line_that_says_what_it_took(logged: tuple[Served, Log]) -> None:
    served, log = logged
    files = {"image": ("ada-at-home.jpg", photos.jpeg())}
    answer = served.client.post("/v1/faces/translate", files=files, data={"attributes": '{"Smiling": true}'})
    (line,) = log.requests(1)
    assert (line["level"], line["method"], line["route"], line["status"]) == (
        "INFO",
        "POST",
        "/v1/{domain}/translate",
        200,
    )
    assert (line["domain"], line["release"]) == ("faces", answer.headers["X-Release"])
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["bytes_in"] == int(answer.request.headers["Content-Length"])
    assert line["bytes_out"] == len(answer.content)
    assert {"decode", "queue", "forward", "encode"} <= set(line["stages"])
    assert line["ms"] >= sum(line["stages"].values()) - 1
    assert line["time"].endswith("Z")
    assert "ada-at-home" not in log.getvalue()


def test_a_refusal_is_a_line_with_its_code(logged: tuple[Served, Log]) -> None:
    served, log = logged
    answer = served.client.post("/v1/faces/translate", files={"image": b"no photo"}, data={"attributes": "{}"})
    (line,) = log.requests(1)
    assert (line["status"], line["error"]) == (answer.status_code, answer.json()["error"]["code"])


def test_nothing_that_a_caller_made_up_is_in_the_log(logged: tuple[Served, Log]) -> None:
    served, log = logged
    served.client.get("/v1/made-up-address?made-up=query")
    served.client.post("/v1/made-up-domain/attributes", files={"image": ("made-up.jpg", photos.jpeg())})
    assert [(line["route"], line["status"]) for line in log.requests(2)] == [
        (None, 404),
        ("/v1/{domain}/attributes", 404),
    ]
    assert "made-up" not in log.getvalue()


def test_a_job_leaves_nothing_of_its_photos_in_the_log(logged: tuple[Served, Log]) -> None:
    served, log = logged
    files = [("images", ("ada-at-home.jpg", photos.jpeg()))]
    answer = served.client.post("/v1/jobs/translations", files=files, data={"attributes": '{"Eyeglasses": true}'})
    work(served, answer.json()["id"])
    for path in ("", "/items", "/events", "/result"):
        assert served.client.get(answer.headers["Location"] + path).status_code == 200
    assert served.client.delete(answer.headers["Location"]).status_code == 204
    assert len(log.requests(6)) == 6
    assert "ada-at-home" not in log.getvalue()
    assert "Eyeglasses" not in log.getvalue()


def test_a_fault_is_logged_with_the_id_that_the_caller_was_told(logged: tuple[Served, Log]) -> None:
    served, log = logged
    served.model.predict = None  # type: ignore[assignment,method-assign]  # what follows is a TypeError inside
    answer = served.client.post(
        "/v1/faces/translate", files={"image": photos.jpeg()}, data={"attributes": '{"Smiling": true}'}
    )
    (fault,) = [line for line in log.lines() if "exc_info" in line]
    assert (fault["level"], fault["request_id"]) == ("ERROR", answer.json()["error"]["request_id"])
    assert log.requests(1)[-1]["request_id"] == fault["request_id"]


def test_people_are_not_told_of_every_probe(served: Served, log: Log) -> None:
    forms: dict[logs.Form, bool] = {"text": False, "json": True}
    for form, told in forms.items():
        log.seek(0)
        log.truncate()
        logs.configure(form, log)
        served.client.get("/health/live")
        served.client.get("/v1/domains")
        # A request is told of once it is answered, those of one connection one after another.
        wait_for(lambda: "/v1/domains" in log.getvalue(), 60)
        assert ("/health/live" in log.getvalue()) is told


@pytest.mark.parametrize("terminal", [True, False])
def test_auto_is_text_on_a_terminal_and_json_elsewhere(log: Log, terminal: bool) -> None:
    log.terminal = terminal
    logs.configure("auto", log)
    logging.getLogger("service.any").warning("Something is odd")
    assert "Something is odd" in log.getvalue()
    assert log.getvalue().startswith("{") is not terminal


def test_a_line_of_text_ends_with_its_request_and_a_traceback_follows(log: Log) -> None:
    logs.configure("text", log)
    logs.request_id.set("a-request")
    try:
        raise ValueError("deep inside")
    except ValueError as error:
        logging.getLogger("service.any").error("It failed", exc_info=error)
    first, *rest = log.getvalue().splitlines()
    assert first.endswith("ERROR service.any: It failed [a-request]")
    assert rest[-1] == "ValueError: deep inside"


def test_of_several_processes_each_line_says_whose_it_is(log: Log) -> None:
    forms: tuple[logs.Form, ...] = ("text", "json")
    for form in forms:
        logs.configure(form, log, "api 2")
        logging.getLogger("service.any").warning("Something is odd")
    text, line = log.getvalue().splitlines()
    assert " api 2 WARNING service.any: Something is odd" in text
    assert json.loads(line)["process"] == "api 2"
