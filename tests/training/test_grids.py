"""Figures show what the paper's do: single edits (Fig. 4) and several at once (Fig. 5)."""

import torch

from training.domains import EDGES, FACES, SYNTHETIC
from training.grids import combinations, multiple_targets


def test_several_edits_at_once_are_those_of_the_paper_s_first_figure() -> None:
    source = torch.zeros(1, len(FACES.attributes))
    source[0, FACES.attributes.index("Blond_Hair")] = 1
    source[0, FACES.attributes.index("Smiling")] = 1
    beard, bangs, gender = (multiple_targets(source, FACES, names)[0] for names in combinations(FACES))
    set_in = [{n for n, v in zip(FACES.attributes, target, strict=True) if v} for target in (beard, bangs, gender)]
    assert set_in == [
        {"Black_Hair", "No_Beard"},  # toggled: it no longer smiles, and the hair is no longer blond
        {"Black_Hair", "Bangs", "Smiling", "Eyeglasses"},
        {"Brown_Hair", "Male"},
    ]


def test_attributes_of_other_domains_are_combined_across_groups() -> None:
    for names in combinations(SYNTHETIC):
        assert len({SYNTHETIC.group(name) for name in names}) == len(names) == 3
    assert len(combinations(SYNTHETIC)) == 3
    assert combinations(EDGES) == []
