"""What a job is made of: zips that are meant to do harm, folders that may not be read, tables with mistakes."""

import io
import json
import os
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from service.errors import ServiceError
from service.jobs.files import Folder, result_name, result_names
from service.jobs.intake import (
    Limits,
    from_folder,
    from_uploads,
    from_zip,
    read_targets,
    with_names_of_their_own,
    with_targets,
)
from service.jobs.wanted import Upload

LIMITS = Limits(photos=4, photo_bytes=1000, all_bytes=2500)
NAMES = ("Smiling", "Eyeglasses")


class Kept:
    """What was stored, by key."""

    def __init__(self) -> None:
        self.photos: list[bytes] = []

    def __call__(self, file: object) -> str:
        assert hasattr(file, "read")
        self.photos.append(file.read())
        return str(len(self.photos) - 1)


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> io.BytesIO:
    """A zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    file.seek(0)
    return file


def unpack(file: io.BytesIO, limits: Limits = LIMITS) -> list[Upload]:
    """Its photos."""
    return list(from_zip(file, Kept(), limits))


def test_photos_come_out_of_a_zip_by_their_names_and_one_that_is_too_large_fails_alone() -> None:
    kept = Kept()
    file = zipped(("a/b.jpg", b"one"), ("a/", b""), ("__MACOSX/a/._b.jpg", b"x"), ("c.png", b"2" * 1001))
    uploads = list(from_zip(file, kept, LIMITS))
    assert [(upload.filename, upload.source) for upload in uploads] == [("a/b.jpg", "0"), ("c.png", None)]
    assert "larger than" in str(uploads[1].error)
    assert kept.photos == [b"one"]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "a/../../b.jpg", "..\\a.jpg", "C:\\a.jpg", "\\a.jpg"])
def test_a_zip_that_leads_out_of_itself_is_refused(name: str) -> None:
    file = zipped(("ok.jpg", b"one"), (name, b"two"))
    with pytest.raises(ServiceError, match="outside of itself"):
        unpack(file)


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_is() -> None:
    with pytest.raises(ServiceError, match="200 times"):
        unpack(zipped(("a.jpg", bytes(900_000)), compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(ServiceError, match="more than"):
        unpack(zipped(*[(f"{i}.jpg", os.urandom(900)) for i in range(3)]))
    # One that says that it is small: no more is read of it than that, and then its checksum is wrong.
    file = zipped(("a.jpg", bytes(range(256)) * 40), compression=zipfile.ZIP_DEFLATED)
    data = file.getvalue().replace(struct.pack("<L", 10240), struct.pack("<L", 500))
    with pytest.raises(ServiceError, match=r"damaged|200 times"):
        unpack(io.BytesIO(data))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_more_than_it_is_asked_for_is_refused_before_it_does(compression: int) -> None:
    with pytest.raises(ServiceError, match="deflate"):
        unpack(zipped(("a.jpg", os.urandom(900)), compression=compression))


def test_a_zip_in_a_zip_or_under_a_password_is_refused() -> None:
    with pytest.raises(ServiceError, match="an archive in the zip"):
        unpack(zipped(("inner.zip", zipped(("a.jpg", b"one")).getvalue())))
    data = bytearray(zipped(("a.jpg", b"one")).getvalue())
    data[6] |= 1  # the flag, in the member's own head and in the directory
    data[data.rindex(b"PK\1\2") + 8] |= 1
    with pytest.raises(ServiceError, match="without a password"):
        unpack(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("cut", [0, 1, 10, 40, 60])
def test_a_zip_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ServiceError, match=r"not a zip|damaged"):
        unpack(io.BytesIO(zipped(("a.jpg", b"one" * 20)).getvalue()[:cut]))


def test_of_a_zip_with_a_damaged_photo_nothing_is_taken() -> None:
    data = zipped(("a.jpg", b"one" * 20)).getvalue().replace(b"oneone", b"onetwo", 1)
    with pytest.raises(ServiceError, match="damaged"):
        unpack(io.BytesIO(data))


def test_no_more_photos_than_a_job_may_have() -> None:
    with pytest.raises(ServiceError, match="at most 4"):
        unpack(zipped(*[(f"{i}.jpg", b"x") for i in range(5)]))
    with pytest.raises(ServiceError, match="at most 4"):
        list(from_uploads([("a", 1, io.BytesIO())] * 5, Kept(), LIMITS))


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    """One allowed folder with photos, and one beside it that is not."""
    for name in ("in/b/two.PNG", "in/one.jpg", "in/notes.txt", "secret/key.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return [tmp_path / "in"]


def test_photos_of_a_folder_are_found_in_order(roots: list[Path]) -> None:
    folder = Folder(str(roots[0]), roots)
    assert [upload.filename for upload in from_folder(folder, LIMITS)] == ["one.jpg", "b/two.PNG"]
    assert folder.read("b/two.PNG", 100) == b"in/b/two.PNG"
    with pytest.raises(ServiceError, match="larger than"):
        folder.read("b/two.PNG", 5)


@pytest.mark.parametrize("path", ["{}/../secret", "{}/link", "/", "{}x", "in", "{}/\0", "{}/../secret/../in/../secret"])
def test_a_folder_that_is_not_allowed_is_refused(roots: list[Path], path: str) -> None:
    (roots[0] / "link").symlink_to(roots[0].parent / "secret")
    with pytest.raises(ServiceError) as told:
        Folder(path.format(roots[0]), roots)
    assert told.value.problem.code in ("folder_not_allowed", "folder_not_found")


def test_without_allowed_folders_none_is(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="INIT_FOLDERS"):
        Folder(str(tmp_path), [])


def test_a_link_in_a_folder_does_not_lead_out_of_it(roots: list[Path]) -> None:
    (roots[0] / "sly.jpg").symlink_to(roots[0].parent / "secret" / "key.jpg")
    folder = Folder(str(roots[0]), roots)
    with pytest.raises(ServiceError, match="leads out"):
        folder.read("sly.jpg", 100)
    with pytest.raises(ServiceError, match="leads out"):
        folder.write("../secret/key.jpg", b"x")


def test_a_result_is_whole_and_replaces_the_one_before(roots: list[Path]) -> None:
    folder = Folder(str(roots[0]), roots)
    for data in (b"first", b"second"):
        folder.write("new/one.jpg", data)
    assert [path.name for path in (roots[0] / "new").iterdir()] == ["one.jpg"]
    assert (roots[0] / "new" / "one.jpg").read_bytes() == b"second"


@pytest.mark.parametrize("name", ["one.jpg/two.jpg", "a" * 300 + ".jpg"])
def test_a_result_that_cannot_be_written_is_told_as_the_photo_s(roots: list[Path], name: str) -> None:
    with pytest.raises(ServiceError, match="cannot be written to the folder") as told:
        Folder(str(roots[0]), roots).write(name, b"data")
    assert told.value.problem.status < 500
    assert list(roots[0].glob(".*")) == []


@pytest.mark.parametrize(
    ("names", "format", "own"),
    [
        (["a.jpg", "a.jpg", "b.jpg", "a.jpg"], None, ["a.jpg", "a-2.jpg", "b.jpg", "a-3.jpg"]),
        (["a.jpg", "a-2.jpg", "a.jpg"], "jpeg", ["a.jpg", "a-2.jpg", "a-3.jpg"]),
        (["x/a.jpg", "y/a.jpg", "a.png"], None, ["x/a.jpg", "y/a.jpg", "a.png"]),
        (["a", "a.png"], None, ["a", "a-2.png"]),
        (["a", "a.png"], "jpeg", ["a", "a.png"]),
        (["000002.jpg", "/x/y.jpg"], "jpeg", ["000002.jpg", "y-2.jpg"]),
        (["000002.jpg", ".."], "jpeg", ["000002.jpg", "photo-2"]),
        (["000003.png", "b", "../b"], "png", ["000003.png", "b", "b-2"]),
        (["a.jpg.png", "a.jpg"], "png", ["a.jpg.png", "a-2.jpg"]),
        (["a" * 251 + ".jpg"] * 2, "jpeg", ["a" * 251 + ".jpg", "a" * 235 + "-2.jpg"]),
    ],
)  # fmt: skip
def test_no_result_replaces_that_of_another_photo(names: list[str], format: str | None, own: list[str]) -> None:
    uploads = with_names_of_their_own(
        [Upload(name, name) for name in names], lambda name, place: result_names(name, place, format)
    )
    assert [upload.filename for upload in uploads] == own


def test_however_many_photos_have_one_name_it_takes_no_longer_for_each() -> None:
    asked: list[str] = []

    def results(name: str, place: int) -> set[str]:
        asked.append(name)
        return {name}

    own = [upload.filename for upload in with_names_of_their_own([Upload("a.jpg", "a")] * 1000, results)]
    assert len(set(own)) == 1000
    assert len(asked) < 4000


@pytest.mark.parametrize(
    ("name", "format", "result"),
    [
        ("a/b.jpg", "jpeg", "a/b.jpg"), ("b.JPEG", "jpeg", "b.JPEG"), ("b.png", "jpeg", "b.png.jpg"),
        ("b.heic", "jpeg", "b.heic.jpg"), ("b", "webp", "b.webp"), ("../b.jpg", "jpeg", "000008.jpg"),
        ("/etc/b.png", "png", "000008.png"),
    ],
)  # fmt: skip
def test_results_have_the_names_of_their_photos(name: str, format: str, result: str) -> None:
    assert result_name(name, 7, format) == result


def test_a_table_says_what_each_photo_is_to_become() -> None:
    expected = {"a.jpg": {"Smiling": True}, "b.jpg": {"Smiling": False, "Eyeglasses": True}}
    assert read_targets(b"filename,Smiling,Eyeglasses\na.jpg,true,\nb.jpg,no,1\n", NAMES) == expected
    assert (
        read_targets("\ufefffilename,Smiling,Eyeglasses\r\na.jpg,TRUE,\r\nb.jpg,0,yes\r\n".encode(), NAMES) == expected
    )
    lines = [json.dumps({"filename": name, "attributes": change}) for name, change in expected.items()]
    assert read_targets("\n\n".join(lines).encode(), NAMES) == expected


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"", "first line"), (b"filename,Smiling\n", "empty"), (b"\xff\xfe", "UTF-8"),
        (b"name,Smiling\na,1\n", "first line"), (b"filename,Smiling\na.jpg,\n", "Line 2.*at least one"),
        (b"filename,Smiling\na.jpg,maybe\n", "Line 2.*neither"),
        (b"filename,Smiling\na.jpg,1\na.jpg,0\n", "Line 3.*before"), (b"filename,Wings\na.jpg,1\n", "Wings"),
        (b"filename,Smiling\na.jpg,1,1\n", "more columns"), (b'{"filename": 1}', "Line 1"), (b"{", "Line 1"),
        (b'{"filename": "a", "attributes": {"Smiling": 1}}', "true or false"),
        (b'{"filename": "a", "attributes": {}}', "at least one"), (b"[" * 5000, "first line"),
        (b'{"a":' * 5000, "Line 1"), (b'filename,Smiling\n"a.jpg,1\n', "Line"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_told_with_its_line(table: bytes, why: str) -> None:
    with pytest.raises(ServiceError, match=why):
        read_targets(table, NAMES)


def targeted(names: Iterable[str], change: dict[str, bool]) -> list[tuple[str, object, bool]]:
    """Name, change, and whether it was refused, of photos beside a table of a.jpg."""
    uploads = [Upload(name, name) for name in names]
    found = with_targets(uploads, {"a.jpg": {"Smiling": True}}, change)
    return [(upload.filename, upload.attributes, upload.error is not None) for upload in found]


def test_photos_that_a_table_leaves_out_are_changed_as_the_job_says_or_fail() -> None:
    there = ("x/a.jpg", {"Smiling": True}, False)
    assert targeted(["x/a.jpg", "b.jpg"], {"Eyeglasses": True}) == [there, ("b.jpg", None, False)]
    assert targeted(["x/a.jpg", "b.jpg"], {}) == [there, ("b.jpg", None, True)]


def test_a_table_that_names_photos_which_are_not_there_is_refused() -> None:
    with pytest.raises(ServiceError, match=r"a photo that was not sent: 'a\.jpg'"):
        targeted(["b.jpg"], {"Smiling": True})
