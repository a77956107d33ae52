import re
from itertools import pairwise

import pytest

from il6review.figures import OverviewRow, overview

WORDS = ("stands", "weakened", "falls", "untested")
ROWS = (
    OverviewRow("Small", ("falls", "stands")),
    OverviewRow("Large", ("untested", "stands", "weakened", "untested", "falls")),
)


def draw(rows=ROWS, caption=""):
    return overview("findings.overview", rows, caption)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_claim_has_one_tile_the_largest_chapter_first_and_ordered_by_headline(names):
    assert names(draw().svg, "claim-") == [
        "claim-1-1-stands",
        "claim-1-2-weakened",
        "claim-1-3-falls",
        "claim-1-4-untested",
        "claim-1-5-untested",
        "claim-2-1-stands",
        "claim-2-2-falls",
    ]


def test_the_tiles_of_the_headlines_differ_in_letter_fill_and_frame(texts):
    svg = draw().svg
    looks = {re.search(rf'id="legend-{word}">.*?style="([^"]*)"', svg, re.DOTALL)[1] for word in WORDS}
    assert len(looks) == 4
    letters = [text for text in texts(svg) if text in "SWFU"]
    assert letters == [*"SWFU", *"SWFUU", *"SF"]


def test_words_and_table_say_what_the_tiles_say(texts):
    figure = draw(caption="All")
    said = "stands: 2; weakened: 1; falls: 2; untested: 2."
    assert figure.alt == f"One tile for each of 7 claims in 2 chapters. {said}"
    assert figure.caption == (
        f"All. One tile a claim (n = 7), one line a chapter; its letter is that of its headline. {said}"
    )
    assert figure.columns == ("Chapter", "Stands", "Weakened", "Falls", "Untested", "All")
    assert figure.table == (
        ("Large", "1", "1", "1", "2", "5"),
        ("Small", "1", "0", "1", "0", "2"),
        ("All chapters", "2", "1", "2", "2", "7"),
    )
    assert {"stands (2)", "weakened (1)", "falls (2)", "untested (2)", "Large", "5", "Small", "2"} <= set(
        texts(figure.svg)
    )


@pytest.mark.parametrize("count", [2, 30, 120])
def test_no_two_tiles_touch_and_none_leaves_the_picture(names, count):
    svg = draw([OverviewRow("Many", ("untested",) * count), OverviewRow("One", ("falls",))]).svg
    sides = []
    for name in names(svg, "claim-1-"):
        outline = re.search(rf'<g id="{name}">\s*<path d="([^"]*)"', svg)[1]
        across = [float(x) for x in re.findall(r"[ML] ([\d.]+) ", outline)]
        sides.append((min(across), max(across)))
    assert len(sides) == count
    assert all(right < left for (_, right), (left, _) in pairwise(sides))
    assert sides[-1][1] < float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])


def test_labels_from_a_table_are_drawn_as_they_are(hostile):
    figure = draw([OverviewRow(text, ("stands",)) for text in hostile])
    assert "<script" not in figure.svg + figure.html()
    assert len(figure.table) == len(hostile) + 1


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_chapters_are_refused(count):
    with pytest.raises(ValueError, match="an overview needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize(("headlines", "found"), [((), "no claim"), (("stands", "true"), "'true'")])
def test_a_chapter_without_claims_or_with_another_word_is_refused(headlines, found):
    with pytest.raises(ValueError, match=f"Bad: found {found}, expected headlines among stands, weakened"):
        draw([*ROWS, OverviewRow("Bad", headlines)])
