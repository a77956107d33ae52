import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.figures.style import SMALL, text_width
from il6review.figures.ticks import linear_ticks, ratio_ticks, tick_label


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (math.log(0.4), math.log(12), ["0.5", "1", "2", "5", "10"]),
        (math.log(0.02), math.log(5000), ["0.1", "1", "10", "100", "1000"]),
        (math.log(0.89), math.log(1.21), ["0.9", "1", "1.1", "1.2"]),
        (-100, 100, ["10⁻³⁰", "10⁻¹⁵", "1", "10¹⁵", "10³⁰"]),
    ],
)
def test_ratios_are_marked_at_round_places(low, high, labels):
    assert ratio_ticks(low, high, 2.6)[1] == labels


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [(-1, 1, ["−1", "−0.5", "0", "0.5", "1"]), (0, 130, ["0", "25", "50", "75", "100", "125"])],
)
def test_values_are_marked_at_round_places(low, high, labels):
    assert linear_ticks(low, high, 3)[1] == labels


def test_sizes_are_marked_at_whole_numbers():
    assert linear_ticks(2, 5, 6, whole=True)[0] == [2, 3, 4, 5]


@given(st.floats(-50, 50), st.floats(0.01, 100), st.floats(1.6, 4), st.sampled_from([linear_ticks, ratio_ticks]))
def test_ticks_lie_on_the_axis_and_their_labels_do_not_touch(low, span, width, ticks):
    high = low + span
    places, labels = ticks(low, high, width)
    assert all(low - 1e-9 <= place <= high + 1e-9 for place in places)
    edges = [
        (place * width / span - text_width(label, SMALL) / 2, place * width / span + text_width(label, SMALL) / 2)
        for place, label in zip(places, labels, strict=True)
    ]
    assert all(left[1] < right[0] for left, right in pairwise(edges))


@pytest.mark.parametrize(
    ("value", "label"), [(0, "0"), (-0.5, "−0.5"), (1000, "1000"), (1e6, "10⁶"), (2e6, "2 × 10⁶"), (1e-9, "10⁻⁹")]
)
def test_a_tick_is_labelled_as_short_as_can_be(value, label):
    assert tick_label(value) == label
