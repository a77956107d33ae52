import re
from dataclasses import replace

import pytest

from il6review.figures import ResponderRow, responders

ROWS = (
    ResponderRow("First", "drug 4", True, 47.0, 399, 42.2, 51.9, "Review", ("P1",)),
    ResponderRow("First", "drug 8", True, 56.04, 398, 51.1, 60.8, "Review", ("P2",)),
    ResponderRow("First", "placebo", False, 25.0, 393, 21.0, 29.5, "Review", ("P3", "P1")),
    ResponderRow("Second", "drug 8", True, 70.0, source="Table", row_ids=("P4",)),
)


def draw(rows=ROWS, **options):
    return responders("bio.responders", rows, outcome="ACR20", treated_label="drug", **options)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_arm_has_one_mark_of_its_kind_in_the_order_given(names):
    marks = [name for name in names(draw().svg, "arm-") if not name.endswith("interval")]
    assert marks == ["arm-1-treated", "arm-2-treated", "arm-3-compared", "arm-4-treated"]


def test_only_an_arm_with_an_interval_shows_one(names):
    bars = [name for name in names(draw().svg, "arm-") if name.endswith("interval")]
    assert bars == ["arm-1-interval", "arm-2-interval", "arm-3-interval"]


def test_more_responders_stand_further_right_on_one_scale(place):
    svg = draw([replace(ROWS[0], percent=p, ci_low=None, ci_high=None) for p in (0.0, 25.0, 100.0)]).svg
    at = [place(svg, f"arm-{number}-treated")[0] for number in (1, 2, 3)]
    assert at[0] < at[1] < at[2]
    assert (at[1] - at[0]) / (at[2] - at[0]) == pytest.approx(0.25, abs=1e-4)


def test_the_interval_reaches_from_limit_to_limit(place):
    svg = draw(
        [
            replace(ROWS[0], ci_low=0.0, ci_high=100.0),
            *(replace(ROWS[1], percent=p, ci_low=0.0, ci_high=100.0) for p in (0.0, 100.0)),
        ]
    ).svg
    bar = re.search(r'id="arm-1-interval">\s*<path d="M ([\d.]+) [\d.]+ \s*L ([\d.]+) ', svg)
    ends = [place(svg, f"arm-{number}-treated")[0] for number in (2, 3)]
    assert [float(end) for end in bar.groups()] == pytest.approx(ends, abs=1e-3)


def test_each_line_stands_below_the_one_before(names, place):
    svg = draw().svg
    heights = [place(svg, name)[1] for name in names(svg, "arm-") if not name.endswith("interval")]
    assert heights == sorted(set(heights))


def test_a_trial_is_named_once(texts):
    written = texts(draw().svg)
    assert written.count("First") == written.count("Second") == 1
    assert written.count("drug 8") == 2


def test_the_table_holds_size_percent_interval_and_source():
    figure = draw()
    assert figure.columns == ("Trial", "Arm", "n", "Percent", "95 % low", "95 % high", "Source")
    assert figure.table[1] == ("First", "drug 8", "398", "56", "51.1", "60.8", "Review")
    assert figure.table[3] == ("Second", "drug 8", "–", "70", "", "", "Table")


def test_the_words_are_made_from_the_numbers():
    figure = draw(caption="Trials", compared_label="no drug", confidence=0.9)
    assert figure.alt == "Dot plot of 4 arms of 2 trials, ACR20. drug: 47 % to 70 %; no drug: 25 % to 25 %."
    assert figure.caption == (
        "Trials. ACR20, percent of each arm with 90 % interval (Wilson); 4 arms of 2 trials. "
        "Filled circle: drug; hollow square: no drug. "
        "No interval where the size of the arm is not printed (1 of 4 arms)."
    )


def test_words_of_what_is_not_shown_are_left_out():
    figure = draw(ROWS[:2])
    assert figure.alt == "Dot plot of 2 arms of 1 trial, ACR20. drug: 47 % to 56 %."
    assert "No interval" not in figure.caption


def test_the_evidence_rows_are_named_once_each():
    assert draw().rows == ("P1", "P2", "P3", "P4")


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts):
    rows = [ResponderRow(text, text, True, 10.0, source=text) for text in dict.fromkeys(hostile)]
    figure = responders("x", rows, outcome=hostile[0], treated_label=hostile[1], compared_label=hostile[2])
    assert "<script" not in figure.svg + figure.html()
    assert {"<script>alert(1)</script>", "$x^2$ $", r"\LaTeX \n", "{x} %s"} <= set(texts(figure.svg))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_arms_are_refused(count):
    with pytest.raises(ValueError, match="a dot plot of responders needs at least two rows"):
        draw(ROWS[:count])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"ci_high": None}, "First, drug 4: only one end of the interval is given"),
        ({"ci_low": 48.0}, "First, drug 4: expected ci_low <= estimate <= ci_high"),
        ({"percent": float("nan")}, "First, drug 4: estimate is nan"),
        ({"ci_low": -1.0}, "First, drug 4: -1.0 to 51.9 is not within 0 to 100 percent"),
        ({"ci_high": 100.1}, "First, drug 4: 42.2 to 100.1 is not within 0 to 100 percent"),
    ],
)
def test_what_no_arm_can_have_is_refused(cells, message):
    with pytest.raises(ValueError, match=message):
        draw([replace(ROWS[0], **cells), *ROWS[1:]])


def test_a_trial_in_two_places_is_refused():
    with pytest.raises(ValueError, match="First: its arms stand apart"):
        draw([ROWS[0], ROWS[3], ROWS[1]])
