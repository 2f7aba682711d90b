"""The audit log: what is written down can be read again, newest first, a part at a time."""

from service.jobs.database import Database
from service.jobs.deeds import LOCAL, newest, record


def test_deeds_are_read_again_the_newest_first_and_in_parts(database: Database) -> None:
    for number in range(3):
        record(database, LOCAL, "promote", "faces", f"mine@{number}", "It is better.", {"number": number})
    record(database, LOCAL, "promote", "seasons", "theirs@0")
    record(database, LOCAL, "revoke", "faces", "a key")
    found = newest(database, 2, None, ["promote", "rollback"], "faces")
    assert [(deed.subject, deed.data) for deed in found] == [("mine@2", {"number": 2}), ("mine@1", {"number": 1})]
    assert [deed.subject for deed in newest(database, 2, found[-1].id, ["promote"], "faces")] == ["mine@0"]
