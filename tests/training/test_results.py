"""What is said of a table follows from its numbers; the page shows them without asking anybody for anything."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from training.charts import Band, Line, Measured, interval_chart, line_chart, thin
from training.presets import ABLATION, PRESETS
from training.published import PUBLISHED, TABLE_3_ORDER
from training.report import accuracy_rows, direction_rows, format_result, setting, table_rows, write_report
from training.reproduce import ROWS
from training.results import title
from training.verdicts import verdicts


def run(distance: float, accuracy: float, seconds: float | None = 60.0) -> dict[str, Any]:
    sides = {"accuracy": accuracy, "ceiling": 0.95, "frechet_resnet18": distance}
    return {
        "seconds": seconds,
        "date": "2026-01-02",
        "hardware": ["cpu (1 threads), fp32"],
        "config": "c0ffee",
        "data": "da7a",
        "mean": {"frechet_resnet18": distance, "accuracy": accuracy, "unedited": 0.05, "ceiling": 0.95},
        "attributes": {"Summer": sides, "Winter": {**sides, "frechet_resnet18": 2 * distance}},
        "table_1": {},
        "photo_intervals": {},
    }


def row(name: str, distances: list[float], width: float = 0.5) -> dict[str, Any]:
    mean = sum(distances) / len(distances)
    values = {"frechet_resnet18": mean, "accuracy": 1 - mean / 100, "unedited": 0.05, "ceiling": 0.95}
    several = len(distances) > 1
    return {
        "title": name,
        "method": "init",
        "batch": 16,
        "steps": 100,
        "images_seen": 1600,
        "mean": values,
        "intervals": {key: (value - width, value + width) for key, value in values.items()} if several else {},
        "runs": {str(seed): run(distance, 1 - distance / 100) for seed, distance in enumerate(distances)},
    }


def result(rows: dict[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    seeds = len(next(iter(rows.values()))["runs"])
    return {
        "table": "table3",
        "domain": "synthetic",
        "scale": "small",
        "size": [32, 32],
        "seeds": list(range(seeds)),
        "date": "2026-01-02",
        "division": "test",
        "photos": 500,
        "test_data": "da7a",
        "classifier": "beef",
        "classifier_width": 32,
        "rows": rows,
        "absent": {"fid": "FID needs its weights."},
        **changes,
    }


def ordered(names: str, width: float = 0.5, seeds: int = 3) -> dict[str, dict[str, Any]]:
    """Rows whose distances are 10, 20, ... in this order."""
    return {name: row(name, [10.0 * place] * seeds, width) for place, name in enumerate(names, 1)}


def test_the_paper_s_order_is_told_when_it_comes_out() -> None:
    words = next(verdicts(result(ordered("cbdae"))))
    assert "best first: c, b, d, a, e. That is the paper's order." in words
    assert "are apart between c and b, b and d, d and a, a and e." in words
    assert "overlap" not in words
    assert "c beats b in 3 of 3" in words


def test_what_is_the_other_way_round_is_told() -> None:
    words = next(verdicts(result(ordered("cdbae"))))
    assert "The paper's order, c, b, d, a, e, did not come out: b and d are the other way round." in words
    assert "b beats d in 0 of 3" in words
    words = next(verdicts(result(ordered("eadbc"))))
    assert words.count(" and ") >= 10


def test_intervals_that_overlap_are_told() -> None:
    words = next(verdicts(result(ordered("cbdae", width=6))))
    assert "overlap between c and b, b and d, d and a, a and e." in words
    assert "apart" not in words


def test_greater_accuracy_is_better() -> None:
    words = list(verdicts(result(ordered("cbdae"))))[1]
    assert words.startswith("By *accuracy* (greater is better), best first: c, b, d, a, e.")


def test_of_one_seed_nothing_is_said_of_intervals() -> None:
    words = next(verdicts(result(ordered("cbdae", seeds=1))))
    assert "interval" not in words
    assert "Seed by seed" not in words


def test_a_trial_claims_nothing() -> None:
    words = list(verdicts(result(ordered("cbdae"), scale="smoke")))
    assert len(words) == 1
    assert "say nothing" in words[0]


def test_init_s_place_among_methods_is_told() -> None:
    rows = {name: row(name, [distance] * 3) for name, distance in (("stargan", 5.0), ("init", 7.0), ("stgan", 9.0))}
    words = next(verdicts(result(rows, table="table1")))
    assert "best first: stargan, init, stgan. INIT is 2 of 3." in words
    assert "init beats stargan in 0 of 3, init beats stgan in 3 of 3" in words


def test_a_cell_holds_the_mean_and_its_interval() -> None:
    head, *rows = table_rows(result(ordered("cb")))
    assert head == ["", "Fréchet (ResNet-18) ↓", "accuracy % ↑", "training s"]
    assert rows[0][1] == "10.000 [9.500, 10.500]"
    assert rows[0][-1] == "60"
    assert [row[0] for row in rows] == ["c", "b", "*not edited*", "*real images*"]
    assert rows[2][1:3] == ["-", "5.0"]
    assert rows[3][1:3] == ["-", "95.0"]


def test_directions_stand_side_by_side() -> None:
    rows = {"init": row("INIT", [4.0, 6.0])}
    head, body = direction_rows(result(rows, table="table2", domain="seasons"))
    assert head[0] == "to Summer/Winter"
    assert body == ["INIT", "5.000/10.000", "95.0/95.0"]


def test_accuracy_has_a_column_a_method_and_one_of_real_images() -> None:
    head, *body = accuracy_rows(result(ordered("ab"), table="table1"))
    assert head == ["", "a", "b", "*real images*"]
    assert body[0] == ["Summer", "90.0", "80.0", "95.0"]


def test_budgets_are_told_as_they_were() -> None:
    rows = ordered("ab")
    assert "100 iterations of 16 images each, 1,600 training images seen" in setting(result(rows))
    rows["b"] |= {"batch": 32, "steps": 50}
    assert "as many images, in batches of their own, each, 1,600 training images seen" in setting(result(rows))
    rows["b"] |= {"steps": 70, "images_seen": 2240}
    told = "trained for 100 iterations of 16 images (a), 70 iterations of 32 images (b);"
    assert told in setting(result(rows))
    assert "images seen" not in setting(result(rows))


def test_the_report_holds_every_table_and_the_notes(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    for domain in ("synthetic", "faces"):
        (folder / f"table3-{domain}-small.json").write_text(json.dumps(result(ordered("cbdae"), domain=domain)))
    (folder / "NOTES.md").write_text("## What was tried\n")
    text = write_report(folder).read_text()
    assert text.index("Table 3, faces") < text.index("Table 3, synthetic") < text.index("What was tried")
    assert "21.38" in text  # the paper's, apart
    assert "Not measured: *fid*. FID needs its weights." in text
    assert write_report(folder) == tmp_path / "RESULTS.md"


def test_the_paper_s_numbers_never_stand_in_our_table() -> None:
    text = format_result(result(ordered("cbdae")))
    ours, _, paper = text.partition(PUBLISHED["table3", "synthetic"].caption)
    assert "11.16" not in ours
    assert "11.16" in paper


def test_every_table_that_can_be_made_has_the_paper_s_beside_it() -> None:
    assert set(PUBLISHED) == {(table, domain) for table, domains in ROWS.items() for domain in domains}
    for published in PUBLISHED.values():
        assert len({len(cells) for cells in published.cells}) == 1
    # Accuracy and FID agree about the order that the verdicts hold against.
    rows = PUBLISHED["table3", "faces"].cells[1:]
    assert tuple(cells[0] for cells in sorted(rows, key=lambda cells: float(cells[3]))) == TABLE_3_ORDER
    assert tuple(cells[0] for cells in sorted(rows, key=lambda cells: -float(cells[4]))) == TABLE_3_ORDER


def test_variations_are_called_by_what_they_are() -> None:
    config = PRESETS["synthetic/init"]
    titles = [title(name, config.changed(options=options)) for name, options in ABLATION.items()]
    assert titles == ["(a) no AIW, 2 hops", "(b) AIW, 3 hops", "(c) AIW, 2 hops", "(d) AIW, 1 hop", "(e) no AIW, 1 hop"]
    assert title("stgan", config) == "STGAN"


def numbers(attribute: str, svg: str) -> list[float]:
    return [float(value) for value in re.findall(rf'{attribute}="([-\d.]+)"', svg)]


def test_an_interval_chart_draws_values_in_order() -> None:
    svg = interval_chart("distance", [Measured("a", [1, 3], 2.0, (0.5, 3.5)), Measured("b <i>", [4], 4.0, None, 1)])
    a, b, c = numbers("cx", svg)
    assert a < b < c
    assert (b - a) == pytest.approx(2 * (c - b), abs=0.3)
    assert "b &lt;i&gt;" in svg


@pytest.mark.parametrize("log", [False, True])
def test_a_line_chart_stays_inside_its_frame(log: bool) -> None:
    points = [(step, 10 ** (step / 100 - 3)) for step in range(1, 501)]
    svg = line_chart("weights", [Line("mean", points)], Band([(x, y / 2, 2 * y) for x, y in points], 1), log)
    for path in re.findall(r'points="([^"]+)"', svg):
        places = [tuple(map(float, pair.split(","))) for pair in path.split()]
        assert all(0 <= x <= 640 and 0 <= y <= 260 for x, y in places)
    assert "nan" not in svg


def test_a_constant_is_drawn_too() -> None:
    assert "nan" not in line_chart("one", [Line("x", [(1, 0.0), (2, 0.0)])])
    assert "nan" not in interval_chart("one", [Measured("x", [0.0], 0.0, None)])
    assert "nan" not in line_chart("one", [Line("x", [(1, 1.0), (2, 1.0)])], log=True)


def test_thinning_keeps_the_mean() -> None:
    thinned = thin([(step, float(step)) for step in range(1, 1001)], 100)
    assert len(thinned) == 100
    assert sum(y for _, y in thinned) / 100 == pytest.approx(500.5)
