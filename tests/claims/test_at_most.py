from dataclasses import replace
from math import exp

import pytest

from il6review.claims import at_most as module
from il6review.claims.at_most import at_most, at_most_all, in_words
from il6review.claims.synthesis import answer, verdict
from il6review.claims.views_own_study import before_after


@pytest.fixture
def ask(monkeypatch):
    """Let the questions of every claim be these."""

    def put(*questions):
        monkeypatch.setattr(module, "questions_of", lambda claim_id: list(questions))

    return put


def ledger(evidence="too_little", headline="untested", citation="unverifiable"):
    found = {"citation": citation, "recomputation": "not_recomputable", "evidence": evidence}
    return {"claims": {"RA-901": {"headline": headline} | {check: {"finding": word} for check, word in found.items()}}}


def with_own(make, own, **table):
    """Give the review without and with own rows in one table."""
    ((name, base),) = table.items()
    claims = [make.claim_row(cites="Cited")]
    before = make.review(claims=claims, **{name: base})
    return before, make.review(claims=claims, **{name: [*base, *own]})


def ids(rows, column="row_id"):
    return frozenset(row[column] for row in rows)


def study(make, source, ratio, n=20):
    """Give a group of cases and its controls, with a ratio of their means."""
    return [make.group(source, centre=10.0 * ratio, spread=4.0 * ratio, n=n), make.group(source, "control", n=n)]


def pooled(make, ratios, own):
    base = [row for i, ratio in enumerate(ratios) for row in study(make, f"S{i}", ratio)]
    return *with_own(make, own, groups=base), ids(own)


class TestVotes:
    def case(self, make, directions, own=("a_higher",)):
        base = [make.comparison(f"S{i}", direction) for i, direction in enumerate(directions)]
        mine = [make.comparison(f"Own{i}", direction) for i, direction in enumerate(own)]
        return *with_own(make, mine, comparisons=base), ids(mine, "comparison_id")

    def test_one_more_vote_either_way_or_neither_is_tried(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, ["a_higher"] * 5)
        bound = at_most(before, after, "RA-901", own, ledger())
        assert bound.findings == ("agrees", "mixed")
        assert bound.headlines == ("stands", "weakened")
        assert [(vote.agree, vote.studies, vote.more) for vote in bound.votes] == [(5, 5, 1)]
        assert bound.could_flip

    @pytest.mark.parametrize("own", ["a_higher", "a_lower", "no_difference"])
    def test_what_the_study_did_find_makes_no_difference(self, make, ask, own):
        ask(make.comparing())
        before, after, mine = self.case(make, ["a_higher"] * 5, (own,))
        assert at_most(before, after, "RA-901", mine, ledger()).findings == ("agrees", "mixed")

    def test_many_votes_one_way_are_not_turned_by_one(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, ["a_higher"] * 20)
        bound = at_most(before, after, "RA-901", own, ledger("agrees", "stands"))
        assert (bound.findings, bound.headlines, bound.could_flip) == (("agrees",), ("stands",), False)
        assert in_words(bound)[-1] == 'no result could change the evidence, "agrees", nor the headline, "stands"'

    def test_several_own_studies_vote_in_every_way(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, ["a_higher"] * 2, ("a_higher",) * 8)
        bound = at_most(before, after, "RA-901", own, ledger())
        assert bound.findings == ("agrees", "mixed")
        assert bound.votes[0].more == 8

    def test_the_first_studies_of_all_can_make_a_finding(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, [], ("a_higher",) * 6)
        bound = at_most(before, after, "RA-901", own, ledger())
        assert bound.findings == ("agrees", "mixed", "disagrees")

    def test_the_headline_can_stay_where_the_evidence_moves(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, ["a_higher"] * 5)
        bound = at_most(before, after, "RA-901", own, ledger("too_little", "weakened", "overstated"))
        assert (bound.headlines, bound.could_flip) == (("weakened",), False)
        told = 'the evidence, "too little" before, could come to "agrees" or "mixed"; '
        assert in_words(bound)[-1] == told + 'the headline would stay "weakened"'

    def test_rows_that_do_not_enter_reach_nothing(self, make, ask):
        ask(make.comparing())
        before, after, own = self.case(make, ["a_higher"] * 5)
        assert at_most(before, before, "RA-901", own, ledger()) is None
        assert at_most_all(before, before, own, ledger()) == {}
        assert at_most_all(before, after, own, ledger()).keys() == {"RA-901"}

    def test_an_own_study_that_the_claim_cites_is_not_independent(self, make, ask):
        ask(make.comparing())
        base, mine = [make.comparison("S1")], [make.comparison("Cited")]
        before, after = with_own(make, mine, comparisons=base)
        assert at_most(before, after, "RA-901", ids(mine, "comparison_id"), ledger()) is None

    def test_a_part_that_is_not_reached_keeps_its_verdict(self, make, ask):
        ask(make.comparing(), make.correlating())
        before, after, own = self.case(make, ["a_higher"] * 20)
        assert at_most(before, after, "RA-901", own, ledger()).findings == ("mixed",)


class TestPooled:
    def test_the_pooled_value_moves_between_the_furthest_effects(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (2.0, 3.0, 4.0), study(make, "Own", 2.5))
        (shift,) = at_most(before, after, "RA-901", own, ledger()).shifts
        assert (shift.furthest_low, shift.furthest_high) == (0.25, 4.0)
        ends = []
        for ratio in (0.25, 4.0):
            *_, joined = pooled(make, (2.0, 3.0, 4.0), study(make, "Own", ratio))[:2]
            ends.append(exp(answer(joined, make.pairing(), {"Seed", "Cited"}).ratio.estimate))
        assert (shift.low, shift.high) == pytest.approx(ends, rel=1e-3)
        assert shift.before == pytest.approx(exp(answer(before, make.pairing()).ratio.estimate), rel=1e-3)

    def test_a_larger_study_moves_it_further(self, make, ask):
        ask(make.pairing())
        found = []
        for n in (5, 500):
            before, after, own = pooled(make, (2.0, 2.1, 2.2), study(make, "Own", 2.5, n))
            (shift,) = at_most(before, after, "RA-901", own, ledger()).shifts
            found.append((shift.low, shift.high))
        (low, high), (lower, higher) = found
        assert lower < low < high < higher

    def test_the_own_effect_lies_within_what_is_tried(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (2.0, 3.0), study(make, "Own", 9.0))
        (shift,) = at_most(before, after, "RA-901", own, ledger()).shifts
        assert (shift.furthest_low, shift.furthest_high) == (0.1111, 9.0)

    def test_a_value_that_was_not_pooled_before_is_said_to_be_new(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (2.0,), study(make, "Own", 3.0))
        bound = at_most(before, after, "RA-901", own, ledger())
        assert bound.shifts[0].before is None
        assert "ratio of means, not pooled before, could come to lie from" in in_words(bound)[0]

    def test_a_lone_study_is_pooled_with_none(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (), study(make, "Own", 3.0))
        assert at_most(before, after, "RA-901", own, ledger()).shifts == ()

    def test_the_interval_that_a_study_could_turn_decides_the_finding(self, make, ask):
        question = replace(make.pairing(), published=("E900",))
        ask(question)
        before, after, own = pooled(make, (2.0, 2.2, 2.4), study(make, "Own", 2.2))
        row = make.effect("Meta", row_id="E900")
        before, after = (replace(review, tables={**review.tables, "effects": (row,)}) for review in (before, after))
        bound = at_most(before, after, "RA-901", own, ledger("agrees", "stands"))
        assert bound.findings == ("agrees",)
        row = {**row, "estimate": 0.1, "ci_low": -0.5, "ci_high": 0.7}
        before, after = (replace(review, tables={**review.tables, "effects": (row,)}) for review in (before, after))
        assert at_most(before, after, "RA-901", own, ledger("agrees", "stands")).findings == ("agrees", "mixed")


class TestCorrelation:
    def test_it_is_told_as_a_correlation_and_as_a_vote(self, make, ask):
        ask(make.correlating())
        base = [make.correlation(f"S{i}", r=r, n=50) for i, r in enumerate((0.3, 0.5, 0.4, 0.2))]
        mine = [make.correlation("Own", r=0.1, n=80)]
        before, after = with_own(make, mine, correlations=base)
        bound = at_most(before, after, "RA-901", ids(mine), ledger("agrees", "stands"))
        (shift,) = bound.shifts
        assert (shift.furthest_low, shift.furthest_high) == (-0.5, 0.5)
        assert shift.low < shift.before < shift.high
        assert [(vote.agree, vote.studies, vote.more) for vote in bound.votes] == [(4, 4, 1)]
        assert verdict(answer(after, make.correlating(), {"Seed", "Cited"})) in bound.findings
        assert in_words(bound)[0].startswith("synthetic: correlation r, 0.355 before, could come to lie from ")


class TestBeforeAfter:
    def test_own_studies_stand_with_their_weight_after(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (2.0, 3.0, 4.0), study(make, "Own", 2.5))
        (shown,) = before_after(before, after, "RA-901", own)
        assert (shown.measure, shown.before.k, shown.after.k) == ("ROM", 3, 4)
        (line,) = shown.lines
        assert set(line["row_ids"]) == own
        assert line["weight"] == shown.after.weights[3]

    def test_correlations_too(self, make, ask):
        ask(make.correlating())
        base = [make.correlation(f"S{i}", r=r, n=50) for i, r in enumerate((0.3, 0.5))]
        mine = [make.correlation("Own", r=0.1, n=80)]
        before, after = with_own(make, mine, correlations=base)
        (shown,) = before_after(before, after, "RA-901", ids(mine))
        assert (shown.measure, shown.before.z.k, shown.after.z.k, shown.lines[0]["estimate"]) == ("r", 2, 3, 0.1)

    def test_what_is_not_pooled_both_times_or_not_reached_is_not_shown(self, make, ask):
        ask(make.pairing())
        before, after, own = pooled(make, (2.0,), study(make, "Own", 2.5))
        assert before_after(before, after, "RA-901", own) == ()
        before, after, own = pooled(make, (2.0, 3.0), study(make, "Own", 2.5))
        assert before_after(before, after, "RA-901", frozenset({"G000"})) == ()
