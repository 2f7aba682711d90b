"""`python -m service translate`: files and folders, in this process and by a running service."""

import io
import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service import command
from service.command.editors import Editor, Place, Refused, Wish, open_editor
from service.command.flags import flag, make_parser, opposite, read_wish
from service.command.photos import Task, make_plan, result_name
from service.command.run import Outcome, run
from service.settings import Settings
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from training.domains import FACES, SEASONS, Domain

ROOT = Path(__file__).resolve().parents[2]
HERE = Place("faces", None)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry with tiny releases of faces and seasons."""
    root = tmp_path_factory.mktemp("registry")
    for domain in (FACES, SEASONS):
        tiny_release(root, domain=domain)
    return Settings.model_validate({"releases_dir": root, "runtime": "torch", "max_pixels": 100_000})


@pytest.fixture(scope="module")
def served(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same releases behind HTTP."""
    with serve(settings.releases_dir, tmp_path_factory.mktemp("served"), max_pixels=100_000) as served:
        yield served


@pytest.fixture(params=["here", "there"])
def place(request: pytest.FixtureRequest, served: Served) -> list[str]:
    """Both places where photos can be edited, as options of the command."""
    return [] if request.param == "here" else ["--url", str(served.client.base_url)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two good photos, one of them further down, a bad one, and what is no photo."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "in" / "a.jpg").write_bytes(photos.jpeg())
    (tmp_path / "in" / "bad.png").write_bytes(b"not a photo")
    (tmp_path / "in" / "below" / "c.PNG").write_bytes(photos.encoded(photos.portrait(1), "PNG"))
    (tmp_path / "in" / "notes.txt").write_text("not a photo")
    (tmp_path / "in" / ".hidden.jpg").write_bytes(photos.jpeg())
    return tmp_path / "in"


def files(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def format_of(path: Path) -> str | None:
    """What a file really is."""
    return Image.open(io.BytesIO(path.read_bytes())).format


def fails(arguments: list[str], settings: Settings, capsys: pytest.CaptureFixture[str]) -> str:
    """What a wrong command line is told."""
    with pytest.raises(SystemExit) as end:
        command.main(arguments, settings)
    assert end.value.code == 2
    return capsys.readouterr().err


def test_a_file_becomes_a_file_of_the_format_that_its_ending_says(
    tmp_path: Path, settings: Settings, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    photo, result = tmp_path / "me.jpg", tmp_path / "smiling.webp"
    photo.write_bytes(photos.jpeg())
    assert command.main([str(photo), str(result), "--smiling", "--aligned", *place], settings) == 0
    assert format_of(result) == "WEBP"
    assert capsys.readouterr().err.startswith("1 edited by tiny on torch-cpu-fp32")
    assert files(tmp_path) == ["me.jpg", "smiling.webp"]


def test_a_folder_keeps_its_tree_and_a_bad_photo_fails_alone(
    folder: Path, tmp_path: Path, settings: Settings, place: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(folder), str(tmp_path / "out"), "--smiling", "--aligned", *place], settings) == 1
    assert files(tmp_path / "out") == ["a.jpg", "below/c.PNG"]
    assert format_of(tmp_path / "out" / "below" / "c.PNG") == "PNG"
    told = capsys.readouterr().err
    assert "2 edited by tiny" in told
    assert f"1 failed:\n  {folder / 'bad.png'}: The file is not an image" in told


def test_here_and_there_the_same_is_made(folder: Path, tmp_path: Path, settings: Settings, served: Served) -> None:
    line = [str(folder / "a.jpg"), "--strength", "0.5", "--no-young", "--aligned"]
    assert command.main([*line, str(tmp_path / "here.png")], settings) == 0
    assert command.main([*line, str(tmp_path / "there.png"), "--url", str(served.client.base_url)], settings) == 0
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / "there.png").read_bytes()


def test_what_is_there_is_left_unless_it_is_to_be_overwritten(
    folder: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").unlink()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"mine")
    line = [str(folder), str(tmp_path / "out"), "--smiling", "--aligned"]
    assert command.main(line, settings) == 0
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"mine"
    assert "1 left as they were (--overwrite edits them anew)" in capsys.readouterr().err
    assert command.main([*line, "--overwrite"], settings) == 0
    assert format_of(tmp_path / "out" / "a.jpg") == "JPEG"


def test_the_photo_itself_is_replaced_only_when_told(
    folder: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").unlink()
    photo = folder / "a.jpg"
    assert command.main([str(photo), str(photo), "--smiling", "--aligned"], settings) == 1
    assert "is there already; --overwrite replaces it" in capsys.readouterr().err
    assert command.main([str(folder), str(folder), "--smiling", "--aligned"], settings) == 0
    assert photo.read_bytes() == photos.jpeg()
    assert command.main([str(photo), str(photo), "--smiling", "--aligned", "--overwrite"], settings) == 0
    assert photo.read_bytes() != photos.jpeg()


def test_a_domain_of_folders(tmp_path: Path, settings: Settings, place: list[str]) -> None:
    (tmp_path / "meadow.jpg").write_bytes(photos.jpeg())
    line = [str(tmp_path / "meadow.jpg"), str(tmp_path / "winter.png"), "--domain", "seasons", *place]
    assert command.main([*line, "--winter"], settings) == 0
    before = np.asarray(photos.portrait(), np.int16)
    assert np.abs(np.asarray(Image.open(io.BytesIO((tmp_path / "winter.png").read_bytes()))) - before).mean() > 1


def test_a_wrong_flag_is_told_with_those_that_there_are(
    folder: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [str(folder), "out"]
    assert "'--hat'" in (told := fails([*line, "--hat"], settings, capsys))
    assert "the attributes of faces are --black-hair, --blond-hair" in told
    assert "the attributes of faces are" in fails([*line, "--smil"], settings, capsys)
    assert "say what to change; the attributes of seasons are --summer, --winter" in fails(
        [*line, "--domain", "seasons"], settings, capsys
    )
    assert "exclude each other" in fails([*line, "--black-hair", "--blond-hair"], settings, capsys)
    assert "not allowed with argument --smiling" in fails([*line, "--smiling", "--no-smiling"], settings, capsys)
    assert "from 0 to 2" in fails([*line, "--smiling", "--strength", "3"], settings, capsys)
    assert "neither all nor the number of a face" in fails([*line, "--smiling", "--face", "big"], settings, capsys)


def test_help_lists_the_attributes(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["--help"], settings)
    assert end.value.code == 0
    told = capsys.readouterr().out
    assert all(f"--{flag(name)}" in told for name in FACES.attributes)


def test_flags_of_awkward_names() -> None:
    domain = Domain("own", ("No_Beard", "Beard", "Format", "Ukiyo-e", "No_Hat"))
    assert [flag(name) for name in domain.attributes] == ["no-beard", "beard", "set-format", "ukiyo-e", "no-hat"]
    assert (opposite("no-hat"), opposite("smiling")) == ("hat", "no-smiling")
    parser = make_parser(domain)
    line = ["in", "out", "--format", "png", "--no-beard", "--hat", "--set-format", "--no-ukiyo-e"]
    wish = read_wish(parser, line).wish
    assert wish.change == {"No_Beard": True, "No_Hat": False, "Format": True, "Ukiyo-e": False}


def test_without_a_release_the_command_that_makes_one_is_named(
    folder: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_release(tmp_path / "registry", promote=False)
    bare = settings.model_copy(update={"releases_dir": tmp_path / "registry"})
    assert command.main([str(folder), str(tmp_path / "out"), "--smiling", "--aligned"], bare) == 1
    assert "python -m training promote faces tiny" in capsys.readouterr().err
    (tmp_path / "registry" / "faces" / "promoted.json").write_text("[]")
    assert command.main([str(folder), str(tmp_path / "out"), "--smiling", "--aligned"], bare) == 1
    assert "promoted.json" in capsys.readouterr().err
    assert command.main([str(folder), str(tmp_path / "out"), "--domain", "cats"], bare) == 1
    assert "There is no domain 'cats'; there are: faces" in capsys.readouterr().err


def test_a_pinned_release_edits_whether_it_is_promoted_or_not(
    folder: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tiny_release(tmp_path / "registry", "other", seed=1, promote=False)
    bare = settings.model_copy(update={"releases_dir": tmp_path / "registry"})
    line = [str(folder / "a.jpg"), str(tmp_path / "out.png"), "--smiling", "--aligned", "--release"]
    assert command.main([*line, other.digest[:12]], bare) == 0
    assert "by other on" in capsys.readouterr().err
    assert command.main([*line, "0" * 12, "--overwrite"], bare) == 1
    assert "no release of faces whose digest begins with 0" in capsys.readouterr().err


def test_nobody_at_the_address(folder: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for url, told in (("http://127.0.0.1:1", "Is the service running there?"), ("here", "is not the address")):
        assert command.main([str(folder), "out", "--smiling", "--url", url], settings) == 1
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "format", "result"),
    [
        ("a.jpeg", None, "a.jpeg"), ("a.JPG", "jpeg", "a.JPG"), ("a.jpg", "png", "a.png"), ("a.HEIC", None, "a.jpg"),
        ("a.heif", "webp", "a.webp"), ("a.b.png", None, "a.b.png"),
    ],
)  # fmt: skip
def test_names_of_results(name: str, format: str | None, result: str) -> None:
    assert result_name(Path(name), format) == Path(result)


def test_photos_that_would_become_the_same_file(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "b.png"):
        (tmp_path / name).touch()
    plan = make_plan(tmp_path, tmp_path / "out", "webp", overwrite=True)
    assert [(task.source.name, task.format) for task in plan.tasks] == [("a.jpg", "webp"), ("b.png", "webp")]
    assert "as a.jpg is; rename one" in plan.failed[tmp_path / "a.png"]


@pytest.mark.parametrize(("names", "format"), [(("a.heic", "a.jpg"), None), (("a.jpg", "a.png"), "png")])
def test_in_place_a_photo_is_never_replaced_by_what_another_becomes(
    tmp_path: Path, names: tuple[str, str], format: str | None
) -> None:
    for name in names:
        (tmp_path / name).touch()
    plan = make_plan(tmp_path, tmp_path, format, overwrite=True)
    assert [(task.source.name, task.target.name) for task in plan.tasks] == [names[1:] * 2]
    assert f"as {names[1]} is; rename one" in plan.failed[tmp_path / names[0]]


def test_results_within_the_folder_are_not_edited_again(folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "a.jpg").touch()
    sources = [task.source.name for task in make_plan(folder, folder / "out", None, overwrite=True).tasks]
    assert sources == ["a.jpg", "bad.png", "c.PNG"]


@pytest.mark.parametrize(
    ("source", "target", "format", "told"),
    [
        ("missing.jpg", "out.jpg", None, "there is no"), ("in/a.jpg", "out", None, "does not say its format"),
        ("in/a.jpg", "out.png", "jpeg", "contradict each other"), ("in", "in/a.jpg", None, "name a folder"),
        ("empty", "out", None, "there are no photos in"),
    ],
)  # fmt: skip
def test_names_that_make_no_sense_together(
    folder: Path, source: str, target: str, format: str | None, told: str
) -> None:
    (folder.parent / "empty").mkdir()
    with pytest.raises(ValueError, match=told):
        make_plan(folder.parent / source, folder.parent / target, format, overwrite=False)


def test_several_photos_are_in_work_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=30)

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        together.wait()
        return data, "a barrier"

    tasks = [Task(tmp_path / f"{index}.jpg", tmp_path / "out" / f"{index}.jpg", "jpeg") for index in range(3)]
    for task in tasks:
        task.source.write_bytes(b"pixels")
    run(tasks, Editor(edit, 3), outcome := Outcome())
    assert (outcome.done, files(tmp_path / "out")) == (3, ["0.jpg", "1.jpg", "2.jpg"])


def test_a_disk_that_fills_up_leaves_the_earlier_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(b"mine")
    task, most = Task(tmp_path / "me.jpg", tmp_path / "me.jpg", "jpeg"), 2**22
    editor = Editor(lambda data, format: (bytes(2 * most), "an enlarger"), 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        run([task], editor, outcome := Outcome())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "File too large" in outcome.failed[task.source]
    assert (files(tmp_path), task.source.read_bytes()) == (["me.jpg"], b"mine")


def test_what_would_befall_every_photo_ends_it(tmp_path: Path) -> None:
    asked = []

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        asked.append(data)
        time.sleep(0.05)
        raise Refused("model_not_ready", "There is no release.")

    (tmp_path / "me.jpg").touch()
    run([Task(tmp_path / "me.jpg", tmp_path / "out.jpg", "jpeg")] * 100, Editor(edit, 1), outcome := Outcome())
    assert outcome.stopped == "There is no release."
    assert len(asked) < 100


def test_faces_are_found_and_a_photo_without_one_fails_alone(
    folder: Path, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").unlink()
    shutil.copy(ROOT / "service" / "samples" / "collins.jpg", folder)
    settings = settings.model_copy(update={"max_pixels": 10_000_000})
    assert command.main([str(folder), str(tmp_path / "out"), "--smiling"], settings) == 1
    assert files(tmp_path / "out") == ["collins.jpg"]
    assert f"{folder / 'a.jpg'}: No face was found; with --aligned" in capsys.readouterr().err


def test_an_editor_that_cannot_begin_says_so_before_any_photo_is_read(settings: Settings, tmp_path: Path) -> None:
    bare = settings.model_copy(update={"releases_dir": tmp_path})
    with pytest.raises(Refused, match="No release of faces"), open_editor(HERE, bare, Wish({"Smiling": True})):
        pass


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl-C is heard: who is started in a shell's background is deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Interrupting(list[Task]):
    """Tasks; after the second has been taken, Ctrl-C comes, and finds Python in a destructor."""

    class Dropped:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def __iter__(self) -> Iterator[Task]:
        for number, task in enumerate(super().__iter__()):
            if number == 2:
                self.Dropped()
            yield task


@pytest.mark.usefixtures("heard")
def test_ctrl_c_is_heeded_wherever_it_meets_python(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").touch()
    gate = threading.Event()

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        gate.wait(0.01)
        return data, "a sleeper"

    tasks = Interrupting([Task(tmp_path / "me.jpg", tmp_path / "out.jpg", "jpeg")] * 1000)
    run(tasks, Editor(edit, 1), outcome := Outcome())
    assert outcome.interrupted
    assert 0 < outcome.done < 1000


@pytest.mark.usefixtures("heard")
def test_a_second_ctrl_c_waits_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").touch()
    begun, gate = threading.Event(), threading.Event()

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        begun.set()
        gate.wait(60)
        return data, "a sleeper"

    def press() -> None:
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)
        while not outcome.interrupted:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    outcome = Outcome()
    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run([Task(tmp_path / "me.jpg", tmp_path / "out.jpg", "jpeg")], Editor(edit, 1), outcome)
    gate.set()


@pytest.mark.usefixtures("heard")
def test_after_ctrl_c_every_file_is_whole(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for index in range(500):
        (tmp_path / "in" / f"{index}.jpg").write_bytes(photos.jpeg())

    def interrupt() -> None:
        while not list((tmp_path / "out").glob("*.jpg")):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    assert command.main([str(tmp_path / "in"), str(tmp_path / "out"), "--smiling", "--aligned"], settings) == 130
    results = files(tmp_path / "out")
    told = capsys.readouterr().err
    assert f"{len(results)} edited" in told
    assert "the same command goes on" in told
    assert 0 < len(results) < 500
    assert {format_of(tmp_path / "out" / name) for name in results} == {"JPEG"}
