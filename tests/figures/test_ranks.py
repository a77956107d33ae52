import re
from dataclasses import replace

import pytest

from il6review.figures import RankRow, rank_plot
from il6review.stats.ranks import friedman

SCALE = ("-", "+", "++", "+++")
NAMES = ("IL-6", "TNF", "IL-1")
ROWS = (
    RankRow("fever", ("+++", "-", "+"), "Body", ("T1", "T2", "T3")),
    RankRow("pain", ("++", "++", "+"), "Body", ("T4", "T5", "T6")),
    RankRow("erosion", ("+", "++", "+++"), "Joint", ("T7", "T8", "T1")),
)
TEST = friedman([[3, 0, 1], [2, 2, 1], [1, 2, 3]])


def draw(rows=ROWS, **options):
    return rank_plot("deck.ranks", rows, **({"columns": NAMES, "scale": SCALE} | options))


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw(test=TEST).svg == draw(test=TEST).svg


def test_lines_stand_in_the_order_given_under_the_heading_of_their_part(texts):
    shown = [text for text in texts(draw().svg) if text in {"fever", "pain", "erosion", "Body", "Joint"}]
    assert shown == ["Body", "fever", "pain", "Joint", "erosion"]


def test_a_part_is_named_again_where_another_stands_between(texts):
    shown = [text for text in texts(draw([ROWS[0], ROWS[2], ROWS[1]]).svg) if text in {"Body", "Joint"}]
    assert shown == ["Body", "Joint", "Body"]


def test_lines_without_a_part_have_no_heading(texts):
    shown = texts(draw([replace(row, part="") for row in ROWS]).svg)
    assert not {"Body", "Joint", ""} & set(shown)


def test_each_grade_has_one_mark(names):
    assert names(draw().svg, "line-") == [
        f"line-{number}-{look}" for number in (1, 2, 3) for look in ("circle", "square", "diamond")
    ]


def test_a_higher_grade_stands_further_right(names, place):
    svg = draw().svg
    columns = {
        name: grade
        for number, row in enumerate(ROWS, 1)
        for name, grade in zip(names(svg, f"line-{number}-"), row.grades, strict=True)
    }
    for one, lower in columns.items():
        for other, higher in columns.items():
            if SCALE.index(lower) < SCALE.index(higher):
                assert place(svg, one)[0] < place(svg, other)[0]


def test_marks_of_one_grade_do_not_hide_each_other(place):
    svg = draw().svg
    (left, height), (right, other) = place(svg, "line-2-circle"), place(svg, "line-2-square")
    # A mark is 6.5 points wide.
    assert height == other
    assert right - left > 7


def test_the_marks_differ_in_shape_and_colour(names):
    svg = draw().svg
    drawn = [svg.split(f'id="{name}"')[1] for name in names(svg, "legend-")]
    assert len({re.search(r' d="(.*?)"', part, re.DOTALL).group(1) for part in drawn}) == 3
    assert len({re.search(r"stroke: (#\w{6})", part).group(1) for part in drawn}) == 3


def test_the_legend_names_the_column_of_each_mark(names, texts):
    assert names(draw().svg, "legend-") == ["legend-circle", "legend-square", "legend-diamond"]
    assert [text for text in texts(draw().svg) if text in NAMES] == list(NAMES)


def test_the_words_are_made_from_the_grades():
    figure = draw(caption="A slide")
    assert figure.alt == (
        "Rank plot of 3 lines with a grade from - to +++ for IL-6, TNF, IL-1. "
        "Highest grade alone: IL-6 1, TNF 0, IL-1 1, shared 1."
    )
    assert figure.caption == (
        "A slide. 3 lines; circle for IL-6; square for TNF; diamond for IL-1; marks of one grade stand side by side. "
        "The grades have an order and no distance. Highest grade alone: IL-6 1, TNF 0, IL-1 1, shared 1."
    )


def test_the_table_holds_every_grade_as_printed():
    figure = draw()
    assert figure.columns == ("Line", "Part", "IL-6", "TNF", "IL-1")
    assert figure.table[0] == ("fever", "Body", "+++", "-", "+")
    assert len(figure.table) == 3


def test_the_test_is_printed_in_picture_and_words(texts):
    figure = draw(test=TEST)
    verdict = "Mean rank: IL-6 2.17, TNF 1.83, IL-1 2.00; Friedman's chi-square 0.18, p = 0.91"
    assert verdict in texts(figure.svg)
    assert verdict in figure.alt
    assert verdict in figure.caption


def test_a_tiny_p_is_not_printed_as_zero():
    assert "p < 0.001" in draw(test=replace(TEST, p=1e-9)).alt


def test_two_columns_are_enough(names):
    figure = draw([replace(row, grades=row.grades[:2]) for row in ROWS], columns=NAMES[:2])
    assert len(names(figure.svg, "line-")) == 6
    assert "Highest grade alone: IL-6 1, TNF 1, shared 1" in figure.alt


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8")


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts, names):
    rows = [RankRow(text, (hostile[1], hostile[3]), text) for text in hostile]
    figure = rank_plot("x", rows, columns=hostile[:2], scale=hostile[:4])
    assert len(names(figure.svg, "line-")) == 16
    assert "<script" not in figure.svg + figure.html()
    assert {"<script>alert(1)</script>", "$x^2$ $", "Ali 2019"} <= set(texts(figure.svg))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_lines_are_refused(count):
    with pytest.raises(ValueError, match="a rank plot needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize("columns", [("a",), ("a", "b", "c", "d")])
def test_more_columns_than_marks_or_fewer_than_two_are_refused(columns):
    with pytest.raises(ValueError, match=f"tells 3 columns apart and needs two, found {len(columns)}"):
        draw([replace(row, grades=("+",) * len(columns)) for row in ROWS], columns=columns)


def test_a_line_with_a_grade_too_few_is_named():
    with pytest.raises(ValueError, match="pain: 2 grades, expected one for each of IL-6, TNF, IL-1"):
        draw([ROWS[0], replace(ROWS[1], grades=("+", "-"))])


def test_a_grade_that_is_not_on_the_scale_is_named():
    with pytest.raises(ValueError, match=r"pain: grade '\(\+\)' is not on the scale -, \+, \+\+, \+\+\+"):
        draw([ROWS[0], replace(ROWS[1], grades=("+", "-", "(+)"))])


@pytest.mark.parametrize("other", [replace(TEST, n=4), replace(TEST, k=2)], ids=("lines", "columns"))
def test_a_test_of_another_table_is_refused(other):
    with pytest.raises(
        ValueError, match=f"the test is of {other.n} lines and {other.k} columns; the rows show 3 and 3"
    ):
        draw(test=other)
