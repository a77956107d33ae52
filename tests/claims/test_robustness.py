import math
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import pytest

from il6review.claims import robustness, synthesis
from il6review.claims.robustness import Line, Robustness
from il6review.claims.rules import questions
from il6review.stats import pooling, sensitivity
from il6review.stats.correlations import fisher_z
from il6review.stats.directions import vote_count

CENTRES = {"One": 30.0, "Two": 22.0, "Three": 55.0, "Four": 12.0}


def groups(make, unspecified=(), **cells):
    """Give four studies with patients and controls; those named have a bare "+/-"."""
    rows = []
    for source, centre in CENTRES.items():
        kind = "mean_pm_unspecified" if source in unspecified else "mean_sd"
        rows += [
            make.group(source, centre=centre, statistic=kind, spread=centre / 2, **cells),
            make.group(source, "control", statistic=kind, **cells),
        ]
    return rows


def whole(make, unspecified=(), **choices):
    """Give a review with four pairs, and a question that asks for pairs, correlations and comparisons."""
    review = make.review(
        groups=groups(make, unspecified),
        comparisons=[make.comparison(source) for source in CENTRES],
        **choices,
    )
    return review, replace(make.comparing(), pairs=make.pairing().pairs)


def lines(found):
    return {line.name: line for line in found.lines}


class TestPooled:
    def line(self, make, unspecified=(), **choices):
        return lines(robustness.robustness(*whole(make, unspecified, **choices)))["pooled"]

    def test_each_measure_has_its_own_universes_and_only_their_sides_are_joined(self, make):
        line = self.line(make)
        assert list(line.multiverses) == ["ROM", "SMD"]
        # None, each and each pair of four studies left out, six estimators and two intervals.
        assert [found.k_universes for found in line.multiverses.values()] == [11 * 12] * 2
        assert line.universes == 2 * 132 == sum(line.counts)
        assert line.counts[0] == sum(found.agree for found in line.multiverses.values())
        assert line.share == line.counts[0] / 264
        assert line.multiverses["ROM"].estimate_high != line.multiverses["SMD"].estimate_high

    def test_the_measure_of_the_review_comes_first(self, make):
        assert list(self.line(make, measure="MD").multiverses) == ["MD", "ROM", "SMD"]
        assert list(self.line(make, measure="SMD").multiverses) == ["SMD", "ROM"]

    def test_the_universe_of_the_review_is_among_them(self, make):
        review, question = whole(make)
        pooled = synthesis.answer(review, question).ratio
        assert pooled.estimate in self.line(make).multiverses["ROM"].estimates

    def test_a_bare_plus_minus_is_read_both_ways_and_left_out(self, make):
        found = self.line(make, ["Two", "Four", "Three"]).multiverses["ROM"]
        assert set(found.by_choice["reading"]) == {
            f"{source}: {reading}" for source in ("Two", "Three", "Four") for reading in ("SD", "SEM")
        }
        # None: 8 readings. One left out: 8 and 3 times 4. A pair: 3 times 4 and 3 times 2.
        assert found.k_universes == 12 * (8 + 8 + 12 + 12 + 6)

    def test_all_unspecified_studies_are_left_out_together_where_two_remain(self, make):
        effects = [
            [sensitivity.StudyReading(f"S{n}", n, 1 + turn, "") for turn in range(1 + (n < 3))] for n in range(5)
        ]
        assert frozenset({"S0", "S1", "S2"}) in robustness._plan(effects).left_out

    def test_the_reading_that_the_review_takes_makes_no_difference(self, make):
        shares = {self.line(make, ["Two"], plus_minus=reading).counts for reading in ("sd", "sem")}
        assert len(shares) == 1

    def test_an_exact_spread_has_one_reading(self, make):
        assert "reading" not in self.line(make).multiverses["ROM"].by_choice

    def test_the_confidence_of_the_review_holds_in_every_universe(self, make):
        assert self.line(make, confidence=0.5).counts[0] > self.line(make).counts[0]

    def test_sources_that_are_not_independent_stay_out(self, make):
        found = robustness.robustness(*whole(make), {"One"})
        assert "One" not in lines(found)["pooled"].multiverses["ROM"].by_choice["left out"]
        assert "One" not in lines(found)["votes"].multiverses["share"].by_choice["left out"]

    @pytest.mark.parametrize("measure", ["ROM", "SMD", "MD"])
    def test_the_next_study_tips_what_the_review_pools(self, make, measure):
        review, question = whole(make, measure=measure, tau2_estimator="DL", confidence=0.8)
        answer = synthesis.answer(review, question)
        tipping = lines(robustness.robustness(review, question))["pooled"].tipping
        assert (tipping.estimate, tipping.method, tipping.interval) == (answer.ratio.estimate, "DL", "knapp_hartung")
        assert (tipping.criterion, tipping.direction, tipping.confidence) == ("interval", 1, 0.8)
        used = [pair.effect for pair in answer.pairs if pair.effect]
        n, effect = tipping.smallest.n, tipping.smallest.effect
        if measure == "SMD":
            assert tipping.smallest.variance == sensitivity.smd_variance(n, effect)
        else:
            units = sorted(one.variance / (1 / one.n1 + 1 / one.n2) for one in used)
            assert tipping.smallest.variance == pytest.approx((units[1] + units[2]) / 2 * 2 / n)
        rows = [(one.estimate, one.variance) for one in used]
        joined = pooling.fit(*zip(*rows, (effect, tipping.smallest.variance), strict=True), "DL", confidence=0.8)
        assert joined.ci_low == pytest.approx(0, abs=1e-10)

    def test_a_pooled_value_below_no_effect_is_overturned_from_below(self, make):
        review, question = whole(make, confidence=0.8)
        swapped = {"case": "control", "control": "case"}
        turned = [
            {**row, "role": swapped[row["role"]], "group_label": "healthy" if row["role"] == "case" else "RA"}
            for row in review.tables["groups"]
        ]
        review = replace(review, tables={**review.tables, "groups": turned})
        line = lines(robustness.robustness(review, question))["pooled"]
        assert line.tipping.direction == -1
        assert line.tipping.smallest.effect > line.tipping.estimate
        assert line.counts[0] == 0 < line.counts[1]


class TestPlans:
    @pytest.mark.parametrize(
        ("studies", "unspecified", "limit", "depth", "together"),
        [
            (13, 0, sensitivity.LIMIT, 2, False),
            (13, 2, sensitivity.LIMIT, 2, False),
            (13, 4, sensitivity.LIMIT, 1, False),
            (13, 9, sensitivity.LIMIT, 1, True),
            (13, 9, 348, 1, True),
            (13, 9, 347, 0, True),
        ],
    )
    def test_the_deepest_that_keeps_to_the_limit_is_taken(
        self, studies, unspecified, limit, depth, together, monkeypatch
    ):
        monkeypatch.setattr(sensitivity, "LIMIT", limit)
        effects = [
            [sensitivity.StudyReading(f"S{n}", n, 1 + turn) for turn in range(1 + (n < unspecified))]
            for n in range(studies)
        ]
        span = robustness._plan(effects)
        names = [readings[0].study for readings in effects]
        sets = (*sensitivity.leave_out(names, depth), frozenset(names[:unspecified]))
        assert (span.left_out, span.together) == (tuple(dict.fromkeys(sets)), together)
        assert span.count <= limit


class TestCorrelation:
    RS = (("One", 0.5, 40), ("Two", 0.3, 30), ("Three", 0.6, 50))

    def found(self, make, sign=1, **choices):
        rows = [make.correlation(source, r=sign * r, n=n) for source, r, n in self.RS]
        return robustness.robustness(make.review(correlations=rows, **choices), make.correlating())

    def test_its_universes_are_those_of_fishers_z(self, make):
        line = lines(self.found(make))["correlation"]
        zs = [fisher_z(r, n) for _, r, n in self.RS]
        effects = [
            [sensitivity.StudyReading(source, z.estimate, z.variance)]
            for (source, *_), z in zip(self.RS, zs, strict=True)
        ]
        span = sensitivity.universes(effects, sensitivity.leave_out([row[0] for row in self.RS], 1))
        assert line.multiverses == {"r": sensitivity.multiverse(span)}
        assert line.universes == 4 * 12

    def test_the_confidence_of_the_review_holds_in_every_universe(self, make):
        wide, narrow = (lines(self.found(make, confidence=level))["correlation"] for level in (0.999, 0.5))
        assert wide.counts[0] < narrow.counts[0]

    def test_the_next_study_is_one_of_n_persons(self, make):
        line = lines(self.found(make))["correlation"]
        assert line.tipping.smallest.variance == 1 / (line.tipping.smallest.n - 3)
        numbers = robustness.robustness_numbers(self.found(make))
        assert numbers["robust_correlation_tip_effect"].value == math.tanh(line.tipping.smallest.effect)
        assert numbers["robust_correlation_low"].value == math.tanh(line.multiverses["r"].estimate_low)

    def test_a_relation_the_other_way_disagrees(self, make):
        here, there = self.found(make), self.found(make, -1)
        agree, disagree, neither = lines(here)["correlation"].counts
        assert lines(there)["correlation"].counts == (disagree, agree, neither)
        assert lines(there)["correlation"].tipping.direction == -1


class TestVotes:
    def found(self, make, *rows, **tables):
        return lines(robustness.robustness(make.review(comparisons=rows, **tables), make.comparing()))["votes"]

    def test_each_study_is_left_out_once(self, make):
        line = self.found(make, *(make.comparison(f"Study{n}") for n in range(6)))
        found = line.multiverses["share"]
        # Six of six leave one half out of their interval, five of five do not.
        assert (found.agree, found.disagree, found.inconclusive) == (1, 0, 6)
        assert found.by_choice["left out"] == {"none": 1.0, **{f"Study{n}": 0.0 for n in range(6)}}
        assert found.by_choice["null studies"] == {"counted": 1 / 7}
        assert line.opposing == 1

    def test_null_studies_are_counted_or_left_out(self, make):
        rows = [make.comparison(f"Study{n}", "a_higher" if n < 7 else "no_difference") for n in range(9)]
        found = self.found(make, *rows).multiverses["share"]
        assert found.k_universes == (1 + 9) + (1 + 7)
        side = {k: vote_count([1] * k[0] + [0] * k[1]).ci_low > 0.5 for k in ((7, 2), (6, 2), (7, 1), (7, 0), (6, 0))}
        assert found.by_choice["null studies"] == {
            "counted": (side[7, 2] + 7 * side[6, 2] + 2 * side[7, 1]) / 10,
            "left out": (side[7, 0] + 7 * side[6, 0]) / 8,
        }
        assert found.estimate_low == 6 / 8 and found.estimate_high == 1

    def test_votes_that_disagree_are_overturned_by_studies_that_agree(self, make):
        line = self.found(make, *(make.comparison(f"Study{n}", "a_lower") for n in range(8)))
        assert line.counts == (0, 9, 0)
        assert line.opposing == sensitivity.opposing_studies(8, 8) == 2

    def test_nothing_is_counted_where_nothing_points(self, make):
        line = self.found(make, *(make.comparison(f"Study{n}", "no_difference") for n in range(3)))
        assert line.universes == 4
        assert line.multiverses["share"].by_choice["null studies"] == {"counted": 0.0}

    def test_the_sign_of_a_printed_r_takes_the_place_of_its_reported_direction(self, make):
        rows = [make.correlation(f"Study{n}", "none", r=0.1, n=None) for n in range(6)]
        rows += [make.correlation("Negative", "none", r=-0.2), make.correlation("Zero", "positive", r=0.0)]
        rows += [make.correlation("Words", "positive")]
        found = robustness.robustness(make.review(correlations=rows), make.correlating())
        by_choice = lines(found)["votes"].multiverses["share"].by_choice
        assert list(by_choice["direction"]) == ["as reported", "sign of r"]
        estimates = lines(found)["votes"].multiverses["share"].estimates
        # By sign: six and one for, one against and one null; as reported two for and seven null.
        assert {2 / 9, 7 / 9, 7 / 8} <= set(estimates)
        assert max(share for share in estimates if share < 1) == 7 / 8

    def test_signs_that_change_nothing_are_no_choice(self, make):
        rows = [make.correlation(f"Study{n}", r=0.1) for n in range(4)]
        found = robustness.robustness(make.review(correlations=rows), make.correlating())
        assert list(lines(found)["votes"].multiverses["share"].by_choice["direction"]) == ["as reported"]


def line(name, agree, disagree, inconclusive):
    count = SimpleNamespace(agree=agree, disagree=disagree, inconclusive=inconclusive)
    return Line(name, "share", {"share": count}, ())


class TestJoined:
    @pytest.mark.parametrize(
        ("counts", "published"),
        [
            ([(3, 1, 2)], ()),
            ([(3, 1, 2), (0, 2, 5)], ()),
            ([(3, 1, 2), (4, 0, 1), (1, 1, 1)], ()),
            ([(3, 0, 2), (2, 0, 2)], (1,)),
            ([(3, 0, 2), (2, 0, 2)], (0,)),
            ([(3, 1, 2)], (-1, 0)),
            ([(3, 1, 2)], (-1, 1)),
        ],
    )
    def test_every_combination_is_joined_as_the_verdict_joins_lines(self, make, counts, published):
        found = Robustness(
            make.question(), tuple(line(str(row), *count) for row, count in enumerate(counts)), published
        )
        sides = [[1] * agree + [-1] * disagree + [0] * neither for agree, disagree, neither in counts]
        words = []
        for combination in product(*sides):
            said = {*combination, *published}
            words.append(
                "mixed" if {1, -1} <= said else "agrees" if 1 in said else "disagrees" if -1 in said else "mixed"
            )
        assert found.universes == len(words)
        assert found.share == pytest.approx(words.count("agrees") / len(words), abs=1e-15)
        assert found.share_against == pytest.approx(words.count("disagrees") / len(words), abs=1e-15)

    def test_a_published_estimate_counts_with_its_side(self, make):
        review = make.review(
            comparisons=[make.comparison(f"Study{n}") for n in range(6)],
            effects=[make.effect("Meta", row_id="E901", ci_low=-2.0, ci_high=-1.0)],
        )
        question = replace(make.comparing(), published=("E901",))
        found = robustness.robustness(review, question)
        assert found.published == (-1,)
        words = robustness.in_words(found)
        assert words.startswith(
            "taken together with the published estimate in other ways, none of 7 agrees, 85.7 % disagree"
        )
        # Six of six agree and make it mixed; five of five are inconclusive and leave the published one alone.
        assert (found.share, found.share_against) == (0, 6 / 7)

    @pytest.mark.parametrize("studies", [0, 2])
    def test_too_little_has_nothing_to_be_robust(self, make, studies):
        rows = [make.comparison(f"Study{n}") for n in range(studies)]
        found = robustness.robustness(make.review(comparisons=rows), make.comparing())
        assert (found.lines, found.universes, found.share, found.share_against) == ((), 0, None, None)
        assert robustness.robustness_numbers(found) == {}
        assert robustness.in_words(found) == ""


class TestNumbers:
    def test_they_are_named_with_their_rows_and_scales(self, make):
        review, question = whole(make, confidence=0.8)
        found = robustness.robustness(review, question)
        numbers = robustness.robustness_numbers(found)
        pooled = lines(found)["pooled"]
        assert numbers["robust_universes"].value == found.universes == 264 * 5
        assert numbers["robust_share"].value == round(100 * found.share, 1)
        assert numbers["robust_share_against"].value == 0
        assert numbers["robust_pooled_universes"].value == 264
        assert numbers["robust_pooled_share"].value == round(100 * pooled.share, 1)
        assert numbers["robust_pooled_low"].value == math.exp(pooled.multiverses["ROM"].estimate_low)
        assert numbers["robust_pooled_high"].value == math.exp(pooled.multiverses["ROM"].estimate_high)
        assert numbers["robust_pooled_tip_n"].value == pooled.tipping.smallest.n
        assert numbers["robust_pooled_tip_effect"].value == math.exp(pooled.tipping.smallest.effect)
        assert numbers["robust_votes_opposing"].value == 1
        assert (numbers["robust_votes_low"].value, numbers["robust_votes_low"].unit) == (100, "%")
        assert set(numbers["robust_pooled_low"].rows) == {row["row_id"] for row in review.tables["groups"]}
        assert set(numbers["robust_votes_low"].rows) == {row["comparison_id"] for row in review.tables["comparisons"]}
        assert all(number.label.startswith("synthetic: ") for number in numbers.values())

    def test_a_difference_is_shown_as_it_is_and_a_part_has_its_prefix(self, make):
        found = robustness.robustness(*whole(make, measure="SMD"))
        numbers = robustness.robustness_numbers(found, "part2_")
        pooled = lines(found)["pooled"]
        assert numbers["part2_robust_pooled_low"].value == pooled.multiverses["SMD"].estimate_low

    def test_without_a_next_study_there_is_no_number_of_one(self, make):
        found = robustness.robustness(*whole(make))
        pooled = lines(found)["pooled"]
        none = replace(pooled, tipping=replace(pooled.tipping, smallest=None, criterion="interval"))
        found = replace(found, lines=(none,))
        assert "robust_pooled_tip_n" not in robustness.robustness_numbers(found)
        assert robustness.in_words(found).endswith(
            "even a study with 1000 persons in each group, as far on the other side as any is so far, would not leave "
            "the pooled value inconclusive."
        )


class TestWords:
    def words(self, make, **choices):
        return robustness.in_words(robustness.robustness(*whole(make, **choices)))

    def test_shares_and_what_would_overturn_each_line(self, make):
        found = robustness.robustness(*whole(make, confidence=0.8))
        shown = {name: number.as_json()["text"] for name, number in robustness.robustness_numbers(found).items()}
        assert robustness.in_words(found) == (
            f"taken together in other ways, {shown['robust_share']} % of 1320 agree; "
            f"pooled in other ways, {shown['robust_pooled_share']} % of 264 agree, and one more study with "
            f"{shown['robust_pooled_tip_n']} persons in each group and a ratio of means of "
            f"{shown['robust_pooled_tip_effect']} would leave the pooled value inconclusive; "
            "counted in other ways, 20 % of 5 agree, and 1 more study on the other side would leave the votes "
            "inconclusive."
        )

    def test_an_inconclusive_value_may_turn_its_sign(self, make):
        rows = [make.correlation(source, r=r, n=40) for source, r in (("One", 0.5), ("Two", -0.3), ("Three", 0.1))]
        words = robustness.in_words(robustness.robustness(make.review(correlations=rows), make.correlating()))
        assert "persons and a correlation r of −0." in words
        assert "would turn the sign of the estimate" in words

    @pytest.mark.parametrize(
        ("studies", "words"),
        [
            (3, "counted in other ways, none of 4 gives a clear answer."),
            (6, "1 more study on the other side would leave the votes inconclusive."),
            (8, "2 more studies on the other side would leave the votes inconclusive."),
        ],
    )
    def test_votes_are_overturned_by_further_studies(self, make, studies, words):
        rows = [make.comparison(f"Study{n}") for n in range(studies)]
        found = robustness.robustness(make.review(comparisons=rows), make.comparing())
        assert robustness.in_words(found).endswith(words)

    @pytest.mark.parametrize(
        ("counted", "words"),
        [
            (("1", "100", "0"), "the only one agrees"),
            (("1", "0", "100"), "the only one disagrees"),
            (("1", "0", "0"), "the only one gives no clear answer"),
            (("40", "100", "0"), "all 40 agree"),
            (("19", "0", "0"), "none of 19 gives a clear answer"),
            (("19", "0", "5.3"), "none of 19 agrees, 5.3 % disagree"),
            (("60", "50", "0"), "50 % of 60 agree"),
            (("60", "50", "25"), "50 % of 60 agree, 25 % disagree"),
        ],
    )
    def test_how_many_agree(self, counted, words):
        assert robustness._agreeing(*counted) == words


def test_every_question_of_the_chapter_has_its_robustness(serum):
    own = {claim.claim_id: claim for claim in serum.claims()}
    asked = [(question, own[name]) for question in questions().values() for name in question.claims if name in own]
    seen = set()
    for question, claim in asked:
        without = {claim.seed, *claim.cites}
        answer = synthesis.answer(serum, question, without)
        found = robustness.robustness(serum, question, without)
        names = {line.name for line in found.lines}
        seen |= names
        if synthesis.verdict(answer) == "too_little":
            assert not names
            continue
        told = {"votes": answer.count, "pooled": answer.ratio, "correlation": answer.correlation}
        assert names == {name for name, value in told.items() if value}
        assert all(found.share + found.share_against <= 1 and 0 <= line.share <= 1 for line in found.lines)
        for line in found.lines:
            value = {"votes": "share", "pooled": "estimate", "correlation": "estimate"}[line.name]
            base = told[line.name].z if line.name == "correlation" else told[line.name]
            assert getattr(base, value) in line.multiverses[line.measure].estimates
        assert robustness.in_words(found)
    assert seen == {"votes", "pooled", "correlation"}
