import re
from dataclasses import replace

import pytest

from il6review.figures import FlowStep, flow

STEPS = (
    FlowStep("Claims", 12, "claims"),
    FlowStep("Sources", 9, "sources", (("trial", 4), ("review", 5)), ("Out of reach", 2), ("K1", "K2")),
    FlowStep("Sources read", 7, "sources", (), ("No row taken", 3), ("K2", "K3")),
    FlowStep("Sources used", 4, "sources"),
)


def box(svg, name):
    """Give left, top, right and bottom of a box, in points."""
    outline = re.search(rf'<g id="{name}">\s*<path d="([^"]*)"', svg)[1]
    points = [float(number) for number in re.findall(r"-?[\d.]+", outline)]
    return min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2])


def draw(steps=STEPS, caption=""):
    return flow("evidence.flow", steps, caption)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_step_has_a_box_and_an_arrow_leads_to_the_next(names):
    svg = draw().svg
    assert names(svg, "step-") == ["step-1", "step-2", "step-3", "step-4"]
    assert names(svg, "arrow-") == ["arrow-1", "arrow-2", "arrow-3"]


def test_what_leaves_has_a_box_and_an_arrow_of_its_own(names):
    svg = draw().svg
    assert names(svg, "left-") == ["left-2", "left-3"]
    assert names(svg, "leaves-") == ["leaves-2", "leaves-3"]


def test_every_box_says_what_it_holds_and_how_many(texts):
    found = texts(draw().svg)
    assert found[:7] == ["n = 12", "Claims", "n = 9", "Sources", "trial 4, review 5", "n = 7", "Sources read"]
    assert found[-4:] == ["n = 2", "Out of reach", "n = 3", "No row taken"]


@pytest.mark.parametrize("label", ["Out of reach", "A reason in many words " * 12])
def test_no_two_boxes_touch_and_none_leaves_the_picture(names, label):
    steps = [replace(step, leaves=(label, step.leaves[1])) if step.leaves else step for step in STEPS]
    svg = draw(steps).svg
    boxes = [box(svg, name) for name in [*names(svg, "step-"), *names(svg, "left-")]]
    for number, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top
    width, height = (float(size) for size in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    assert all(0 <= left and 0 <= top and right <= width and bottom <= height for left, top, right, bottom in boxes)


def test_steps_stand_below_each_other_and_what_leaves_at_the_right_between_them(names):
    svg = draw().svg
    tops = [box(svg, name)[1] for name in names(svg, "step-")]
    assert tops == sorted(tops)
    left, top, _, bottom = box(svg, "left-2")
    assert left > box(svg, "step-2")[2]
    assert box(svg, "step-2")[3] < (top + bottom) / 2 < box(svg, "step-3")[1]


def test_words_and_table_say_what_the_boxes_say():
    figure = draw(caption="From claims to sources")
    assert figure.alt == (
        "Flow diagram of 4 steps. Claims: 12 claims. "
        "Sources: 9 sources (trial 4, review 5); not further: Out of reach, 2. "
        "Sources read: 7 sources; not further: No row taken, 3. Sources used: 4 sources."
    )
    assert figure.caption == (
        "From claims to sources. From top to bottom: what there was at each step; at the right, what does not go on."
    )
    assert figure.table == (
        ("Claims", "all", "12", "claims"),
        ("Sources", "all", "9", "sources"),
        ("Sources", "trial", "4", "sources"),
        ("Sources", "review", "5", "sources"),
        ("Sources", "not further: Out of reach", "2", "sources"),
        ("Sources read", "all", "7", "sources"),
        ("Sources read", "not further: No row taken", "3", "sources"),
        ("Sources used", "all", "4", "sources"),
    )
    assert figure.rows == ("K1", "K2", "K3")


def test_labels_from_a_table_are_drawn_as_they_are(hostile, names):
    steps = [FlowStep(text, 1, text, ((text, 1),), (text, 0)) for text in hostile]
    figure = draw(steps)
    assert len(names(figure.svg, "step-")) == len(hostile)
    assert "<script" not in figure.svg + figure.html()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_steps_are_refused(count):
    with pytest.raises(ValueError, match="a flow diagram needs at least two rows"):
        draw(STEPS[:count])


@pytest.mark.parametrize(
    ("number", "cells", "message"),
    [
        (0, {"n": -1}, "Claims: found a negative number"),
        (1, {"parts": (("trial", 4), ("review", 4))}, "Sources: its parts add up to 8, expected 9"),
        (1, {"parts": (("trial", 10), ("review", -1))}, "Sources: found a negative number"),
        (1, {"leaves": ("Out of reach", -1)}, "Sources: found a negative number"),
        (1, {"leaves": ("Out of reach", 3)}, "Sources read: 7 sources, but the step before leaves 6"),
        (1, {"leaves": None}, "Sources read: 7 sources, but the step before leaves 9"),
    ],
)
def test_numbers_that_do_not_add_up_are_refused(number, cells, message):
    steps = list(STEPS)
    steps[number] = replace(steps[number], **cells)
    with pytest.raises(ValueError, match=message):
        draw(steps)


def test_a_step_in_another_unit_may_have_any_number():
    assert draw([FlowStep("Claims", 3, "claims"), FlowStep("Rows", 900, "rows")]).table[1][2] == "900"
