"""What a change of attributes means."""

import pytest
from pydantic import TypeAdapter

from training.domains import FACES, SEASONS, AttributeChangeError, Domain, apply_change, check_change, single_edit

NONE = (False,) * 10


def named(*names: str) -> tuple[bool, ...]:
    return tuple(attribute in names for attribute in FACES.attributes)


def test_attributes_that_are_not_named_stay() -> None:
    assert apply_change(FACES, named("Bangs", "Young"), {"Smiling": True}) == named("Bangs", "Young", "Smiling")
    assert apply_change(FACES, named("Bangs", "Young"), {"Young": False}) == named("Bangs")


def test_setting_a_hair_colour_clears_the_others() -> None:
    assert apply_change(FACES, named("Black_Hair"), {"Blond_Hair": True}) == named("Blond_Hair")
    change = {"Blond_Hair": True, "Black_Hair": False}
    assert apply_change(FACES, named("Brown_Hair"), change) == named("Blond_Hair")


def test_clearing_a_hair_colour_sets_no_other() -> None:
    assert apply_change(FACES, named("Black_Hair"), {"Black_Hair": False}) == NONE


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"Wings": True}, "unknown_attribute", "'Wings' is not an attribute of faces; use Black_Hair"),
        ({"Black_Hair": True, "Brown_Hair": True}, "contradictory_attributes", "Black_Hair and Brown_Hair exclude"),
    ],
)
def test_impossible_changes_are_told(change: dict[str, bool], code: str, sentence: str) -> None:
    with pytest.raises(AttributeChangeError, match=sentence) as caught:
        apply_change(FACES, NONE, change)
    assert caught.value.code == code


@pytest.mark.parametrize("change", [{"Winter": True}, {"Winter": True, "Summer": False}])
@pytest.mark.parametrize("source", [(True, False), (False, True)])
def test_between_folders_the_wanted_one_is_set_and_the_others_cleared(
    source: tuple[bool, ...], change: dict[str, bool]
) -> None:
    assert apply_change(SEASONS, source, change) == (False, True)


@pytest.mark.parametrize("change", [{"Winter": False}, {"Winter": False, "Summer": False}, {}])
def test_between_folders_one_must_be_wanted(change: dict[str, bool]) -> None:
    with pytest.raises(AttributeChangeError, match="in exactly one of Summer, Winter; set the one") as caught:
        check_change(SEASONS, change)
    assert caught.value.code == "contradictory_attributes"


def test_a_row_of_table_1_sets_hair_and_toggles_the_rest() -> None:
    assert single_edit(FACES, named("Black_Hair"), "Black_Hair") == named("Black_Hair")
    assert single_edit(FACES, named("Black_Hair"), "Brown_Hair") == named("Brown_Hair")
    assert single_edit(FACES, named("Male", "Young"), "Male") == named("Young")


def test_faces_are_aligned_also_by_releases_that_do_not_say_so() -> None:
    old = {"name": "faces", "attributes": FACES.attributes, "exclusive": FACES.exclusive, "kind": "attributes"}
    assert TypeAdapter(Domain).validate_python(old) == FACES
    assert FACES.align
    assert not SEASONS.align
    own = Domain("actors", ("Hat",), align=True)
    assert TypeAdapter(Domain).validate_json(TypeAdapter(Domain).dump_json(own)) == own
