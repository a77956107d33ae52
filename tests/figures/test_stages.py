import math
from dataclasses import replace

import pytest

from il6review.figures import StageRow, bound_curve, stage_plot
from il6review.stats.p_values import effects_from_p
from il6review.stats.trends import linear_trend

STAGES = (
    StageRow("Stage I", 12, 12.4, 8.0, 16.8, ("G1", "G9")),
    StageRow("Stage II with a rather long name", 20, 25.1, 19.0, 31.0, ("G2", "G9")),
    StageRow("Stage III", 14, 40.2, row_ids=("G3",)),
)
BOUNDS = [(n, effects_from_p("<0.05", n, 17).g_low) for n in range(5, 31)]
POINTS = (("smallest stage", 5, 1.0), ("half", 30, 0.6))


def stages(rows=STAGES, **options):
    return stage_plot("ra.stages", rows, "pg/mL", **options)


def curve(bounds=BOUNDS, **options):
    return bound_curve("ra.bound", bounds, other_n=17, p_text="p < 0.05", **options)


def test_the_pictures_are_the_same_to_the_byte_each_time():
    assert stages().svg == stages().svg
    assert curve(points=POINTS).svg == curve(points=POINTS).svg


def test_each_stage_has_a_mean_and_an_interval_where_one_is_known(names):
    assert sorted(names(stages().svg, "stage-")) == [
        "stage-1",
        "stage-1-interval",
        "stage-2",
        "stage-2-interval",
        "stage-3",
    ]


def test_a_mean_without_interval_is_hollow():
    filled, hollow = (stages().svg.split(f'<g id="stage-{i}">')[1].split("</g>")[0] for i in (1, 3))
    assert "fill: #ffffff" in hollow
    assert "fill: #ffffff" not in filled


def test_the_means_are_joined_by_one_line(names):
    assert [name for name in names(stages().svg, "line") if name == "line"] == ["line"]


def test_stages_stand_in_the_order_given_with_their_size_below(texts):
    figure = stages()
    written = texts(figure.svg)
    assert [text for text in written if text.startswith("n = ")] == ["n = 12", "n = 20", "n = 14"]
    assert written.index("Stage I") < written.index("Stage III")
    assert "Mean, pg/mL" in written


def test_the_table_has_a_line_for_each_stage():
    assert stages().columns == ("Stage", "n", "Mean, pg/mL", "95 % low", "95 % high")
    assert stages().table[0] == ("Stage I", "12", "12.4", "8.00", "16.8")
    assert stages().table[2] == ("Stage III", "14", "40.2", "", "")


def test_contrasts_stand_in_words_and_table():
    contrast = linear_trend([12.4, 25.1, 40.2], [7, 13, 20], [12, 20, 14])
    figure = stages(contrasts=[contrast])
    assert len(figure.table) == 4
    assert figure.table[3][:3] == (contrast.name, "", "13.9")
    for words in (figure.alt, figure.caption):
        assert f"{contrast.name}: 13.9 (95 % interval {figure.table[3][3]} to {figure.table[3][4]}, p < 0.001)" in words
    assert "p = 0.042" in stages(contrasts=[replace(contrast, p=0.0421)]).alt


def test_the_words_of_a_stage_plot_are_made_from_the_numbers():
    figure = stages(caption="Arthritis", confidence=0.9)
    assert figure.alt == (
        "Plot of 3 ordered stages with means in pg/mL: 12.4 (Stage I, n = 12), "
        "25.1 (Stage II with a rather long name, n = 20), 40.2 (Stage III, n = 14)."
    )
    assert figure.caption == (
        "Arthritis. Means in pg/mL with 90 % intervals over 3 stages, n = 46. "
        "Hollow: no interval, because no spread was printed (1 of 3)."
    )
    assert "Hollow" not in stages(STAGES[:2]).caption


def test_the_evidence_rows_are_named_once_each():
    assert stages().rows == ("G1", "G9", "G2", "G3")
    assert curve(rows=("K1",)).rows == ("K1",)


@pytest.mark.parametrize("means", [(0, 0), (-1e6, 1e6), (1e-9, 2e-9), (5, 5)])
def test_extreme_means_are_drawn(names, means):
    rows = [StageRow(f"Stage {i}", 5, mean, mean, mean) for i, mean in enumerate(means)]
    assert len(names(stages(rows).svg, "stage-")) == 4


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_are_refused(count):
    with pytest.raises(ValueError, match="a plot of stages needs at least two rows"):
        stages(STAGES[:count])
    with pytest.raises(ValueError, match="a curve of bounds needs at least two rows"):
        curve(BOUNDS[:count])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": math.nan}, "Stage I: estimate is nan"),
        ({"ci_low": None}, "Stage I: only one end of the interval"),
        ({"ci_high": math.inf}, "Stage I: ci_high is inf"),
        ({"ci_low": 13.0}, "Stage I: expected ci_low <= estimate <= ci_high"),
    ],
)
def test_a_stage_that_cannot_be_drawn_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        stages([replace(STAGES[0], **change), STAGES[1]])


def test_a_contrast_that_is_not_finite_is_named():
    contrast = replace(linear_trend([1, 2, 3], [1, 1, 1], [9, 9, 9]), ci_high=math.inf)
    with pytest.raises(ValueError, match=f"{contrast.name}: ci_high is inf"):
        stages(contrasts=[contrast])


def test_the_curve_has_its_area_and_its_marked_points(names, texts):
    svg = curve(points=POINTS).svg
    assert [names(svg, start) for start in ("curve", "fits", "point-")] == [["curve"], ["fits"], ["point-1", "point-2"]]
    assert {"smallest stage: 1.00", "half: 0.600"} <= set(texts(svg))


def test_a_point_beyond_the_curve_is_within_the_axes(texts):
    assert {"60", "3"} <= set(texts(curve(points=[("far", 60, 3.0)]).svg))


def test_the_table_has_a_line_for_each_bound_and_point():
    table = curve(points=POINTS).table
    assert len(table) == len(BOUNDS) + 2
    assert table[0][:2] == ("p < 0.05", "5")
    assert table[-1] == ("half", "30", "0.600")


def test_the_words_of_a_curve_are_made_from_the_numbers():
    figure = curve(points=POINTS)
    first, last = figure.table[0][2], figure.table[len(BOUNDS) - 1][2]
    assert f"It goes from {first} at n = 5 to {last} at n = 30." in figure.alt
    assert "the other group n = 17" in figure.alt
    assert "Marked: smallest stage (n = 5, |g| 1.00); half (n = 30, |g| 0.600)." in figure.alt
    assert "for n = 5 to 30" in figure.caption
    assert "Marked" not in curve().alt + curve().caption


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ([(5, 1.0), (5, 0.9)], r"group sizes must rise from bound to bound, found \[5, 5\]"),
        ([(5, 1.0), (4, 0.9)], "group sizes must rise"),
        ([(5, 1.0), (6, -0.1)], "bound at n = 6: |g| is -0.1"),
        ([(5, math.inf), (6, 0.5)], "bound at n = 5: g is inf"),
    ],
)
def test_bounds_that_cannot_be_drawn_are_named(bounds, message):
    with pytest.raises(ValueError, match=message):
        curve(bounds)


def test_a_point_that_cannot_be_drawn_is_named():
    with pytest.raises(ValueError, match="half at n = 30: g is nan"):
        curve(points=[("half", 30, math.nan)])


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts):
    plot = stages([StageRow(text, 5, 1.0 + i, 0.5 + i, 2.0 + i) for i, text in enumerate(hostile[:3])])
    marks = curve(points=[(text, 6 + i, 0.5) for i, text in enumerate(hostile)], caption=hostile[0])
    for figure in (plot, marks):
        assert "<script" not in figure.svg + figure.html()
        assert any("$x^2$ $" in text for text in texts(figure.svg))
    assert r"\LaTeX \n: 0.500" in texts(marks.svg)
