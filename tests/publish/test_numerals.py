import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.publish.numerals import typed_numbers


@pytest.mark.parametrize(
    "name",
    [
        "IL-6",
        "sIL-6R",
        "IL-1β",
        "anti-IL-6",
        "gp130",
        "DAS28",
        "DAS28-CRP",
        "CD4+ cells",
        "TNF-α",
        "RA-25",
        "cm³",
        "H2O",
        "two of ten studies",
        "a tension between them",
        "someone often told",
        "the seventh of them",
    ],
)
def test_a_name_with_a_digit_and_a_small_number_word_may_stand(name):
    assert typed_numbers(name) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("66 patients", ["66"]),
        ("a share of 95 %", ["95"]),
        ("P = 0.05", ["0.05"]),
        ("P<0.05", ["0.05"]),
        ("n=24", ["24"]),
        ("P=.05", ["05"]),
        ("r=−0.4", ["−0.4"]),
        ("r = -0.4", ["-0.4"]),
        ("DAS28>3.2", ["3.2"]),
        ("IL-6: 24", ["24"]),
        ("a 5-fold rise", ["5-fold"]),
        ("a 66-year-old", ["66-year-old"]),
        ("stage 3", ["3"]),
        ("10^3", ["10", "3"]),
        ("10³", ["10³"]),
        ("66–70", ["66", "70"]),
        ("66/70", ["66/70"]),
        ("1,000", ["1,000"]),
        ("±3", ["±3"]),
        ("×100", ["100"]),
        ("€5", ["5"]),
        ("½", ["½"]),
        ("2½", ["2½"]),
        ("25(OH)D", ["25"]),  # {as-is} lets such a name stand
        ("twenty-five", ["twenty-five"]),
        ("Sixty-six", ["Sixty-six"]),
        ("hundreds of them", ["hundreds"]),
        ("a hundredfold rise", ["hundredfold"]),
        ("dozens", ["dozens"]),
        ("a billion", ["billion"]),
        ("the eleventh", ["eleventh"]),
        ("66 of 90, n=24 and twelve", ["66", "90,", "24", "twelve"]),
    ],
)
def test_a_typed_number_is_found(text, found):
    assert typed_numbers(text) == found


@pytest.mark.parametrize("text", ["(1998)", "[5]", '"66"', "“66”", "'66"])
def test_a_number_in_brackets_or_quotes_is_found(text):
    (found,) = typed_numbers(text)
    assert found.lstrip("([") in text and found[-1].isdigit()


@given(
    st.floats(0, 1e6, allow_nan=False).map(lambda value: f"{value:.2f}"),
    st.sampled_from(["", " ", "(", "=", "<", "P<", "n=", "about ", "of\n", "–", "≥", '"', "/", "~", "£"]),
)
def test_a_number_is_found_behind_whatever_stands_before_it(number, before):
    assert [found.lstrip("(=<≥~") for found in typed_numbers(f"word {before}{number} word")] == [number]
