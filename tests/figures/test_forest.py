import math
import re
from dataclasses import replace

import pytest

from il6review.figures import ForestRow, before_after, forest, style
from il6review.stats.correlations import pool_correlations
from il6review.stats.pooling import INTERVALS, pool

LABELS = ("Ali 2019", "AnonJRheum 1993", "Helal 2012", "Alkhamessi 2021")
ESTIMATES = (4.58, 2.33, 2.0, 0.44)
ERRORS = (0.10, 0.10, 0.2, 0.22)
PUBLISHED = ForestRow("Wang 2022", 1.2, 0.9, 1.5, None, 1200, 900, "meta-analysis", ("E7",))


def studies(labels=LABELS, estimates=ESTIMATES, errors=ERRORS):
    return [
        ForestRow(label, y, y - 1.96 * se, y + 1.96 * se, 100 / len(labels), 10 + i, 20, f"note {i}", (f"G{i}", "G9"))
        for i, (label, y, se) in enumerate(zip(labels, estimates, errors, strict=True))
    ]


def pooled(estimates=ESTIMATES, errors=ERRORS):
    return pool(estimates, [se**2 for se in errors])


def draw(rows=None, fit=None, null=0.0, **options):
    return forest("ra.forest", rows or studies(), fit or pooled(), "ratio of means", null, **options)


def correlations(rs=(0.2, 0.46, 0.6, -0.1), ns=(44, 120, 30, 65), **options):
    rows = [ForestRow(f"Study {n}", r, r - 0.1, r + 0.1, 100 / len(rs), n, None) for r, n in zip(rs, ns, strict=True)]
    return forest("r.forest", rows, pool_correlations(rs, ns), "correlation r", 0.0, log=False, **options)


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw().svg == draw().svg


def test_each_study_has_one_square_and_one_interval(names):
    expected = {f"study-{i}{part}" for i in (1, 2, 3, 4) for part in ("", "-interval")}
    found = names(draw().svg, "study-")
    assert (set(found), len(found)) == (expected, 8)


@pytest.mark.parametrize("name", ["pooled", "future-interval", "no-effect"])
def test_pooled_value_prediction_interval_and_line_of_no_effect_are_drawn_once(names, name):
    assert names(draw().svg, name) == [name]


def test_studies_stand_in_the_order_given_and_the_pooled_value_below(texts):
    written = [text for text in texts(draw().svg) if text in (*LABELS, "Pooled", "Prediction interval")]
    assert written == [*LABELS, "Pooled", "Prediction interval"]


def test_picture_and_table_say_the_same_numbers(texts):
    figure = draw(published=PUBLISHED)
    written = texts(figure.svg)
    for _, n, estimate, low, high, weight, _ in figure.table:
        assert f"{estimate} [{low}, {high}]".strip() in written
        assert n in written or not n
        assert weight in written or not weight


def test_logarithms_are_written_as_ratios():
    figure = draw()
    assert figure.columns == ("Study", "n", "ratio of means", "95 % low", "95 % high", "Weight", "Note")
    assert figure.table[0] == ("Ali 2019", "10 v 20", "97.5", "80.2", "119", "25.0 %", "note 0")


def test_differences_are_written_as_they_are_with_equal_decimals():
    rows = studies(estimates=(1.264, 0.02, -0.3, 0.5))
    figure = draw(rows, pooled((1.264, 0.02, -0.3, 0.5)), log=False)
    assert [line[2] for line in figure.table[:4]] == ["1.26", "0.02", "−0.30", "0.50"]


def test_the_table_has_a_line_for_each_study_the_pooled_value_the_prediction_interval_and_the_published_one():
    table = draw(published=PUBLISHED).table
    assert [line[0] for line in table] == [*LABELS, "Pooled", "Prediction interval", "Wang 2022"]
    assert table[4][:6] == ("Pooled", "46 v 80", "10.4", "0.689", "158", "")
    assert table[-1][-1] == "Published, not pooled. meta-analysis."


def test_the_words_are_made_from_the_numbers():
    figure = draw(unit_note="serum IL-6", caption="Arthritis")
    assert figure.alt == (
        "Forest plot of 4 studies. Pooled ratio of means 10.4 (95 % interval 0.689 to 158), which includes 1, "
        "no effect. Prediction interval 0.0245 to 4440."
    )
    assert figure.caption.startswith("Arthritis. Ratio of means (serum IL-6) in 4 studies, n = 46 v 80.")
    assert "Pooled by REML, Knapp-Hartung interval; τ² = 2.89 (log scale), I² = 99.4 %." in figure.caption


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_of_a_pooled_value_has_words_that_fit_under_the_plot(interval, texts):
    words = {
        "wald": "Wald interval",
        "t": "Student's t interval",
        "knapp_hartung": "Knapp-Hartung interval",
        "knapp_hartung_floor": "Knapp-Hartung interval with floor",
    }[interval]
    figure = draw(fit=pool(ESTIMATES, [se**2 for se in ERRORS], interval=interval))
    assert f"Pooled by REML, {words}; τ²" in figure.caption
    (foot,) = (text for text in texts(figure.svg) if text.startswith(f"Pooled by REML, {words}; τ²"))
    assert style.text_width(foot, style.SMALL) < style.WIDTH - 2 * style.MARGIN


def test_an_interval_away_from_the_null_is_said_to_exclude_it():
    assert "which excludes 0.5, no effect" in draw(null=math.log(0.5)).alt


def test_another_confidence_is_named():
    fit = pool(ESTIMATES, [se**2 for se in ERRORS], confidence=0.9)
    figure = draw(fit=fit)
    assert "(90 % interval" in figure.alt
    assert figure.columns[3:5] == ("90 % low", "90 % high")


def test_the_evidence_rows_are_named_once_each():
    assert draw(published=PUBLISHED).rows == ("G0", "G9", "G1", "G2", "G3", "E7")


def test_a_published_value_stands_apart_below(names, texts):
    figure = draw(published=PUBLISHED)
    assert names(figure.svg, "published") == ["published"]
    assert "Published, not pooled" in texts(figure.svg)
    assert "Hollow diamond: Wang 2022, published elsewhere and not pooled." in figure.caption
    assert names(draw().svg, "published") == []


def test_each_mark_stands_at_its_line_and_value(place):
    svg = draw(published=replace(PUBLISHED, estimate=2.0, ci_low=2.0, ci_high=2.0)).svg
    marks = [place(svg, name) for name in ("study-1", "study-2", "study-3", "future-interval", "published")]
    row = marks[1][1] - marks[0][1]
    assert [round((y - marks[0][1]) / row, 3) for _, y in marks] == [0, 1, 2, 5, 7]
    assert marks[0][0] > marks[1][0] > marks[2][0] == pytest.approx(marks[4][0], abs=0.01)


def test_heavier_studies_have_larger_squares():
    def side(figure, number):
        mark = re.search(rf'<g id="study-{number}">.*?<path id="[^"]*" d="M -?([\d.]+)', figure.svg, re.DOTALL)
        return float(mark.group(1))

    rows = [replace(row, weight=weight) for row, weight in zip(studies(), (64, 16, 16, 4), strict=True)]
    figure = draw(rows)
    assert side(figure, 1) == pytest.approx(2 * side(figure, 2), rel=1e-3)
    assert side(figure, 2) > side(figure, 4)


def test_an_interval_that_leaves_the_axis_ends_in_arrowheads(names):
    rows = studies()
    rows[1] = replace(rows[1], ci_low=-90, ci_high=95)
    svg = draw(rows).svg
    assert sorted(name for name in names(svg, "study-") if "beyond" in name) == [
        "study-2-beyond-high",
        "study-2-beyond-low",
    ]
    assert "beyond" not in draw().svg


def test_correlations_stand_on_an_axis_from_minus_one_to_one(texts):
    figure = correlations()
    ticks = [text for text in texts(figure.svg) if re.fullmatch(r"−?[01](\.5)?", text)]
    assert ticks == ["−1", "−0.5", "0", "0.5", "1"]
    assert "(Fisher's z scale)" in figure.caption
    assert [line[1] for line in figure.table] == ["44", "120", "30", "65", "259", ""]


def test_sixty_studies_are_drawn_each_on_its_own_line(names):
    labels = [f"Study {i}" for i in range(60)]
    estimates = [math.sin(i) for i in range(60)]
    figure = draw(studies(labels, estimates, [0.3] * 60), pooled(estimates, [0.3] * 60))
    assert len([name for name in names(figure.svg, "study-") if name.endswith("-interval")]) == 60
    assert [line[0] for line in figure.table[:60]] == labels
    height = float(re.search(r'height="([\d.]+)pt"', figure.svg).group(1))
    assert height > 60 * 0.25 * 72


@pytest.mark.parametrize("estimates", [(-20, 22), (0, 0), (1e-9, 2e-9), (250, -250)])
@pytest.mark.parametrize("log", [True, False])
def test_extreme_values_are_drawn(names, estimates, log):
    rows = studies(("A", "B"), estimates, (1e-6, 9))
    fit = replace(pooled((1, 2), (1, 1)), estimate=0, ci_low=-200, ci_high=202, pi_low=-280, pi_high=282)
    figure = draw(rows, fit, log=log)
    assert "study-2-interval" in names(figure.svg, "study-")


def test_labels_from_a_table_are_drawn_as_they_are(hostile, texts, names):
    rows = studies(hostile, [0.5] * 8, [0.1, 0.2] * 4)
    figure = draw(
        rows, pooled([0.5, 0.6] * 4, [0.1] * 8), unit_note=hostile[0], published=replace(PUBLISHED, label=hostile[1])
    )
    assert len(names(figure.svg, "study-")) == 16
    assert "<script" not in figure.svg + figure.html()
    assert "$x^2$ $" in texts(figure.svg)
    assert r"\LaTeX \n" in texts(figure.svg)
    assert "{x} %s" in texts(figure.svg)
    assert "Ali 2019" in texts(figure.svg)


def test_a_long_label_is_cut_in_the_picture_and_whole_in_the_table(texts):
    label = "A study with a very long name indeed that never ends 2020"
    figure = draw(studies((label, *LABELS[1:])))
    assert label not in texts(figure.svg)
    assert any(text.startswith("A study") and text.endswith("…") for text in texts(figure.svg))
    assert figure.table[0][0] == label


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused(count):
    with pytest.raises(ValueError, match="a forest plot needs at least two rows"):
        forest("x", studies()[:count], pooled(), "ratio", 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimate": math.nan}, "Ali 2019: estimate is nan"),
        ({"ci_high": math.inf}, "Ali 2019: ci_high is inf"),
        ({"ci_low": 5}, "Ali 2019: expected ci_low <= estimate <= ci_high"),
        ({"weight": None}, "Ali 2019: weight is None, expected percent"),
        ({"weight": 0}, "Ali 2019: weight is 0"),
        ({"weight": math.nan}, "Ali 2019: weight is nan"),
        ({"ci_low": -301}, "Ali 2019: -301 to 4.77.* goes beyond 300, expected logarithms of ratios"),
        ({"ci_high": 301}, "Ali 2019: 4.38.* to 301 goes beyond 300, expected logarithms of ratios"),
    ],
)
def test_a_study_that_cannot_be_drawn_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        draw([replace(studies()[0], **change), *studies()[1:]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 5}, "the pooled value rests on 5 studies, but 4 are shown"),
        ({"ci_low": 9}, "pooled value: expected ci_low <= estimate"),
        ({"pi_high": math.inf}, "prediction interval: ci_high is inf"),
    ],
)
def test_a_pooled_value_that_does_not_fit_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        draw(fit=replace(pooled(), **change))


def test_a_null_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="null_value is nan"):
        draw(null=math.nan)


def test_a_published_interval_that_misses_its_value_is_refused():
    with pytest.raises(ValueError, match="Wang 2022: expected ci_low"):
        draw(published=replace(PUBLISHED, ci_low=1.3))


def test_a_correlation_beyond_one_is_refused():
    with pytest.raises(ValueError, match=r"Study 44: .* goes beyond 1, expected correlations"):
        correlations(rs=(0.95, 0.4, 0.5, 0.6))


def test_correlations_are_not_drawn_as_ratios():
    fit = pool_correlations((0.2, 0.3, 0.4, 0.1), (40, 40, 40, 40))
    with pytest.raises(ValueError, match="log=False"):
        draw(fit=fit)


OWN = ForestRow("My cohort", 2.0, 1.6, 2.4, 20.0, 60, 30, "SD", ("OWN-1", "OWN-2"))


def change(own=(OWN,), before=None, after=None, null=0.0, **options):
    joined = pooled((*ESTIMATES, 2.0), (*ERRORS, 0.2))
    return before_after("own.RA-25", own, before or pooled(), after or joined, "ratio of means", null, **options)


class TestBeforeAfter:
    def test_two_diamonds_stand_around_the_own_study(self, names, place):
        svg = change().svg
        marks = ("before", "study-2", "after")
        assert [names(svg, name) for name in marks[::2]] == [["before"], ["after"]]
        heights = [place(svg, name)[1] for name in marks]
        assert heights[0] < heights[1] < heights[2]

    def test_a_bold_name_ends_before_the_size_beside_it(self):
        svg = change((replace(OWN, label="Own"),)).svg
        name, size = (
            float(re.search(rf"<!-- {text} -->\s*<g [^>]*translate\(([\d.]+)", svg)[1])
            for text in ("Pooled before", "4 studies")
        )
        assert name + 72 * style.text_width("Pooled before", weight="bold") < size

    def test_the_diamond_before_is_hollow_and_that_after_is_full(self):
        def fill(name):
            return re.search(rf'<g id="{name}">.*?fill: (#\w+)', change().svg, re.DOTALL)[1]

        assert (fill("before"), fill("after")) == ("#ffffff", "#d55e00")

    def test_the_table_holds_both_values_and_the_own_study(self):
        table = change().table
        assert [line[:6] for line in table] == [
            ("Pooled before", "4 studies", "10.4", "0.689", "158", ""),
            ("My cohort", "60 v 30", "7.39", "4.95", "11.0", "20.0 %"),
            ("Pooled after", "5 studies", "9.76", "1.54", "61.9", ""),
        ]

    def test_picture_and_table_say_the_same(self, texts):
        figure = change()
        written = texts(figure.svg)
        for _, n, estimate, low, high, *_ in figure.table:
            assert f"{estimate} [{low}, {high}]" in written and n in written

    def test_the_words_are_made_from_the_numbers(self):
        figure = change(unit_note="serum", caption="Yours")
        assert figure.alt == (
            "Ratio of means before and after one study of your own came to it. Pooled before, 4 studies: 10.4 (95 % "
            "interval 0.689 to 158), which includes 1, no effect. Pooled after, 5 studies: 9.76 (95 % interval 1.54 to "
            "61.9), which excludes 1, no effect."
        )
        assert figure.caption.startswith("Yours. Ratio of means (serum) before and after one study of your own")
        assert figure.caption.count("REML") == 2
        assert "2 studies of your own" in change((OWN, OWN)).alt
        assert figure.rows == ("OWN-1", "OWN-2")

    def test_both_models_are_written_whole_below_the_axis(self, texts):
        figure = change()
        models = "Before: " + figure.caption.partition("Before: ")[2].removesuffix(".")
        assert models in " ".join(texts(figure.svg))

    def test_correlations_stand_on_their_own_axis(self, texts):
        rs, ns = (0.2, 0.46, 0.6, -0.1), (44, 120, 30, 65)
        before, after = pool_correlations(rs[:3], ns[:3]), pool_correlations(rs, ns)
        own = ForestRow("Mine", -0.1, -0.3, 0.15, 25.0, 65, None)
        figure = before_after("own.r", [own], before, after, "correlation r", 0.0, log=False)
        ticks = [text for text in texts(figure.svg) if re.fullmatch(r"−?[01](\.5)?", text)]
        assert ticks == ["−1", "−0.5", "0", "0.5", "1"]
        assert "(Fisher's z scale)" in figure.caption

    def test_labels_from_a_table_are_drawn_as_they_are(self, hostile, texts):
        figure = change([replace(OWN, label=label) for label in hostile], unit_note=hostile[0])
        assert "<script" not in figure.svg + figure.html()
        assert {"$x^2$ $", "{x} %s"} <= set(texts(figure.svg))

    def test_the_picture_is_the_same_to_the_byte_each_time(self):
        assert change().svg == change().svg

    @pytest.mark.parametrize(
        ("told", "message"),
        [
            ({"own": ()}, "needs at least one own study, found none"),
            ({"own": (replace(OWN, weight=None),)}, "My cohort: weight is None"),
            ({"own": (replace(OWN, estimate=math.nan),)}, "My cohort: estimate is nan"),
            ({"before": replace(pooled(), ci_low=9)}, "pooled value before: expected ci_low"),
            ({"after": replace(pooled(), ci_high=math.inf)}, "pooled value after: ci_high is inf"),
            ({"after": replace(pooled(), confidence=0.9)}, "95 % and 90 % confidence; expected twice the same"),
            ({"after": pool_correlations((0.1, 0.2), (9, 9))}, "a correlation and another measure"),
            ({"null": math.nan}, "null_value is nan"),
        ],
    )
    def test_what_cannot_be_drawn_is_named(self, told, message):
        with pytest.raises(ValueError, match=message):
            change(**told)
