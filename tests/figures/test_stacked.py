import re
from dataclasses import replace
from itertools import pairwise

import pytest

from il6review.figures import BarRow, stacked_bars, style

PARTS = ("wrong", "open", "right")
ROWS = (
    BarRow("first", (3, 0, 5), ("Q1", "Q2")),
    BarRow("second", (0, 2, 0), ("Q3",)),
    BarRow("third", (1, 1, 1), ("Q2", "Q4")),
)


def draw(rows=ROWS, parts=PARTS, **options):
    return stacked_bars("page.bars", rows, parts=parts, what="checks", **options)


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, two):
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_outcome_that_occurs_has_its_part_and_no_other(names):
    assert names(draw().svg, "bar-") == ["bar-1-1", "bar-1-3", "bar-2-2", "bar-3-1", "bar-3-2", "bar-3-3"]
    assert names(draw().svg, "legend-") == ["legend-1", "legend-2", "legend-3"]


def box(svg, name):
    part = svg.split(f'id="{name}"', 1)[1]
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", part.split('"', 2)[1])]
    return min(x for x, _ in points), max(x for x, _ in points), min(y for _, y in points)


def test_parts_lie_end_to_end_and_are_as_long_as_their_counts():
    svg = draw().svg
    (left, end, top), (start, right, _) = box(svg, "bar-1-1"), box(svg, "bar-1-3")
    assert start == pytest.approx(end, abs=0.01)
    assert (right - start) / (end - left) == pytest.approx(5 / 3, rel=1e-3)
    other_left, other_right, lower = box(svg, "bar-2-2")
    assert other_left == pytest.approx(left, abs=0.01) and lower > top
    assert (other_right - other_left) / (right - left) == pytest.approx(2 / 8, rel=1e-3)


def test_counts_stand_in_their_parts_and_sums_at_the_end(texts):
    written = texts(draw().svg)
    assert [text for text in written if text in ("first", "second", "third")] == ["first", "second", "third"]
    assert written[written.index("first") + 1 : written.index("second")] == ["3", "5", "8"]


def test_a_count_that_does_not_fit_its_part_is_left_to_the_table(texts):
    figure = draw([BarRow("long", (1, 0, 400)), BarRow("short", (0, 0, 2))])
    assert "1" not in texts(figure.svg)
    assert figure.table == (("long", "401", "1", "0", "400"), ("short", "2", "0", "0", "2"))


def test_the_legend_counts_each_outcome_over_all_groups(texts):
    assert {"wrong: 4", "open: 3", "right: 6"} <= set(texts(draw().svg))


def test_the_words_are_made_from_the_numbers():
    figure = draw(caption="By group")
    assert figure.alt == "Stacked bars of 13 checks in 3 groups. wrong: 4; open: 3; right: 6."
    assert figure.caption == (
        "By group. Each bar is one group, as long as its number of checks; parts in the order of the legend."
    )
    assert figure.columns == ("Group", "Checks", *PARTS)
    assert figure.table[0] == ("first", "8", "3", "0", "5")


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("Q1", "Q2", "Q3", "Q4")


def test_the_type_in_every_part_can_be_read_and_neighbours_differ_in_grey():
    for fill, ink in style.STACK:
        assert contrast(fill, ink) >= 4.5
    fills = [fill for fill, _ in style.STACK]
    assert len(set(fills)) == len(fills)
    assert all(contrast(one, two) > 1.25 for one, two in pairwise(fills))


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts, names):
    figure = draw([BarRow(text, (1, 2, 3)) for text in hostile], parts=(hostile[0], hostile[1], hostile[2]))
    assert len(names(figure.svg, "bar-")) == 3 * len(hostile)
    assert "<script" not in figure.svg + figure.html()
    assert "$x^2$ $" in texts(figure.svg)


@pytest.mark.parametrize("counts", [(1, 2), (1, 2, -1), (0, 0, 0), (1, 2, 3, 4)])
def test_counts_that_do_not_fit_the_outcomes_are_refused(counts):
    with pytest.raises(ValueError, match=r"first: counts are .*, expected 3 from 0 up, not all 0"):
        draw([replace(ROWS[0], counts=counts), ROWS[1]])


@pytest.mark.parametrize("parts", [("one",), tuple("abcdefg")])
def test_a_number_of_outcomes_without_colours_is_refused(parts):
    with pytest.raises(ValueError, match=f"parts has {len(parts)} names, expected 2 to 6"):
        draw([BarRow("x", (1,) * len(parts)), BarRow("y", (1,) * len(parts))], parts=parts)


def test_one_group_alone_is_refused():
    with pytest.raises(ValueError, match="a plot of stacked bars needs at least two rows"):
        draw(ROWS[:1])
