import re
from dataclasses import replace

import pytest

from il6review.figures import TimelineRow, style, timeline

ROWS = (
    TimelineRow("First report", 1984, ((1985, "A review"), (1971, "Another review")), ("Q1",)),
    TimelineRow("Cloning", 1986, ((1986, "A paper"),), ("Q2", "Q1")),
    TimelineRow("Naming", 1990),
)


def draw(rows=ROWS, **options):
    return timeline("names.timeline", rows, said_by="the slide", **options)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_event_has_one_mark_of_the_document_and_one_a_source(names):
    assert names(draw().svg, "event-") == [
        "event-1-said",
        "event-1-found-1",
        "event-1-found-2",
        "event-2-said",
        "event-2-found-1",
        "event-3-said",
    ]


def test_later_years_stand_further_right_on_one_scale(place):
    svg = draw().svg
    marks = ("event-1-found-1", "event-1-said", "event-1-found-2", "event-2-said", "event-3-said")
    xs = [place(svg, name)[0] for name in marks]
    steps = [(x - xs[0]) / (xs[-1] - xs[0]) for x in xs]
    assert steps == pytest.approx([(year - 1971) / 19 for year in (1971, 1984, 1985, 1986, 1990)], abs=1e-4)


def test_the_same_year_is_the_same_place_and_events_stand_one_below_the_other(place):
    svg = draw().svg
    assert place(svg, "event-2-said") == place(svg, "event-2-found-1")
    heights = [place(svg, f"event-{number}-said")[1] for number in (1, 2, 3)]
    assert heights == sorted(set(heights))
    assert place(svg, "event-1-found-1")[1] == heights[0]


def test_the_two_marks_differ_in_shape_and_colour_and_the_legend_shows_them():
    svg = draw().svg
    looks = []
    for name in ("event-1-said", "event-1-found-1", "legend-1", "legend-2"):
        mark = svg.split(f'id="{name}"')[1]
        shape, colour = re.search(r'<use xlink:href="#(\w+)".*?stroke: (#\w{6})', mark).groups()
        outline = re.search(f'<path id="{shape}" d="(.*?)"', svg, re.DOTALL).group(1)
        looks.append(({"L": "straight", "C": "round"}[outline.split()[3]], colour))
    assert looks == [("straight", style.VERMILION.lower()), ("round", style.BLUE.lower())] * 2


def test_names_sources_and_years_are_written(texts):
    written = texts(draw().svg)
    assert [text for text in written if text in ("First report", "Cloning", "Naming")] == [row.label for row in ROWS]
    assert {
        "1971: Another review; 1985: A review",
        "1986: A paper",
        "no source gives a year",
        "year that the slide gives",
        "year that a source gives",
    } <= set(written)


def test_the_words_are_made_from_the_years():
    figure = draw(caption="Three events")
    assert figure.alt == (
        "Timeline of 3 events. First report: the slide 1984; 1971: Another review; 1985: A review. "
        "Cloning: the slide 1986; 1986: A paper. Naming: the slide 1990; no source gives a year."
    )
    assert figure.caption == (
        "Three events. Diamond: the year that the slide gives; circle: a year that a source gives. "
        "Where they agree the circle stands in the diamond."
    )


def test_the_table_has_a_line_for_each_year():
    assert draw().table == (
        ("First report", "1984", "the slide"),
        ("First report", "1971", "Another review"),
        ("First report", "1985", "A review"),
        ("Cloning", "1986", "the slide"),
        ("Cloning", "1986", "A paper"),
        ("Naming", "1990", "the slide"),
    )


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("Q1", "Q2")


def test_events_of_one_year_are_drawn(place):
    svg = draw([TimelineRow("One", 1990), TimelineRow("Two", 1990)]).svg
    assert place(svg, "event-1-said")[0] == place(svg, "event-2-said")[0]


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts, names):
    figure = timeline("x", [TimelineRow(text, 1990, ((1991, text),)) for text in hostile], said_by=hostile[0])
    assert len(names(figure.svg, "event-")) == 16
    assert "<script" not in figure.svg + figure.html()
    assert {"<script>alert(1)</script>", "$x^2$ $", r"\LaTeX \n", "{x} %s", "Ali 2019"} <= set(texts(figure.svg))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_events_are_refused(count):
    with pytest.raises(ValueError, match="a timeline needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize("year", [1990.5, "1990", None, float("nan")])
def test_a_year_that_is_no_whole_number_is_refused(year):
    with pytest.raises(ValueError, match=f"Naming: year is {year!r}, expected a whole number"):
        draw([ROWS[0], replace(ROWS[2], said=year)])
    with pytest.raises(ValueError, match=f"Naming: year is {year!r}"):
        draw([ROWS[0], replace(ROWS[2], found=((year, "A paper"),))])
