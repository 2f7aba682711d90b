"""API keys as rows, and the command that makes them."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.access import command
from service.access.keys import Caller, Keys
from service.access.ledger import Ledger
from service.access.limits import Limits
from service.access.ring import Grant
from service.errors import ServiceError
from service.jobs.database import Database
from service.settings import Settings
from tests.service.test_store import Clock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an empty folder."""
    return Settings.model_validate({"data_dir": tmp_path})


def test_a_key_s_secret_is_shown_once_and_is_nowhere(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["create", "ada's phone", "--scope", "translate", "--quota", "5"], settings) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("init_")
    _, id, random = secret.split("_", 2)  # which may have more of them
    assert all(random.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert command.main(["list"], settings) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert (line.split()[0], "translate" in line, " 5 " in line) == (id, True, True)
    assert header.rstrip().endswith("revoked")
    assert times(line, id) == 1  # made, and not yet revoked
    assert command.main(["revoke", id], settings) == 0
    assert command.main(["list"], settings) == 0
    assert times(capsys.readouterr().out.splitlines()[-1], id) == 2
    with closing(Database(settings.database)) as database:
        assert Keys(database).valid() == []


def times(line: str, id: str) -> int:
    """How many there are in a line of the table; by their years."""
    return line.replace(id, "").count("202")


def test_what_was_done_to_keys_is_in_the_audit_log(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["create", "phone", "--scope", "jobs"], settings)
    id = capsys.readouterr().out.split("_")[1]
    for _ in range(2):
        command.main(["revoke", id], settings)
    with sqlite3.connect(settings.data_dir / "studio.db") as connection:
        found = connection.execute("SELECT what, subject, data FROM deeds ORDER BY id").fetchall()
    connection.close()
    assert found == [("create_key", f"phone ({id})", '{"scopes": ["jobs"]}'), ("revoke_key", f"phone ({id})", "{}")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["create", "x"], "--scope"),
        (["create", "x", "--scope", "everything"], "everything"),
        (["create", "", "--scope", "jobs"], "1 to 100"),
        (["create", "x", "--scope", "jobs", "--per-minute", "0"], "at least 1"),
        (["create", "x", "--scope", "jobs", "--quota", "-1"], "-1"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(
    settings: Settings, capsys: pytest.CaptureFixture[str], line: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(line, settings)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
    assert not (settings.data_dir / "studio.db").exists()


def test_a_key_that_there_is_not_cannot_be_revoked(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["revoke", "00000000"], settings) == 1
    assert "keys list" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["up", "api", "worker"])
def test_it_does_not_start_without_keys_where_others_can_reach_it(part: str, tmp_path: Path) -> None:
    environment = {"INIT_KEYS": "off", "INIT_HOST": "0.0.0.0", "INIT_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run([sys.executable, "-m", "service", part], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "INIT_KEYS=off" in done.stderr
    assert "INIT_HOST=127.0.0.1" in done.stderr
    assert not (tmp_path / "data").exists()


def grant(per_minute: int = 60, at_once: int = 2, quota: int = 0) -> Grant:
    """A key's."""
    return Grant(Caller("a1", "tester (a1)", frozenset({"jobs"}), quota), "", per_minute, at_once)


def test_a_bucket_fills_again_as_time_goes_by_and_no_further() -> None:
    now = 1000.0
    limits, key = Limits(lambda: now), grant(per_minute=6, at_once=9)
    for _ in range(6):
        limits.enter(key)
        limits.leave(key)
    with pytest.raises(ServiceError, match="again after 10 s") as refused:
        limits.enter(key)
    assert refused.value.retry_after == 10
    now += 10
    limits.enter(key)
    with pytest.raises(ServiceError):
        limits.enter(key)
    now += 3600
    for _ in range(6):
        limits.leave(key)
        limits.enter(key)
    with pytest.raises(ServiceError):
        limits.enter(key)


def test_photos_are_counted_by_day_over_processes_and_what_could_not_be_put_down_is_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    clock.now = datetime(2026, 1, 1, 23, 0, tzinfo=UTC)
    caller = grant(quota=3).caller
    one, other = Ledger(database, clock), Ledger(database, clock)
    one.note(caller)
    other.charge(caller, 1)
    with monkeypatch.context() as broken:
        broken.setattr(database, "write", None)
        with pytest.raises(TypeError):
            one.sync()
    one.sync()
    one.note(caller)
    with pytest.raises(ServiceError) as refused:
        one.note(caller)
    assert refused.value.retry_after == 3601
    one.sync()
    with pytest.raises(ServiceError):
        other.charge(caller, 1)
    assert other.today() == {"a1": 3}
    clock.forward(3600)
    one.note(caller)
    other.charge(caller, 3)
    assert other.today() == {"a1": 3}
