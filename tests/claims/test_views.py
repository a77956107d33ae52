import math
from dataclasses import replace

import pandas as pd
import pytest

from il6review import MIME
from il6review.claims import stages, synthesis, views
from il6review.claims.rules import questions
from il6review.stats import correlations
from il6review.stats.distributions import normal_quantile
from il6review.stats.p_values import effects_from_p


def cells(table, column):
    return list(table.frame[column])


@pytest.fixture(scope="module")
def versus():
    return questions()["il6_ra_vs_control"]


def test_an_exhibit_shows_its_table_and_carries_key_and_rows():
    table = views.Table(pd.DataFrame([{"column": "value"}]))
    bundle = views.Exhibit("page.table", table, ("G001",))._repr_mimebundle_()
    assert bundle[MIME] == {"kind": "figure", "key": "page.table", "rows": ["G001"]}
    assert {kind: bundle[kind] for kind in ("text/html", "text/plain")} == table._repr_mimebundle_()


class TestTable:
    def test_long_text_is_shown_whole_and_without_a_running_number(self, read_html):
        long = "word " * 60
        bundle = views.Table(pd.DataFrame([{"column": long}]))._repr_mimebundle_()
        elements, text = read_html(bundle["text/html"])
        assert long.strip() in text and "..." not in text
        assert long.strip() in bundle["text/plain"]
        assert sum(tag == "th" for tag, _ in elements) == 1

    def test_a_value_is_text_and_never_markup(self, read_html, hostile):
        bundle = views.Table(pd.DataFrame([{hostile: hostile}]))._repr_mimebundle_()
        elements, text = read_html(bundle["text/html"])
        assert {tag for tag, _ in elements} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
        assert text.count(hostile) == 2
        assert dict(elements)["div"]["aria-label"] == f"Table: {hostile}"

    def test_an_empty_table_says_so(self):
        assert views.aside_table([])._repr_mimebundle_()["text/html"] == "<p>None.</p>"

    @pytest.mark.parametrize("what", ["pairs", "aside", "null", "stages"])
    def test_values_of_the_evidence_stay_text_in_every_table(self, make, read_html, hostile, what):
        told = {"as_reported": hostile, "unit": hostile, "group_label": hostile, "population": hostile}
        group = make.group(hostile, "stage", order=1, **told)
        review = make.review(sources=[make.source(hostile, authors_short=hostile)])
        table = {
            "pairs": lambda: views.pairs_table([synthesis.Pair(hostile, group, group, "", None, hostile)]),
            "aside": lambda: views.aside_table([synthesis.Aside(hostile, hostile, hostile)]),
            "null": lambda: views.null_studies(review, [synthesis.Vote(hostile, 0, 3, hostile, (hostile,))]),
            "stages": lambda: views.stages_table(
                stages.ordered_sets(make.review(groups=[group, {**group, "order": 2, "n": None}]), "IL-6")
            ),
        }[what]()
        elements, text = read_html(table._repr_mimebundle_()["text/html"])
        assert {tag for tag, _ in elements} == {"div", "table", "thead", "tbody", "tr", "th", "td"}
        assert text.count(hostile) >= 3


class TestPairs:
    def test_a_pair_is_shown_as_printed_with_its_reading_or_its_reason(self, make):
        rows = [make.group("One", as_reported="30 +/- 4"), make.group("One", "control", as_reported="10 +/- 4 pg/mL")]
        rows += [make.group("Two", n=None, as_reported=""), make.group("Two", "control")]
        pairs = synthesis.control_pairs(make.review(groups=rows), make.pairing())
        table = views.pairs_table(pairs)
        assert cells(table, "cases") == ["30 +/- 4 pg/ml, n = 20", "no value pg/ml, n not printed"]
        assert cells(table, "controls")[0] == "10 +/- 4 pg/mL, n = 20"
        assert cells(table, "pooled?") == ["yes: SD", "no: the size of a group is not printed"]
        assert cells(table, "rows") == [" ".join(pair.rows) for pair in pairs]

    def test_no_pair_of_the_chapter_is_left_without_a_word(self, serum, versus):
        pairs = synthesis.control_pairs(serum, versus)
        assert len(views.pairs_table(pairs).frame) == len(pairs) > 10
        assert all(pair.reading if pair.effect else pair.because for pair in pairs)

    def test_the_lines_of_the_forest_hold_the_normal_interval_and_the_weight(self, serum, versus):
        pairs = synthesis.control_pairs(serum, versus)
        pooled = synthesis.pool_pairs(serum, pairs)
        lines = views.forest_lines(serum, pairs, pooled.weights)
        effects = [pair.effect for pair in pairs if pair.effect]
        z = normal_quantile(0.975)
        for line, effect, weight in zip(lines, effects, pooled.weights, strict=True):
            assert (line["estimate"], line["weight"]) == (effect.estimate, weight)
            assert line["ci_low"] == pytest.approx(effect.estimate - z * effect.se, rel=1e-12)
            assert line["ci_high"] == pytest.approx(effect.estimate + z * effect.se, rel=1e-12)
            assert (line["n1"], line["n2"]) == (effect.n1, effect.n2)

    def test_the_pooled_value_is_given_under_each_reading_of_a_bare_plus_minus(self, serum, versus):
        numbers = views.readings(serum, versus, "IL-6")
        for reading in ("sd", "sem", "exclude"):
            review = replace(serum, plus_minus=reading)
            pooled = synthesis.pool_pairs(review, synthesis.control_pairs(review, versus))
            assert numbers[f"{reading}.estimate"].value == math.exp(pooled.estimate)
            assert numbers[f"{reading}.k"].value == pooled.k
        assert numbers["exclude.k"].value < numbers["sd.k"].value == numbers["sem.k"].value
        assert numbers["sd.estimate"].value != numbers["sem.estimate"].value
        assert len({number.label for number in numbers.values()}) == len(numbers)

    def test_a_reading_that_leaves_fewer_than_two_pairs_gives_no_number(self, make):
        unsaid = {"statistic": "mean_pm_unspecified"}
        rows = [make.group("One", centre=30.0, **unsaid), make.group("One", "control", **unsaid)]
        rows += [make.group("Two", centre=20.0), make.group("Two", "control")]
        numbers = views.readings(make.review(groups=rows), make.pairing(), "IL-6")
        assert {key.split(".")[0] for key in numbers} == {"sd", "sem"}

    def test_a_limit_that_lies_beyond_any_number_is_left_out_of_a_reading(self, make):
        rows = [make.group("One", centre=1e30, spread=1e29), make.group("Two", centre=1e-30, spread=1e-31)]
        rows += [make.group(source, "control") for source in ("One", "Two")]
        numbers = views.readings(make.review(groups=rows), make.pairing(), "IL-6")
        assert {key for key in numbers if key.startswith("sd.")} == {"sd.estimate", "sd.k"}


class TestLines:
    def test_a_correlation_has_fishers_interval(self, make):
        review = make.review(sources=[make.source("One", authors_short="Uson J et al", year=1997)])
        (line,) = views.correlation_lines(review, [synthesis.Correlation("One", "DAS28", 49, 0.35, "C901")], [100.0])
        half = normal_quantile(0.975) / math.sqrt(46)
        assert (line["label"], line["note"]) == ("Uson et al 1997", "DAS28")
        assert (line["estimate"], line["row_ids"]) == (0.35, ("C901",))
        assert line["ci_low"] == pytest.approx(math.tanh(math.atanh(0.35) - half), rel=1e-12)
        assert line["ci_high"] == pytest.approx(math.tanh(math.atanh(0.35) + half), rel=1e-12)

    def test_the_lines_of_the_chapter_hold_one_study_each(self, serum):
        answer = synthesis.answer(serum, questions()["il6_activity"])
        lines = views.correlation_lines(serum, answer.correlations, answer.correlation.z.weights)
        pooled = correlations.pool_correlations([line["estimate"] for line in lines], [line["n1"] for line in lines])
        assert pooled == answer.correlation
        assert sum(line["weight"] for line in lines) == pytest.approx(100)
        assert len(views.direction_lines(serum, answer.votes)) == answer.count.k

    @pytest.mark.parametrize(
        ("cells", "label"),
        [
            ({"authors_short": "Abdel Meguid MH et al", "year": 2013}, "Abdel Meguid et al 2013"),
            ({"authors_short": "Uson J, Balsa A", "year": 1997}, "Uson et al 1997"),
            ({"authors_short": "Robak T", "year": None}, "Robak"),
            ({"authors_short": "王某 et al", "year": 2012}, "王某 et al 2012"),
            ({"authors_short": "", "journal": "J Rheum", "year": 2001}, "J Rheum 2001"),
            ({"authors_short": "", "journal": "J Rheum", "year": None}, "Key"),
            ({"authors_short": "", "journal": "", "year": 2001}, "Key"),
        ],
    )
    def test_a_source_is_named_as_a_reader_does(self, make, cells, label):
        review = make.review(sources=[make.source("Key", **cells)])
        (line,) = views.direction_lines(review, [synthesis.Vote("Key", 1, None, "words only", ("K901",))])
        assert line["label"] == label

    def test_studies_that_found_nothing_or_the_opposite_are_named(self, make):
        review = make.review(sources=[make.source(key) for key in ("For", "Null", "Against")])
        votes = [
            synthesis.Vote("For", 1, 10, "P < 0.05", ("K901",)),
            synthesis.Vote("Null", 0, None, "words only", ("K902", "C902")),
            synthesis.Vote("Against", -1, 12, "r -0.4", ("K903",)),
            synthesis.Vote("Mixed", 0, 14, "P < 0.05", ("K904", "K905"), mixed=True),
        ]
        table = views.null_studies(review, votes)
        assert cells(table, "study") == ["Null", "Against", "Mixed"]
        assert cells(table, "n") == ["", "12", "14"]
        assert cells(table, "found") == ["no difference", "the other way", "no difference or mixed"]
        assert cells(table, "rows") == ["K902 C902", "K903", "K904 K905"]


class TestStages:
    MEANS = (12.0, 15.0, 31.0, 52.0)

    @pytest.fixture
    def tested(self, make):
        rows = [
            make.group("One", "stage", order=order, group_label=f"stage {order}", centre=mean, n=30)
            for order, mean in enumerate(self.MEANS, start=1)
        ]
        return stages.ordered_sets(make.review(groups=rows), "IL-6")

    @pytest.fixture
    def untested(self, make):
        rows = [make.group("Two", "stage", order=order, n=None, centre=None) for order in (1, 2)]
        return stages.ordered_sets(make.review(groups=rows), "IL-6")

    def test_a_set_is_shown_with_its_test_or_the_reason(self, tested, untested):
        table = views.stages_table([*tested, *untested])
        assert cells(table, "one direction") == ["yes", "unknown"]
        trend, none = cells(table, "trend for each step")
        assert trend.startswith(f"{tested[0].trend.estimate:.3g} (")
        assert none.startswith("no test: size not printed")

    def test_every_contrast_is_listed_and_pairs_are_adjusted(self, tested, untested):
        table = views.contrasts_table([*tested, *untested], 0.05)
        assert len(table.frame) == 2 + 6
        assert [bool(cell) for cell in cells(table, "P, Holm")] == [False, False] + [True] * 6

    def test_a_pair_is_held_against_the_level_after_its_adjustment(self, tested):
        pair = max(tested[0].pairs, key=lambda pair: pair.p_holm / pair.p if pair.p_holm < 1 else 0)
        between = (pair.p + pair.p_holm) / 2
        table = views.contrasts_table(tested, between)
        row = table.frame[table.frame["contrast"] == pair.name].iloc[0]
        assert pair.p < between < pair.p_holm
        assert row[f"below {between:g}"] == "no"

    def test_the_lines_of_the_stage_plot_hold_the_means_between_their_limits(self, tested):
        lines = views.stage_lines(tested[0])
        assert [line["mean"] for line in lines] == list(self.MEANS)
        assert all(line["ci_low"] < line["mean"] < line["ci_high"] for line in lines)
        assert [line["row_ids"] for line in lines] == [(row["row_id"],) for row in tested[0].groups]

    def test_the_steps_of_the_slide_are_counted_by_analyte(self, serum):
        table, numbers = views.steps_table(serum, {"IL-6": ["RA-26"], "sIL-6R": ["RA-28", "RA-29"]})
        assert cells(table, "steps carried by a contrast") == ["2 to 3", "2 to 3, 3 to 4"]
        assert {name: number.value for name, number in numbers.items()} == {
            "IL-6.steps": 1,
            "sIL-6R.steps": 2,
            "needed": 3,
        }


class TestBounds:
    def test_the_curve_holds_the_smallest_effect_for_every_size_of_the_stage(self, serum):
        sizes, curve = views.bounds(serum, "RA-25")
        assert [n for n, _ in curve] == list(range(sizes.n2[0], sizes.n2[1] + 1))
        assert all(low == effects_from_p("<0.05", 24, n).g_low for n, low in curve)

    def test_the_marked_point_is_that_of_the_smallest_stage(self, serum):
        sizes, curve = views.bounds(serum, "RA-25")
        label, n, low = views.smallest_stage(sizes, curve)
        assert (label, n) == (f"smallest of {sizes.stages} stages", 66 // 4)
        assert low == effects_from_p("<0.05", 24, 66 // 4).g_low
