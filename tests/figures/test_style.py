import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.figures import style


def draw():
    with style.applied():
        figure = style.canvas(2)
        sheet = style.lines(figure, 0.5, 3, 0.3)
        style.write(sheet, 1, 1, "$x^2$ and text")
        return style.save(figure)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw() == draw()


def test_the_picture_tells_neither_date_nor_program():
    assert "Matplotlib" not in draw()
    assert "<dc:date>" not in draw()


def test_the_readers_own_settings_change_nothing_and_stay_as_they_are():
    before = draw()
    with matplotlib.rc_context({"font.size": 30, "text.usetex": True, "svg.hashsalt": "other", "axes.grid": True}):
        assert draw() == before
        assert matplotlib.rcParams["font.size"] == 30


def test_a_formula_is_drawn_as_the_characters_it_is_made_of():
    assert draw().count("<use ") == len("$x^2$ and text")


def test_lines_count_downwards_from_the_place_given():
    with style.applied():
        figure = style.canvas(2)
        sheet = style.lines(figure, 0.5, 3, 0.3)
        heights = [
            figure.dpi_scale_trans.inverted().transform(sheet.transData.transform((0, y)))[1] for y in (-0.5, 2.5)
        ]
    assert heights == pytest.approx([2 - 0.5, 2 - 0.5 - 0.9])


def test_width_grows_with_size_and_weight():
    assert style.text_width("Study", 20) == pytest.approx(2 * style.text_width("Study", 10), rel=0.05)
    assert style.text_width("Study", weight="bold") > style.text_width("Study")


@given(st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs")), max_size=60), st.floats(0.2, 3))
def test_a_shortened_label_fits_and_begins_like_the_label(text, width):
    short = style.shorten(text, width)
    assert style.text_width(short) <= width
    assert short == text or text.startswith(short.removesuffix("…"))


def test_a_label_that_fits_is_left_alone():
    assert style.shorten("Ali 2019", 2) == "Ali 2019"


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=30), max_size=12), st.floats(0.5, 3))
def test_wrapped_lines_fit(words, width):
    assert all(style.text_width(line) <= width for line in style.wrap(" ".join(words), width))


def test_wrapping_loses_no_word():
    text = "severe disease with erosions of the joints"
    lines = style.wrap(text, 1.2)
    assert len(lines) > 1
    assert " ".join(lines) == text
