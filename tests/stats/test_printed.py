import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.printed import VERDICTS, Check, Printed, Reading, joined, read_number, read_positive, show

READING = Reading("one way", 1.0, 0.5, 1.5, True)


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("12.40", "12.4", "0.005"),
        ("12.4", "12.4", "0.05"),
        ("12", "12", "0.5"),
        (" -3.0 ", "-3", "0.05"),
        ("−0.22", "-0.22", "0.005"),
        (".5", "0.5", "0.05"),
        ("+7.", "7", "0.5"),
    ],
)
def test_a_printed_number_keeps_its_value_and_its_decimals(text, value, half):
    assert read_number(text, "x") == Printed(Fraction(value), Fraction(half), text.strip())


@given(st.decimals(-1_000_000, 1_000_000, places=3, allow_nan=False))
def test_a_value_rounds_to_what_is_printed_just_within_half_a_unit(value):
    printed = read_number(str(value), "x")
    assert (printed.low, printed.high) == (float(value - Decimal("0.0005")), float(value + Decimal("0.0005")))
    assert printed.overlaps(float(value), float(value))
    assert printed.overlaps(printed.high, printed.high + 1) and printed.overlaps(printed.low - 1, printed.low)
    assert not printed.overlaps(printed.high + 0.01, printed.high + 1)
    assert not printed.overlaps(printed.low - 1, printed.low - 0.01)


@pytest.mark.parametrize("text", ["", "12,4", "1e3", "1.2.3", "nan", "inf", "12 %", "5" * 61, "½", "9" * 55, "--1"])
def test_what_is_no_printed_number_is_refused(text):
    with pytest.raises(StatsError, match=r"^x is "):
        read_number(text, "x")


@pytest.mark.parametrize("value", [2.65, 924, None, True, b"1.0", ["1.0"]])
def test_a_number_without_its_text_is_refused_for_its_decimals_are_lost(value):
    with pytest.raises(StatsError, match="as printed"):
        read_number(value, "x")


@pytest.mark.parametrize("text", ["0", "0.00", "-1.5", "-0"])
def test_a_positive_number_is_above_zero(text):
    with pytest.raises(StatsError, match=r"^x is .*above 0"):
        read_positive(text, "x")
    assert read_positive("0.01", "x") == read_number("0.01", "x")


def test_a_number_is_shown_with_four_digits():
    assert [show(x) for x in (0.028294, 483.302, 1.0, 3e-10)] == ["0.02829", "483.3", "1", "3e-10"]


def test_a_verdict_outside_the_vocabulary_is_refused():
    with pytest.raises(StatsError, match="Did you mean 'consistent'"):
        Check("x", "1", (READING,), "none", "consistant", (), ())


@given(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=5))
def test_joined_parts_keep_everything_and_the_worst_verdict_counts(verdicts):
    parts = [
        Check("x", f"{n}", (READING,), "rounding", verdict, (READING,), (f"step {n}",))
        for n, verdict in enumerate(verdicts)
    ]
    whole = joined(parts)
    assert VERDICTS.index(whole.verdict) == max(map(VERDICTS.index, verdicts))
    assert len(whole.expected) == len(whole.alternatives) == len(whole.steps) == len(parts)
    assert (whole.name, whole.tolerance) == ("x", "rounding")
    assert whole.printed == "; ".join(str(n) for n in range(len(parts)))


def test_no_parts_make_no_check():
    with pytest.raises(StatsError, match="parts has 0 rows"):
        joined([])


def test_limits_are_exact_for_many_decimals():
    printed = read_number("0." + "0" * 20 + "1", "x")
    assert math.isclose(printed.high, 1.5e-21) and math.isclose(printed.low, 0.5e-21)
