"""The model card of a release, from what was measured."""

from typing import Any

from .grids import columns
from .presets import TrainConfig
from .release import GRID, ReleaseConfig
from .scores import MEANINGS, score_table


def model_card(name: str, release: ReleaseConfig, config: TrainConfig, metrics: dict[str, Any], notes: str) -> str:
    """Markdown: what it is, its grid and scores, how it was trained, and `notes` of those who trained it."""
    head, *rows = score_table(metrics)
    keys = [key for key in head[1:] if key in MEANINGS]
    meanings = "\n".join(f"- *{key}*: {MEANINGS[key]}" for key in keys)
    absent = "".join(f"\n- no *{key}*: {reason}" for key, reason in metrics.get("absent", {}).items())
    table_1 = ", ".join(f"{row} {value:.3f}" for row, value in metrics["table_1"].items())
    return f"""# {name}

{release.method} for the domain `{release.domain.name}`, {release.size[0]}x{release.size[1]} (height x width), \
{release.step} steps of {config.batch} photos. {_use(release)}

![photos and their edits]({GRID})

One row a photo of the {metrics["division"]} division: {_caption(release)}

## Scores

On {metrics["photos"]} photos of the {metrics["division"]} division, by a classifier (ResNet-18 of width
{metrics["classifier_width"]}) trained on the train division. Intervals of 95 % are in `metrics.json`.

{meanings}{absent}

{markdown_table([head, *rows])}
{f"{chr(10)}Table 1's rows: {table_1}.{chr(10)}" if table_1 else ""}
## Training

Every option is in `config.json`; the fingerprint of the training data is `{release.data[:16]}`.\
{f" The service's job `{release.job}` trained it." if release.job else ""}

{notes}"""


def markdown_table(rows: list[list[str]]) -> str:
    """A table of Markdown whose first row is the heading."""
    head, *body = rows
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *body])


def _use(release: ReleaseConfig) -> str:
    if release.domain.kind == "paired":
        return "A translation is made at that size and enlarged to the photo's."
    return "An edit is made at that size and its difference is enlarged and added to the photo."


def _caption(release: ReleaseConfig) -> str:
    domain, names = release.domain, ", ".join(columns(release.domain))
    if domain.kind != "attributes":
        where = " and ".join(domain.attributes)
        return f"the photo, then translated between {where}." if len(domain.attributes) == 2 else f"the photo, {names}."
    groups = "".join(f" Of {', '.join(group)} one is set;" for group in domain.exclusive)
    rest = f"{groups} any other attribute is toggled." if groups else " An attribute is toggled."
    strength = f" The change is scaled by {release.intensity:g}." if release.intensity != 1 else ""
    return f"the photo, then one edit a column: {names}.{rest}{strength}"
