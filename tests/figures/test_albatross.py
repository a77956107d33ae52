import math
import re
from dataclasses import replace

import pytest

from il6review.figures import AlbatrossRow, albatross

ROWS = (
    AlbatrossRow("Exact", "0.001", 100, 1, ("C1", "C2")),
    AlbatrossRow("Below", "P<0.05", 40, 1, ("C2",)),
    AlbatrossRow("Against", "0.2", 400, -1, ("C3",)),
    AlbatrossRow("Not significant", "NS", 30, -1, ("C4",)),
    AlbatrossRow("Above", ">=0.4", 60, 1),
    AlbatrossRow("Far below", "<=0.0001", 200, -1),
)


def draw(rows=ROWS, **options):
    return albatross("ra.albatross", rows, for_label="IL-6 higher", against_label="IL-6 lower", **options)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_study_has_one_mark_of_its_side(names):
    assert names(draw().svg, "study-") == [
        "study-1-for",
        "study-2-for",
        "study-3-against",
        "study-4-against",
        "study-5-for",
        "study-6-against",
    ]


def test_each_contour_is_drawn_on_both_sides(names, texts, place):
    figure = draw(contours=(0.3, 0.6))
    middle = place(figure.svg, "no-effect")[0]
    assert [place(figure.svg, f"contour-{i}")[0] > middle for i in (1, 2, 3, 4)] == [True, False, True, False]
    assert names(figure.svg, "contour-") == ["contour-1", "contour-2", "contour-3", "contour-4"]
    assert [text for text in texts(figure.svg) if text in ("0.3", "0.6")] == ["0.3", "0.3", "0.6", "0.6"]
    assert names(draw(contours=()).svg, "contour-") == []


def test_studies_stand_outwards_by_p_and_upwards_by_size(names, place):
    svg = draw().svg
    x, y = zip(*(place(svg, name) for name in names(svg, "study-")), strict=True)
    middle = place(svg, "no-effect")[0]
    assert x[5] < x[3] < x[2] < middle < x[4] < x[1] < x[0]
    by_size = [height for _, height in sorted((row.n, height) for row, height in zip(ROWS, y, strict=True))]
    assert by_size == sorted(by_size, reverse=True)
    # p = 0.001 stands three tens from the middle, p = 0.05 at 1.3.
    assert (x[0] - middle) / (x[1] - middle) == pytest.approx(3 / -math.log10(0.05), rel=1e-3)


def test_a_study_on_a_contour_lies_on_its_line(names, place):
    z = math.sqrt(2 * 100 * 0.25 / 8.25)
    figure = draw([AlbatrossRow("On", f"{math.erfc(z / math.sqrt(2)):.12f}", 100, 1), ROWS[2]], contours=(0.5,))
    path = figure.svg.split('<g id="contour-1">')[1].split('d="')[1].split('"')[0].split()
    numbers = [float(part) for part in path if part not in "MLz"]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    x, y = place(figure.svg, "study-1-for")
    assert min(math.dist((x, y), corner) for corner in corners) < 8


def test_a_bound_of_p_is_hollow_and_points_to_where_p_lies():
    svg = draw().svg
    parts = [svg.split(f'<g id="study-{i}-')[1].split("</g>")[0] for i in range(1, 7)]
    assert ["fill: #ffffff" in part for part in parts] == [False, True, False, True, True, True]
    tips = [float(re.search(r'<path id="\w+" d="M (\S+)', part).group(1)) for part in parts]
    # The outline of a triangle begins at its tip: 2 and 4 point right, 5 and 6 left.
    assert [tips[i] > 0 for i in (1, 3, 4, 5)] == [True, True, False, False]


def test_sides_and_axes_are_named(texts):
    written = texts(draw().svg)
    assert {"◀ IL-6 lower", "IL-6 higher ▶", "p, two-sided", "Persons, n"} <= set(written)
    assert {"1", "0.05", "0.01", "0.001", "50", "100", "200", "500"} <= set(written)


@pytest.mark.parametrize("p", ["0.9", "1E-6", "1E-30", "1E-50"])
@pytest.mark.parametrize("n", [2, 4, 308, 6_000, 10**8])
def test_the_axes_have_marks_whatever_the_range(p, n, texts):
    figure = draw([AlbatrossRow("a", p, n, 1), AlbatrossRow("b", "0.5", n, -1)])
    written = texts(figure.svg)
    assert sum(text.isdigit() and int(text) > 1 for text in written) >= 1
    assert 3 <= sum(text == "1" or text.startswith(("0.0", "10")) for text in written) <= 20


def test_the_table_has_a_line_for_each_study():
    assert draw().columns == ("Study", "n", "p as printed", "Direction")
    assert draw().table[1] == ("Below", "40", "P<0.05", "IL-6 higher")
    assert len(draw().table) == 6


def test_the_words_are_made_from_the_numbers():
    figure = draw(caption="Serum", contours=(0.2, -0.5))
    assert figure.alt == (
        "Albatross plot of 6 studies with n = 30 to 400. IL-6 higher: 3; IL-6 lower: 3. "
        "Contours at |g| (two groups of equal size) = 0.2, 0.5."
    )
    assert figure.caption == (
        "Serum. 6 studies, n = 830; p falls outwards from the middle, persons rise upwards. "
        "Right: IL-6 higher; left: IL-6 lower. Contours at |g| (two groups of equal size) = 0.2, 0.5. "
        "Hollow triangles: only a bound of p is printed (4 of 6); they point to where p lies."
    )
    assert "IL-6 higher: 3; IL-6 lower: 2." in draw(ROWS[:5]).alt
    assert "Contours at |r| = 0.1." in draw(kind="r", contours=(0.1,)).alt
    plain = draw([ROWS[0], ROWS[2]], contours=())
    assert "Hollow" not in plain.caption
    assert "Contours" not in plain.alt


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("C1", "C2", "C3", "C4")


def test_labels_from_a_table_are_kept_as_they_are(hostile, texts):
    rows = [AlbatrossRow(text, "0.01", 20 + i, 1) for i, text in enumerate(hostile)]
    figure = albatross("x", rows, for_label=hostile[0], against_label=hostile[1])
    assert "<script" not in figure.svg + figure.html()
    assert "◀ $x^2$ $" in texts(figure.svg)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused(count):
    with pytest.raises(ValueError, match="an albatross plot needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"p": "low"}, {}, "p value 'low' cannot be read"),
        ({"n": 1}, {}, "ns, row 1, is 1"),
        ({"direction": 0}, {}, "directions, row 1, is 0"),
        ({"direction": 2}, {}, "directions, row 1, is 2"),
        ({}, {"contours": (0,)}, "effect is 0"),
        ({}, {"contours": (1.5,), "kind": "r"}, "effect is 1.5"),
        ({}, {"kind": "OR"}, "kind is 'OR'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, options, message):
    with pytest.raises(ValueError, match=message):
        draw([replace(ROWS[0], **change), *ROWS[1:]], **options)


def test_studies_at_round_values_stand_level_with_the_marks_of_the_axes(names, place):
    svg = draw().svg
    across = [place(svg, name)[0] for name in names(svg, "xtick_")]
    upwards = [place(svg, name)[1] for name in names(svg, "ytick_")]
    for study in ("study-1-for", "study-6-against"):
        x, y = place(svg, study)
        assert min(abs(x - mark) for mark in across) < 0.01
        assert min(abs(y - mark) for mark in upwards) < 0.01
