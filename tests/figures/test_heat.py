import re

import pytest

from il6review.figures import heat_map

VALUES = {("DL", "0.9"): 1.5, ("DL", "0.95"): 2.0, ("PM", "0.9"): 1.0}


def drawn(values=VALUES, **options):
    settings = {"what": "estimate", "down": "tau2", "across": "confidence"} | options
    lines, columns = (list(dict.fromkeys(pair[place] for pair in values)) for place in (0, 1))
    return heat_map("a.sweep", values, **{"lines": lines, "columns": columns} | settings)


def colours(figure):
    found = re.findall(r'<g id="cell-(\d+)-(\d+)">.*?fill: (#[0-9a-f]{6})', figure.svg, re.DOTALL)
    return {(int(line), int(column)): colour for line, column, colour in found}


def test_words_name_the_lowest_and_the_highest_and_what_is_missing():
    figure = drawn()
    assert figure.alt == (
        "Heat map of estimate: tau2 down, 2; confidence across, 2. "
        "Lowest 1.00 at PM, 0.9, highest 2.00 at DL, 0.95. 1 without a number."
    )
    assert figure.columns == ("tau2 \\ confidence", "0.9", "0.95")
    assert figure.table == (("DL", "1.50", "2.00"), ("PM", "1.00", ""))
    assert "A cross marks a pair without a number." in figure.caption


def test_higher_is_darker_and_lowest_and_missing_are_white():
    shade = {place: int(colour[1:3], 16) for place, colour in colours(drawn()).items()}
    assert shade[1, 2] < shade[1, 1] < shade[2, 1] == shade[2, 2] == 255


def test_equal_numbers_are_all_white():
    assert set(colours(drawn(dict.fromkeys(VALUES, 3.0))).values()) == {"#ffffff"}


def test_numbers_that_do_not_fit_are_left_to_the_table():
    wide = {("a", str(place)): place / 7 for place in range(40)}
    narrow = {("a", str(place)): place / 7 for place in range(4)}
    glyphs = [drawn(values).svg.count("<use ") / len(values) for values in (wide, narrow)]
    assert glyphs[0] < 3 < glyphs[1]


def test_same_numbers_give_the_same_bytes_and_markup_stays_text():
    assert drawn().svg == drawn().svg
    assert "<b>" not in drawn(what="<b>$x$").html()


@pytest.mark.parametrize("values", [{}, {("a", "b"): float("nan")}])
def test_nothing_to_draw_and_what_is_no_number_are_refused(values):
    with pytest.raises(ValueError, match=r"needs at least one number|expected a finite number"):
        drawn(values)
