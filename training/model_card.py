"""The model card of a release, from what was measured."""

from typing import Any

from .presets import TrainConfig
from .release import GRID, ReleaseConfig


def model_card(name: str, release: ReleaseConfig, config: TrainConfig, metrics: dict[str, Any], notes: str) -> str:
    """Markdown: what it is, its grid and scores, how it was trained, and `notes` of those who trained it."""
    rows = [
        f"| {attribute} | {row['accuracy']:.3f} | {row['unedited']:.3f} | {row['preservation']:.3f} "
        f"| {row['ceiling']:.3f} | {row['difference']:.2f} |"
        for attribute, row in [*metrics["attributes"].items(), ("**mean**", metrics["mean"])]
    ]
    table_1 = ", ".join(f"{row} {value:.3f}" for row, value in metrics["table_1"].items())
    return f"""# {name}

INIT for the domain `{release.domain.name}`, {release.size[0]}x{release.size[1]} (height x width), {release.step} steps of
{config.batch} photos. An edit is made at that size and its difference is enlarged and added to the photo.

![photos and their edits]({GRID})

One row a photo of the {metrics["division"]} division: the photo, then one edit a column:
{", ".join(release.domain.attributes)}. A hair colour is set; any other attribute is toggled. The condition,
target minus source attributes, is scaled by {release.intensity:g} (the intensity of AttGAN and STGAN).

## Scores

On {metrics["photos"]} photos of the {metrics["division"]} division, by an attribute classifier (ResNet-18 of width
{metrics["classifier_width"]}) trained on the train division. *accuracy*: the edited attribute is classified as wanted;
*unedited*: the same before the edit; *preservation*: other attributes classified as before; *ceiling*: the classifier
agrees with the label of real photos; *difference*: mean change of a pixel in grey levels.

| attribute | accuracy | unedited | preservation | ceiling | difference |
|---|---|---|---|---|---|
{chr(10).join(rows)}

Table 1's rows: {table_1}.

## Training

Every option is in `config.json`; the fingerprint of the training data is `{release.data[:16]}`.

{notes}"""
