"""What is set for a photo: how strong, undone and done again, shared, gone back to, tried out all at once, as code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from service.settings import ROOT
from tests.browser.studio import Studio, photo, pixels

TRANSLATE = "**/v1/faces/translate"


def test_a_strength_is_seen_as_it_moves_and_its_moves_are_undone_together(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    studio.switch("Smiling").click()
    studio.wait_for_edit()
    plain = pixels(studio.edited)

    slider = studio.strength("Smiling")
    box = slider.bounding_box()
    assert box
    middle, height = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle, height)
    page.mouse.down()
    with page.expect_response(TRANSLATE) as answer:
        page.mouse.move(middle + 0.1 * box["width"], height, steps=3)
    assert answer.value.ok
    page.mouse.move(middle + 0.2 * box["width"], height, steps=3)
    page.wait_for_function("window.asked.length > 2")  # while it moves, once the answer before is there as a whole
    page.mouse.up()
    studio.wait_for_edit()
    strength = slider.input_value()
    assert 1 < float(strength) < 2
    assert studio.fields()[-1]["strength"] == strength
    assert studio.aborted()[1] is False, "what is asked for while it moves is let finish"
    assert pixels(studio.edited).tobytes() != plain.tobytes()

    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    assert json.loads(studio.fields()[-1]["strengths"]) == {"Smiling": float(strength)}

    page.keyboard.press("Control+z")
    expect(studio.switch("Eyeglasses")).to_have_accessible_description(re.compile("as in the photo"))
    page.keyboard.press("Control+z")
    expect(studio.strength("Smiling")).to_have_value("1")
    page.get_by_role("button", name="Undo").click()
    expect(studio.edited).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    page.get_by_role("button", name="Redo").click()
    expect(studio.strength("Smiling")).to_have_value(strength)
    studio.wait_for_edit()


def test_a_link_carries_what_is_set_to_the_next_photo(studio: Studio) -> None:
    page = studio.page
    page.goto("/?Young=-0.5&Hat=1&Smiling=often")
    expect(page.get_by_text("This link carries an edit: Young off at 50 %")).to_be_visible()
    studio.upload(photo())
    studio.wait_for_edit()
    assert studio.asked() == [{"Young": False}]
    assert studio.fields()[0]["strength"] == "0.5"

    studio.switch("Smiling").click()
    page.wait_for_url(re.compile(r"\?Young=-0\.5&Smiling=-?1$"))
    page.get_by_role("button", name="Reset").click()
    page.wait_for_url(re.compile(r"/$"))


def test_edits_of_a_photo_are_kept_to_go_back_to(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    strip = page.get_by_role("region", name="Edits of this photo")
    studio.switch("Eyeglasses").click()
    first = strip.get_by_role("button", name=re.compile("^Go back to Eyeglasses"))
    expect(first).to_be_visible()
    studio.switch("Male").click()
    expect(strip.get_by_role("button")).to_have_count(3)

    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("1 changed")).to_be_visible()
    strip.get_by_role("button", name="Go back to the original").click()
    expect(studio.edited).to_have_count(0)


def test_of_all_edits_at_a_glance_one_is_taken(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    page.get_by_role("button", name="All edits at a glance").click()
    dialog = page.get_by_role("dialog", name="All edits at a glance")
    cells = dialog.get_by_role("listitem").get_by_role("button")
    expect(cells.first).to_be_enabled()
    assert cells.count() >= 9, "seven switches and at least two hair colours"
    assert studio.violations() == []
    cell = cells.filter(has_text="Eyeglasses")
    cell.click()
    expect(dialog).to_have_count(0)
    studio.wait_for_edit()
    assert [set(changes) for changes in studio.asked()] == [{"Eyeglasses"}]


def test_two_attributes_are_weighed_on_a_square(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    page.get_by_text("Two at once").click()
    page.get_by_label("Across").select_option("Eyeglasses")
    page.get_by_label("Up").select_option("Male")
    square = page.get_by_test_id("pad")
    box = square.bounding_box()
    assert box
    square.click(position={"x": box["width"] / 2, "y": box["height"] / 4})
    studio.wait_for_edit()
    assert set(studio.asked()[-1]) == {"Eyeglasses", "Male"}
    assert studio.fields()[-1]["strengths"] == '{"Male":1.5}'
    slider = page.get_by_role("slider", name=re.compile("^Male")).last
    slider.focus()
    page.keyboard.press("End")
    studio.wait_for_edit()
    assert studio.fields()[-1]["strengths"] == '{"Male":2}'


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_an_edit_as_code_makes_the_very_file_that_is_downloaded(studio: Studio, tmp_path: Path) -> None:
    page, given = studio.page, photo(format="JPEG")
    (tmp_path / "photo.jpg").write_bytes(given["buffer"])
    studio.upload(given)
    studio.switch("Eyeglasses").click()
    studio.switch("Male").click()
    studio.strength("Male").fill("0.5")
    studio.wait_for_edit()
    with page.expect_download() as started:
        studio.download.click()
    wanted = started.value.path().read_bytes()

    page.get_by_role("button", name="Copy as code").click()
    dialog = page.get_by_role("dialog", name="This edit as code")
    command = dialog.get_by_role("region", name="Command")
    subprocess.run(["bash", "-c", command.inner_text()], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "edited.jpg").read_bytes() == wanted

    (tmp_path / "edited.jpg").unlink()
    dialog.get_by_role("radio", name="Python").check(force=True)
    expect(command).to_contain_text("studio.translate")
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{command.inner_text()}"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "edited.jpg").read_bytes() == wanted
    with Image.open(tmp_path / "edited.jpg") as edited:
        assert edited.size == (178, 218)
    assert studio.violations() == []
