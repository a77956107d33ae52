import re
from dataclasses import replace

import pytest

from il6review.figures import DirectionRow, effect_direction
from il6review.stats.directions import vote_count

ROWS = (
    DirectionRow("Small up", 1, 20, "r printed", ("C1", "C2")),
    DirectionRow("Down", -1, 300, "p printed", ("C3",)),
    DirectionRow("Unknown up", 1, None, "words only", ("C4",)),
    DirectionRow("Null", 0, 500, "words only", ("C2",)),
    DirectionRow("Large up", 1, 100, "r printed", ("C5",)),
)
ORDER = ("Large up", "Small up", "Unknown up", "Null", "Down")


def draw(rows=ROWS, **options):
    return effect_direction("ra.directions", rows, for_label="IL-6 higher", against_label="IL-6 lower", **options)


def many(count):
    signs = [1] * (count - 7) + [0] * 5 + [-1] * 2
    return [DirectionRow(f"Study {i}", sign, i + 1, "words only") for i, sign in enumerate(signs)]


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_studies_are_sorted_by_direction_then_size_with_unknown_sizes_last(texts):
    figure = draw()
    assert tuple(line[0] for line in figure.table) == ORDER
    assert tuple(text for text in texts(figure.svg) if text in ORDER) == ORDER


def test_each_study_has_one_sign_of_its_direction(names):
    assert names(draw().svg, "study-") == [
        "study-1-for",
        "study-2-for",
        "study-3-for",
        "study-4-none",
        "study-5-against",
    ]


def test_the_three_signs_differ_in_shape_colour_and_column(names, place):
    svg = draw().svg
    marks = names(svg, "study-")[2:]
    drawn = [svg.split(f'id="{name}"')[1] for name in marks]
    outlines = {re.search(r' d="(.*?)"', part, re.DOTALL).group(1) for part in drawn}
    colours = {re.search(r"(?:fill|stroke): (#\w{6})", part).group(1) for part in drawn}
    columns = {place(svg, name)[0] for name in marks}
    assert (len(outlines), len(colours), len(columns)) == (3, 3, 3)


def test_each_line_stands_below_the_one_before(names, place):
    svg = draw().svg
    heights = [place(svg, name)[1] for name in names(svg, "study-")]
    assert heights == sorted(heights)
    assert len(set(heights)) == 5


def test_the_table_says_what_the_signs_say():
    assert draw().table[:4:3] == (
        ("Large up", "100", "IL-6 higher", "r printed"),
        ("Null", "500", "no difference or mixed", "words only"),
    )
    assert draw().table[2][1] == "–"


def test_the_words_are_made_from_the_numbers():
    figure = draw(caption="Serum")
    assert figure.alt == "Effect-direction plot of 5 studies. IL-6 higher: 3; no difference or mixed: 1; IL-6 lower: 1."
    assert figure.caption == (
        "Serum. 5 studies, n = 920 in the 4 that give it; the largest of each direction first. "
        "Triangle up: IL-6 higher; circle: no difference or mixed; triangle down: IL-6 lower."
    )


def test_a_caption_with_every_size_known_gives_the_whole_number():
    assert "5 studies, n = 930; the largest" in draw([replace(row, n=row.n or 10) for row in ROWS]).caption


def test_the_vote_is_printed_in_picture_and_words(texts):
    figure = draw(vote=vote_count([row.direction for row in ROWS]))
    verdict = "3 of 5 for; share 60 %, 95 % interval 14.7 % to 94.7 %"
    assert verdict in texts(figure.svg)
    assert verdict in figure.alt
    assert verdict in figure.caption


def test_a_vote_over_other_studies_is_refused():
    with pytest.raises(
        ValueError, match="the vote counts 3 for, 0 without difference, 1 against; the rows show 3, 1 and 1"
    ):
        draw(vote=vote_count([1, 1, 1, -1]))


def test_eighty_studies_are_drawn(names):
    figure = draw(many(80), vote=vote_count([row.direction for row in many(80)]))
    assert len(names(figure.svg, "study-")) == len(figure.table) == 80


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("C5", "C1", "C2", "C4", "C3")


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts, names):
    figure = effect_direction(
        "x", [DirectionRow(text, 1, 5, text) for text in hostile], for_label=hostile[0], against_label=hostile[1]
    )
    assert len(names(figure.svg, "study-")) == 8
    assert "<script" not in figure.svg + figure.html()
    assert {"<script>alert(1)</script>", "$x^2$ $", r"\LaTeX \n", "{x} %s", "Ali 2019"} <= set(texts(figure.svg))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused(count):
    with pytest.raises(ValueError, match="an effect-direction plot needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize("direction", [2, -2, 0.5, None])
def test_any_other_direction_is_refused(direction):
    with pytest.raises(ValueError, match=f"Down: direction is {direction}, expected 1, 0 or -1"):
        draw([ROWS[0], replace(ROWS[1], direction=direction)])
