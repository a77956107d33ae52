import base64
import json
import xml.etree.ElementTree as ET
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review import MIME
from il6review.figures import Figure
from il6review.figures.display import (
    fixed,
    fmt,
    need_finite,
    need_interval,
    need_two,
    percent,
    plain,
    sentences,
    unique,
)

HOSTILE = "<script>alert(1)</script> \" ' & {x} $x^2$"
SVG = "<svg/>"


def figure(text="Study", key="chapter.forest"):
    return Figure(
        key, SVG, f"alt {text}", f"caption {text}", ("Name", text), ((text, "1"), ("b", text)), ("G001", "G002")
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1, "1.00"),
        (10.2345, "10.2"),
        (150.4, "150"),
        (1234.0, "1230"),
        (999.6, "1000"),
        (0.9996, "1.00"),
        (0.70, "0.700"),
        (-0.0421, "−0.0421"),
        (0.0001, "0.000100"),
        (0.00001234, "1.23 × 10⁻⁵"),
        (999_600.0, "1.00 × 10⁶"),
        (-1.2e30, "−1.20 × 10³⁰"),
    ],
)
def test_a_number_is_written_with_three_significant_digits(value, text):
    assert fmt(value) == text


def test_digits_can_be_chosen():
    assert (fmt(0.0421, 2), fmt(123.4, 1)) == ("0.042", "100")


@given(st.floats(min_value=1e-4, max_value=1e5))
def test_a_written_number_is_within_half_a_unit_of_its_third_digit(value):
    assert float(fmt(value)) == pytest.approx(value, rel=0.00501)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_is_written_with_a_hyphen_or_a_computers_exponent(value):
    assert not set("-e+") & set(fmt(value) + fixed(value, 2))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(value):
    for write in (fmt, lambda number: fixed(number, 2)):
        with pytest.raises(ValueError, match="expected a finite value"):
            write(value)


def test_fixed_decimals_keep_zeros_and_give_zero_no_sign():
    assert [fixed(value, 2) for value in (1.5, -0.316, -0.001)] == ["1.50", "−0.32", "0.00"]


def test_fixed_decimals_end_at_a_million():
    assert [fixed(value, 1) for value in (999_999, 2e6)] == ["999999.0", "2.00 × 10⁶"]


def test_a_share_is_written_in_percent():
    assert [percent(share) for share in (0.95, 0.975, 0.8444, 1)] == ["95 %", "97.5 %", "84.4 %", "100 %"]


def test_a_label_is_one_line_of_characters_that_can_be_shown():
    assert plain(" a\n\tb\x00\x1b \ud800c ") == "a b c"


def test_sentences_end_with_one_full_stop_and_empty_ones_are_left_out():
    assert sentences("", "One", "Two.", "", "Three?") == "One. Two. Three?"


def test_ids_are_kept_once_and_in_order():
    assert unique([("G2", "G1"), (), ("G1", "G3")]) == ("G2", "G1", "G3")


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_are_refused(count):
    with pytest.raises(ValueError, match=f"a plot needs at least two rows, found {count}"):
        need_two(range(count), "a plot")


def test_a_value_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match="Ali 2019: weight is nan"):
        need_finite("Ali 2019", mean=1, weight=float("nan"))


@pytest.mark.parametrize("ends", [(2, 1, 3), (0, 4, 3), (3, 2, 1)])
def test_an_interval_must_hold_its_estimate(ends):
    with pytest.raises(ValueError, match="Ali 2019: expected ci_low <= estimate <= ci_high"):
        need_interval("Ali 2019", *ends)


def test_the_html_is_well_formed_and_holds_picture_words_and_numbers():
    root = ET.fromstring(figure().html())
    assert root.attrib == {"class": "il6-figure", "id": "fig-chapter-forest"}
    image = root.find("div/img")
    assert image.get("alt") == "alt Study"
    kind, _, data = image.get("src").partition(",")
    assert (kind, base64.b64decode(data).decode()) == ("data:image/svg+xml;base64", SVG)
    assert root.find("figcaption").text == "caption Study"
    assert [cell.get("scope") for cell in root.iter("th")] == ["col", "col", "row", "row"]
    assert ["".join(row.itertext()) for row in root.iter("tr")] == ["NameStudy", "Study1", "bStudy"]


def test_a_line_without_a_name_has_no_empty_header():
    root = ET.fromstring(replace(figure(), table=(("", "1"),)).html())
    assert [cell.get("scope") for cell in root.iter("th")] == ["col", "col"]
    assert [cell.text for cell in root.iter("td")] == [None, "1"]


@pytest.mark.parametrize(
    ("place", "kind", "label"),
    [
        ("div", "il6-scroll il6-picture", "Picture of chapter.forest"),
        ("details/div", "il6-scroll", "Numbers of chapter.forest"),
    ],
)
def test_picture_and_table_can_be_reached_and_scrolled_by_keyboard(place, kind, label):
    region = ET.fromstring(figure().html()).find(place)
    assert region.attrib == {"class": kind, "tabindex": "0", "role": "group", "aria-label": label}


def test_text_from_a_table_is_never_markup():
    page = figure(HOSTILE, key=HOSTILE).html()
    assert "<script" not in page
    root = ET.fromstring(page)
    assert root.find("div/img").get("alt") == f"alt {HOSTILE}"
    assert root.find("figcaption").text == f"caption {HOSTILE}"
    cells = [cell.text for cell in root.find("details/div/table/tbody").iter() if cell.text]
    assert cells == [HOSTILE, "1", "b", HOSTILE]
    assert root.get("id") == "fig--script-alert-1-script-x-x-2-"


@given(st.text())
def test_any_text_gives_well_formed_html(text):
    ET.fromstring(figure(text, key=text).html())


def test_the_bundle_carries_page_words_and_payload():
    bundle = figure()._repr_mimebundle_()
    assert bundle == {
        "text/html": figure().html(),
        "text/plain": "alt Study",
        MIME: {
            "kind": "figure",
            "key": "chapter.forest",
            "alt": "alt Study",
            "rows": ["G001", "G002"],
        },
    }
    assert json.loads(json.dumps(bundle)) == bundle


def test_a_figure_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        figure().alt = "other"
