import dataclasses
import math
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from il6review.stats import pooling, sensitivity
from il6review.stats.directions import vote_count
from il6review.stats.errors import StatsError
from il6review.stats.sensitivity import Analysis, StudyReading, leave_out, multiverse, tipping_point, universes

TESTS = {"z": "wald", "knha": "knapp_hartung"}
Y, V = (0.5, 0.9, 0.2, 0.7), (0.04, 0.09, 0.01, 0.05)

studies = st.lists(
    st.tuples(st.integers(-30, 30).map(lambda tenths: tenths / 10), st.integers(1, 30).map(lambda n: n / 20)),
    min_size=2,
    max_size=6,
).filter(lambda rows: len({y for y, _ in rows}) > 1)


def single(estimates, variances):
    """Give each effect one reading, of the studies S1, S2 and so on."""
    return [[StudyReading(f"S{row}", *pair)] for row, pair in enumerate(zip(estimates, variances, strict=True), 1)]


def spanned(rows, depth=1, **choices):
    effects = single(*zip(*rows, strict=True))
    return universes(effects, leave_out([readings[0].study for readings in effects], depth), **choices)


class TestMetafor:
    """552 to 1,644 universes of four data sets, each fitted by metafor, and the next study found by uniroot."""

    @pytest.fixture(scope="class")
    def cases(self, reference):
        data = reference("pooling_metafor")["cases"]
        return {
            name: (data[name]["yi"], data[name]["vi"], case)
            for name, case in reference("sensitivity_metafor")["cases"].items()
        }

    def test_the_multiverse_agrees(self, cases):
        for name, (y, v, case) in cases.items():
            told = case["multiverse"]
            found = multiverse(spanned(zip(y, v, strict=True), 2), told["direction"])
            sides = (told["above"], told["below"])[:: told["direction"]]
            assert (found.agree, found.disagree, found.inconclusive) == (*sides, told["neither"]), name
            assert (found.k_universes, found.refused) == (told["k"], 0), name
            assert (found.estimate_low, found.estimate_high) == pytest.approx((told["low"], told["high"]), rel=1e-11)
            assert found.by_choice["method"] == pytest.approx(told["share_by_method"]), name
            by_test = {TESTS[test]: share for test, share in told["share_by_test"].items()}
            assert found.by_choice["interval"] == pytest.approx(by_test), name

    def test_the_tipping_points_agree(self, cases):
        compared = 0
        for name, (y, v, case) in cases.items():
            for told in case["tipping"]:
                found = tipping_point(
                    y,
                    v,
                    sensitivity.smd_variance,
                    told["direction"],
                    told["method"],
                    TESTS[told["test"]],
                    sizes=[told["n"]],
                    furthest=-4 * told["direction"] * max(map(abs, y)),
                )
                assert found.criterion == told["criterion"], name
                if told["effect"] is None:
                    assert found.by_size == {told["n"]: None} and found.smallest is None, name
                    continue
                assert found.smallest.effect == pytest.approx(told["effect"], rel=1e-10), name
                compared += 1
        assert compared == 23


class TestLeaveOut:
    def test_none_each_and_each_pair_in_order(self):
        sets = leave_out(["A", "B", "A", "C"], 2)
        assert sets == tuple(map(frozenset, ((), "A", "B", "C", "AB", "AC", "BC")))

    def test_a_depth_beyond_the_studies_stops_at_all_of_them(self):
        assert leave_out("AB", 9) == leave_out("AB", 2)

    @pytest.mark.parametrize("depth", [-1, 0.5, True, math.nan])
    def test_a_depth_that_is_no_whole_number_is_refused(self, depth):
        with pytest.raises(StatsError, match="depth is"):
            leave_out("AB", depth)


class TestUniverses:
    TWO = (
        (StudyReading("A", 0.5, 0.1, "SD"), StudyReading("A", 0.6, 0.2, "SEM")),
        (StudyReading("B", 0.1, 0.1),),
        (StudyReading("C", 0.9, 0.1, "SD"), StudyReading("C", 0.8, 0.2, "SEM"), StudyReading("C", 0.7, 0.3, "IQR")),
    )

    def labels(self, **choices):
        return [[one.label for one in readings] for _, readings in universes(self.TWO, **choices).data_sets()]

    def test_each_reading_goes_with_each_other(self):
        assert self.labels() == [[a, "", c] for a, c in product(("SD", "SEM"), ("SD", "SEM", "IQR"))]

    def test_read_together_all_effects_turn_at_once_and_the_shorter_keep_their_last(self):
        assert self.labels(together=True) == [["SD", "", "SD"], ["SEM", "", "SEM"], ["SEM", "", "IQR"]]

    def test_a_study_left_out_takes_its_readings_with_it(self):
        span = universes(self.TWO, [{"C"}, {"B"}], methods=["DL"], intervals=["wald"])
        assert [away for away, _ in span.data_sets()] == [{"C"}] * 2 + [{"B"}] * 6
        assert span.count == 8

    def test_all_effects_of_a_study_go_together(self):
        effects = [*self.TWO, (StudyReading("A", 0.3, 0.1),)]
        kept = [[one.study for one in readings] for _, readings in universes(effects, [{"A"}]).data_sets()]
        assert kept == [["B", "C"]] * 3

    def test_sets_that_leave_fewer_than_two_effects_and_repeated_ones_are_no_universe(self):
        span = universes(self.TWO, [(), ["A"], {"A"}, {"A", "B"}, ()])
        assert span.left_out == (frozenset(), {"A"})

    @given(st.lists(st.integers(1, 3), min_size=2, max_size=5), st.integers(0, 3), st.booleans(), st.integers(1, 3))
    def test_the_count_is_the_number_of_universes(self, numbers, depth, together, methods):
        effects = [[StudyReading(f"S{row}", row, 1 + turn) for turn in range(n)] for row, n in enumerate(numbers)]
        sets = leave_out([f"S{row}" for row in range(len(numbers))], depth)
        span = universes(effects, sets, sensitivity.METHODS[:methods], together=together)
        data_sets = list(span.data_sets())
        assert span.count == 2 * methods * len(data_sets)
        assert len(set(data_sets)) == len(data_sets)

    @pytest.mark.parametrize(
        ("effects", "choices", "message"),
        [
            ([], {}, "alternatives has 0 rows; expected at least 2"),
            (single([1], [1]), {}, "alternatives has 1 rows"),
            (None, {}, "alternatives is None"),
            ([*single([1], [1]), []], {}, "alternatives, row 2, has 0 rows"),
            (single([1, math.nan], [1, 1]), {}, "alternatives, row 2, estimate is nan"),
            (single([1, 2], [1, 0]), {}, "alternatives, row 2, variance is 0; expected a number above 0"),
            (single([1, 2], [math.inf, 1]), {}, "alternatives, row 1, variance is inf"),
            (
                [*single([1], [1]), [StudyReading("A", 1, 1), StudyReading("B", 1, 1)]],
                {},
                "alternatives, row 2, names 2 studies",
            ),
            (single([1, 2], [1, 1]), {"methods": ["REMLE"]}, "methods is 'REMLE'.*Did you mean 'REML'"),
            (single([1, 2], [1, 1]), {"intervals": ["z"]}, "intervals is 'z'"),
            (single([1, 2], [1, 1]), {"left_out": [["S3"]]}, "left_out is 'S3'; expected one of S1, S2"),
            (single([1, 2], [1, 1]), {"left_out": [["S1"]]}, "There is no universe"),
            (single([1, 2], [1, 1]), {"left_out": []}, "There is no universe"),
            (single([1, 2], [1, 1]), {"methods": []}, "There is no universe"),
        ],
    )
    def test_bad_input_is_named(self, effects, choices, message):
        with pytest.raises(StatsError, match=message):
            universes(effects, **choices)


class TestMultiverse:
    def test_a_small_one_by_hand(self):
        readings = [
            [StudyReading("A", 1.0, 0.04)],
            [StudyReading("B", 0.2, 0.04, "SD"), StudyReading("B", 0.2, 1.0, "SEM")],
            [StudyReading("C", -0.3, 0.04)],
        ]
        # With equal effects and variances of 0.04 the half-width is 0.226 for three studies and 0.277 for two.
        span = universes(readings, [(), {"A"}, {"B"}, {"C"}], ["EE"], ["wald"])
        found = multiverse(span)
        assert found.k_universes == span.count == 7
        assert found.estimates == pytest.approx(sorted([0.3, 17.7 / 51, -0.05, -7.3 / 26, 0.35, 0.6, 25.2 / 26]))
        assert (found.agree, found.disagree, found.inconclusive) == (5, 0, 2)
        assert (found.estimate_low, found.estimate_high) == (found.estimates[0], found.estimates[-1])
        assert found.share == 5 / 7
        assert found.by_choice == {
            "left out": {"none": 1.0, "A": 0.0, "B": 1.0, "C": 1.0},
            "reading": {"B: SD": 2 / 3, "B: SEM": 2 / 3},
            "method": {"EE": 5 / 7},
            "interval": {"wald": 5 / 7},
        }

    def test_it_equals_a_plain_loop_over_all_choices(self):
        sides, estimates = [], []
        for away in ((), (0,), (1,), (2,), (3,), (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
            y, v = ([values[i] for i in range(4) if i not in away] for values in (Y, V))
            for method, interval in product(("DL", "HE", "SJ", "PM", "ML", "REML"), ("wald", "knapp_hartung")):
                pooled = pooling.pool(y, v, method, interval, 0.9)
                sides.append(1 if pooled.ci_low > 0 else -1 if pooled.ci_high < 0 else 0)
                estimates.append(pooled.estimate)
        found = multiverse(spanned(zip(Y, V, strict=True), 2), confidence=0.9)
        assert (found.agree, found.disagree, found.inconclusive) == tuple(sides.count(side) for side in (1, -1, 0))
        assert 0 < found.agree < found.k_universes
        assert found.estimates == tuple(sorted(estimates))

    def test_the_share_of_a_choice_is_that_of_the_universes_that_take_it(self):
        found = multiverse(spanned(zip(Y, V, strict=True)))
        for method in sensitivity.METHODS:
            alone = multiverse(spanned(zip(Y, V, strict=True), methods=[method]))
            assert found.by_choice["method"][method] == alone.share
        assert found.by_choice["left out"]["none"] == multiverse(spanned(zip(Y, V, strict=True), 0)).share

    def test_a_study_in_two_sets_is_counted_in_both(self):
        found = multiverse(spanned(zip(Y, V, strict=True), 2, methods=["DL"], intervals=["wald"]))
        sets = {
            away: sensitivity.side(fit.ci_low, fit.ci_high)
            for away, readings in spanned(zip(Y, V, strict=True), 2).data_sets()
            for fit in [pooling.fit([r.estimate for r in readings], [r.variance for r in readings], "DL", "wald")]
        }
        mine = [side for away, side in sets.items() if "S3" in away]
        assert len(mine) == 4
        assert found.by_choice["left out"]["S3"] == mine.count(1) / 4

    def test_more_universes_than_the_limit_are_refused_with_their_number(self):
        span = spanned(zip(Y, V, strict=True), 2)
        assert multiverse(span, limit=132).k_universes == 132
        with pytest.raises(StatsError, match="There are 132 universes; expected at most 131"):
            multiverse(span, limit=131)

    def test_a_universe_without_a_result_is_counted_apart(self):
        found = multiverse(spanned([(0.5, 0.01), (0.5, 0.02), (0.9, 0.01)], methods=["DL"]))
        assert (found.k_universes, found.refused) == (7, 1)
        assert found.agree + found.disagree + found.inconclusive == 7

    def test_no_result_at_all_is_refused(self):
        span = spanned([(0.5, 0.01), (0.5, 0.02)], 0, methods=["DL"], intervals=["knapp_hartung"])
        with pytest.raises(StatsError, match="No universe has a result \\(1 have none\\)"):
            multiverse(span)

    @pytest.mark.parametrize(
        ("choices", "message"),
        [
            ({"direction": 0}, "direction is 0; expected 1"),
            ({"direction": True}, "direction is True"),
            ({"confidence": 95}, "confidence is 95"),
            ({"limit": 0}, "limit is 0"),
        ],
    )
    def test_bad_choices_are_named(self, choices, message):
        with pytest.raises(StatsError, match=message):
            multiverse(spanned(zip(Y, V, strict=True)), **choices)

    @settings(max_examples=40)
    @given(studies, st.sampled_from((0.8, 0.95)))
    def test_the_share_lies_between_0_and_1_and_signs_turn_the_sides(self, rows, confidence):
        here = multiverse(spanned(rows, methods=["DL", "HE"]), 1, confidence)
        turned = multiverse(spanned([(-y, v) for y, v in rows], methods=["DL", "HE"]), -1, confidence)
        against = multiverse(spanned(rows, methods=["DL", "HE"]), -1, confidence)
        assert 0 <= here.share <= 1
        assert here.agree + here.disagree + here.inconclusive == here.k_universes == len(here.estimates)
        assert here.share == here.agree / here.k_universes
        assert (turned.agree, turned.disagree, turned.share) == (here.agree, here.disagree, here.share)
        assert (against.agree, against.disagree) == (here.disagree, here.agree)
        assert list(here.estimates) == sorted(here.estimates)

    @settings(max_examples=40)
    @given(studies.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(list(enumerate(rows, 1))))))
    def test_the_order_of_studies_sets_and_methods_does_not_matter(self, orders):
        rows, permuted = orders
        here = multiverse(spanned(rows, methods=["DL", "PM"]))
        effects = [[StudyReading(f"S{number}", *row)] for number, row in permuted]
        sets = leave_out([readings[0].study for readings in effects], 1)[::-1]
        there = multiverse(universes(effects, sets, ["PM", "DL"], sensitivity.INTERVALS[::-1]))
        assert there.estimates == pytest.approx(here.estimates, rel=1e-9, abs=1e-9)
        assert (there.agree, there.disagree, there.refused) == (here.agree, here.disagree, here.refused)
        assert there.by_choice == here.by_choice


class TestTally:
    def test_sides_are_counted_for_each_value_once(self):
        found = sensitivity.tally(
            [
                Analysis(1, 0.3, (("left out", "A"), ("left out", "A"))),
                Analysis(-1, 0.1, (("left out", "A"), ("left out", "B"))),
                Analysis(0, 0.2, ()),
            ],
            4,
        )
        assert (found.agree, found.disagree, found.inconclusive, found.refused) == (1, 1, 1, 4)
        assert (found.share, found.estimates) == (1 / 3, (0.1, 0.2, 0.3))
        assert found.by_choice == {"left out": {"A": 0.5, "B": 0.0}}

    @pytest.mark.parametrize(
        ("low", "high", "null", "side"),
        [
            (0.1, 0.2, 0.0, 1),
            (-0.2, -0.1, 0.0, -1),
            (-0.1, 0.1, 0.0, 0),
            (0.0, 0.1, 0.0, 0),
            (-0.1, 0.0, 0.0, 0),
            (0.6, 0.9, 0.5, 1),
        ],
    )
    def test_the_side_of_an_interval(self, low, high, null, side):
        assert sensitivity.side(low, high, null) == side


class TestNextVariance:
    def test_that_of_a_standardised_mean_difference_is_that_of_two_equal_groups(self):
        assert sensitivity.smd_variance(25, 0.8) == pytest.approx(1 / 25 + 1 / 25 + 0.8**2 / (2 * 50), rel=1e-15)

    def test_that_of_a_correlation_follows_from_the_number_of_pairs(self):
        assert sensitivity.fisher_z_variance(28, 0.7) == 0.04
        with pytest.raises(StatsError, match="n is 3"):
            sensitivity.fisher_z_variance(3, 0.7)

    def test_a_study_like_the_others_has_the_middle_variance_of_one_person(self):
        # 0.2 / (1/10 + 1/10) = 1, 2.7 / (1/10 + 1/5) = 9 and 0.5 / (1/20 + 1/5) = 2.
        of_next = sensitivity.like_these([0.2, 2.7, 0.5], [10, 10, 20], [10, 5, 5])
        assert of_next(40, 7.0) == pytest.approx(2 * 2 / 40, rel=1e-14)

    @pytest.mark.parametrize(
        ("columns", "message"),
        [
            (([0.1, 0.0], [9, 9], [9, 9]), "variances, row 2,"),
            (([0.1, 0.2], [9, 0], [9, 9]), "n1s, row 2,"),
            (([0.1, 0.2], [9, 9], [9.5, 9]), "n2s, row 1,"),
            (([0.1, 0.2], [9, 9], [9]), "n2s 1"),
        ],
    )
    def test_bad_columns_are_named(self, columns, message):
        with pytest.raises(StatsError, match=message):
            sensitivity.like_these(*columns)


def plain(n, effect):
    return 2 / n


class TestTippingPoint:
    @pytest.mark.parametrize("direction", [1, -1])
    @pytest.mark.parametrize("n", [10, 40])
    def test_under_equal_effects_it_is_the_solution_of_a_linear_equation(self, direction, n):
        y = [direction * estimate for estimate in Y]
        found = tipping_point(y, V, plain, direction, "EE", "wald", sizes=[n], furthest=-direction * 9)
        weight, total = n / 2, math.fsum(1 / v for v in V)
        pooled = math.fsum(estimate / v for estimate, v in zip(Y, V, strict=True))
        exact = (1.959963984540054 * math.sqrt(total + weight) - pooled) / weight
        assert found.criterion == "interval"
        assert found.smallest.effect == pytest.approx(direction * exact, rel=1e-12)
        assert found.smallest.variance == 2 / n
        limit = found.smallest.ci_low if direction == 1 else found.smallest.ci_high
        assert limit == pytest.approx(0, abs=1e-14)

    def test_an_inconclusive_result_is_overturned_where_its_sign_turns(self):
        found = tipping_point([0.3, -0.1], [0.1, 0.2], plain, 1, "EE", "wald", sizes=[20])
        assert found.criterion == "sign"
        assert found.smallest.effect == pytest.approx(-(0.3 / 0.1 - 0.1 / 0.2) / 10, rel=1e-12)
        assert found.smallest.estimate == pytest.approx(0, abs=1e-15)

    def test_the_smallest_size_that_can_tip_is_told_and_those_that_cannot_have_none(self):
        found = tipping_point(Y, V, plain, 1, "EE", "wald", sizes=[100, 4, 10, 10])
        assert list(found.by_size) == [4, 10, 100]
        assert found.by_size[4] is found.by_size[10] is None
        assert found.smallest == found.by_size[100]
        assert found.smallest.n == 100

    def test_the_way_ends_at_the_largest_effect_turned_round_unless_named(self):
        assert tipping_point(Y, V, plain, method="EE", interval="wald").furthest == -0.9
        assert tipping_point([-0.5, -0.9], [0.04, 0.09], plain, -1, "EE", "wald").furthest == 0.9

    def test_the_whole_way_is_searched_and_no_further(self):
        tip = tipping_point(Y, V, plain, 1, "EE", "wald", sizes=[100]).smallest.effect
        short, enough = (
            tipping_point(Y, V, plain, 1, "EE", "wald", sizes=[100], furthest=tip + more) for more in (1e-6, -1e-6)
        )
        assert short.smallest is None
        assert enough.smallest.effect == pytest.approx(tip, rel=1e-12)

    def test_what_is_pooled_now_is_told_beside_it(self):
        found = tipping_point(Y, V, plain, 1, "DL", "knapp_hartung", 0.9)
        now = pooling.pool(Y, V, "DL", "knapp_hartung", 0.9)
        for name in ("estimate", "ci_low", "ci_high", "method", "interval", "confidence"):
            assert getattr(found, name) == getattr(now, name)
        assert list(found.by_size) == list(sensitivity.SIZES)

    def test_a_result_that_even_an_agreeing_study_overturns_tips_at_its_own_estimate(self):
        # A vague third study takes tau2 of Hedges to 0, and all weight goes back to the precise study below 0.
        found = tipping_point([-0.1, 5.0], [1e-4, 6.0], lambda n, effect: 1000.0, 1, "HE", "wald", sizes=[10])
        assert found.estimate > 1
        assert found.smallest.effect == found.estimate
        assert found.smallest.estimate == pytest.approx(-0.1, abs=1e-3)

    @settings(max_examples=60)
    @given(
        studies,
        st.sampled_from(("EE", "DL", "PM", "REML")),
        st.sampled_from(("wald", "knapp_hartung")),
        st.sampled_from((plain, sensitivity.smd_variance)),
        st.sampled_from((5, 50)),
    )
    def test_it_tips_on_one_side_and_does_not_on_the_other(self, rows, method, interval, next_variance, n):
        y, v = (list(values) for values in zip(*rows, strict=True))
        now = pooling.fit(y, v, method, interval)
        assume(abs(now.estimate) > 1e-3)
        direction = 1 if now.estimate > 0 else -1
        found = tipping_point(y, v, next_variance, direction, method, interval, sizes=[n])
        assume(found.smallest)

        def holds(effect):
            fit = pooling.fit([*y, effect], [*v, next_variance(n, effect)], method, interval)
            if found.criterion == "sign":
                return direction * fit.estimate > 0
            return sensitivity.side(fit.ci_low, fit.ci_high) == direction

        way = found.furthest - found.estimate
        effect = found.smallest.effect
        assert 0 <= (effect - found.estimate) / way <= 1
        assert not holds(effect + 1e-6 * way)
        if effect != found.estimate:
            assert holds(effect - 1e-6 * way)

    @pytest.mark.parametrize(
        ("given_names", "message"),
        [
            ({"direction": -1}, "does not lie on the side of direction -1"),
            ({"direction": 2}, "direction is 2"),
            ({"method": "REMLE"}, "Did you mean 'REML'"),
            ({"interval": "hk"}, "interval is 'hk'"),
            ({"confidence": 95}, "confidence is 95"),
            ({"sizes": []}, "sizes has 0 rows"),
            ({"sizes": [1]}, "sizes is 1; expected a whole number from 2"),
            ({"sizes": [10.5]}, "sizes is 10.5"),
            ({"furthest": math.inf}, "furthest is inf"),
            ({"next_variance": lambda n, effect: 0.0}, "variances, row 5,"),
            ({"estimates": [0.1]}, "differ in length"),
            ({"variances": [0.1, 0.1, 0.1, -1]}, "variances, row 4,"),
        ],
    )
    def test_bad_input_is_named(self, given_names, message):
        told = {"estimates": Y, "variances": V, "next_variance": plain} | given_names
        with pytest.raises(StatsError, match=message):
            tipping_point(**told)

    @given(
        st.lists(st.tuples(st.floats(), st.floats()), max_size=4),
        st.floats(),
        st.sampled_from((1, -1)),
        st.sampled_from(("EE", "DL")),
    )
    @settings(max_examples=60)
    def test_any_input_gives_finite_numbers_or_a_named_error(self, rows, furthest, direction, method):
        y, v = [y for y, _ in rows], [v for _, v in rows]
        try:
            found = tipping_point(y, v, plain, direction, method, sizes=[10], furthest=furthest)
        except StatsError:
            return
        if found.smallest:
            assert all(map(math.isfinite, dataclasses.astuple(found.smallest)))


class TestNextRange:
    def test_the_ends_are_those_of_the_furthest_effects(self):
        found = sensitivity.next_range(Y, V, [0.02], 1.5)
        ends = [pooling.fit([*Y, effect], [*V, 0.02]).estimate for effect in (-1.5, 1.5)]
        assert (found.low, found.high, found.furthest) == (*ends, 1.5)

    def test_several_effects_of_the_study_move_together(self):
        found = sensitivity.next_range(Y, V, [0.02, 0.03], 1.5)
        assert found.high == pooling.fit([*Y, 1.5, 1.5], [*V, 0.02, 0.03]).estimate

    @given(studies, st.integers(1, 30), st.sampled_from(["DL", "REML"]))
    @settings(max_examples=20)
    def test_no_effect_in_the_range_leads_beyond_its_ends(self, rows, n, method):
        y, v = zip(*rows, strict=True)
        found = sensitivity.next_range(y, v, [n / 20], 3.0, method, "wald")
        for effect in (-3.0, -1.5, 0.0, 0.75, 3.0):
            fit = pooling.fit([*y, effect], [*v, n / 20], method, "wald")
            assert found.low <= fit.estimate <= found.high
            assert sensitivity.side(fit.ci_low, fit.ci_high) in found.by_side

    def test_each_side_that_can_be_reached_has_a_fit_on_it(self):
        near, far = (sensitivity.next_range([0.1, 0.2], [0.01, 0.01], [0.0001], end, "EE", "wald") for end in (0.01, 3))
        assert near.by_side.keys() == {0}
        assert far.by_side.keys() == {-1, 0, 1}
        assert all(sensitivity.side(fit.ci_low, fit.ci_high) == side for side, fit in far.by_side.items())

    def test_the_choices_are_those_of_pooling(self):
        wide = sensitivity.next_range(Y, V, [0.02], 1.5, confidence=0.99).by_side[0]
        assert wide.confidence == 0.99
        assert sensitivity.next_range(Y, V, [0.02], 1.5, "EE", "t").by_side[1].interval == "t"

    def test_an_effect_equal_to_a_single_other_is_passed_over(self):
        found = sensitivity.next_range([0.0], [0.1], [0.1], 1.0)
        assert (found.low, found.high) == pytest.approx((-0.5, 0.5))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"furthest": -1}, "furthest is -1; expected 0 or more"),
            ({"furthest": math.nan}, "furthest is nan"),
            ({"next_variances": [0.0]}, "expected a number above 0"),
            ({"estimates": [math.inf]}, "inf"),
            ({"variances": [0.1, 0.2]}, "expected"),
            ({"method": "XX"}, "method"),
            ({"interval": "XX"}, "interval"),
            ({"confidence": 1.0}, "confidence is 1.0"),
            ({"estimates": [0.0], "furthest": 0.0}, "No effect of the further study gives a result"),
        ],
    )
    def test_what_cannot_be_tried_is_refused(self, change, message):
        told = {"estimates": [0.5], "variances": [0.1], "next_variances": [0.1], "furthest": 1.0} | change
        with pytest.raises(StatsError, match=message):
            sensitivity.next_range(**told)


class TestOpposingStudies:
    @pytest.mark.parametrize(("for_", "k"), [(8, 8), (54, 55), (26, 36), (6, 6)])
    def test_one_fewer_would_not_do(self, for_, k):
        more = sensitivity.opposing_studies(for_, k)
        assert more > 0
        assert vote_count([1] * for_ + [0] * (k - for_ + more)).ci_low <= 0.5
        assert vote_count([1] * for_ + [0] * (k - for_ + more - 1)).ci_low > 0.5

    def test_known_counts(self):
        assert [sensitivity.opposing_studies(*count) for count in ((54, 55), (26, 36), (6, 6))] == [34, 3, 1]
        assert sensitivity.opposing_studies(26, 36, 0.5) > 3
        # The lower limit of two of two at 50 % is the square root of one quarter: one half is inside already.
        assert sensitivity.opposing_studies(2, 2, 0.5) == 0

    @pytest.mark.parametrize(("for_", "k"), [(0, 1), (5, 5), (6, 8), (1, 9)])
    def test_none_is_needed_where_one_half_is_inside_or_above(self, for_, k):
        assert sensitivity.opposing_studies(for_, k) == 0

    @pytest.mark.parametrize(
        ("given_values", "message"),
        [
            ((5, 4), "for_ is 5; expected at most the 4"),
            ((-1, 4), "for_ is -1"),
            ((0, 0), "k is 0"),
            ((1.5, 4), "for_ is 1.5"),
            ((1, 4, 95), "confidence is 95"),
        ],
    )
    def test_bad_counts_are_named(self, given_values, message):
        with pytest.raises(StatsError, match=message):
            sensitivity.opposing_studies(*given_values)


def test_unless_said_confidence_is_95_percent_and_null_is_0(defaults):
    assert defaults("sensitivity") == {("confidence", 0.95), ("null", 0.0)}
