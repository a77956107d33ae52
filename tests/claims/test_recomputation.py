from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.claims.recomputation import COUNT_WORDS, Sizes, group_sizes, recomputation_finding
from il6review.stats.p_values import effects_from_p

STAGES = "stages 1 and 2 vs stages 3 and 4"


def staged(make, total, stages):
    """Build a document that compares each stage with healthy people, and a source that holds `total` patients."""
    told = [make.comparison("Seed", group_a=f"RA stage {stage}") for stage in range(1, stages + 1)]
    cited = make.comparison("Cited", n_a=str(total), n_b="24", comparison_id="K901")
    return make.review(comparisons=[cited, *told])


def splits(total, stages):
    """Give every way to put `total` persons into stages of two or more."""
    free = total - stages
    for bars in combinations(range(1, free), stages - 1):
        yield [high - low + 1 for low, high in zip((0, *bars), (*bars, free), strict=True)]


def g(p, n1, n2):
    return effects_from_p(p, n1, n2).g_low


def test_the_splits_of_a_total_are_all_splits():
    assert sorted(splits(7, 3)) == [[2, 2, 3], [2, 3, 2], [3, 2, 2]]


class TestCounts:
    def test_a_count_that_the_cited_source_prints_too_is_reproduced(self, make):
        review = make.review(comparisons=[make.comparison("Cited", n_a="66", n_b="24", comparison_id="K901")])
        finding = recomputation_finding(review, make.claim(kind="count", n_a="66", n_b="24", cites="Cited"))
        assert (finding.finding, finding.rows) == ("reproduced", ("K901",))
        assert [finding.numbers[name].value for name in ("n_a", "n_b")] == [66, 24]

    @pytest.mark.parametrize("printed", [("24", "66"), ("66", "25")])
    def test_a_count_that_the_cited_source_prints_otherwise_is_inconsistent(self, make, printed):
        review = make.review(comparisons=[make.comparison("Cited", n_a="66", n_b="24")])
        claim = make.claim(kind="count", n_a=printed[0], n_b=printed[1], cites="Cited")
        finding = recomputation_finding(review, claim)
        assert finding.finding == "inconsistent"
        assert f"Printed {printed[0]} and {printed[1]}; the cited source has 66 and 24" in finding.why

    @pytest.mark.parametrize("sizes", [("", ""), ("66", ""), ("6-12", "24")])
    def test_sizes_that_the_cited_source_does_not_print_in_full_settle_nothing(self, make, sizes):
        other = make.comparison("Uncited", n_a="66", n_b="24")
        review = make.review(comparisons=[make.comparison("Cited", n_a=sizes[0], n_b=sizes[1]), other])
        finding = recomputation_finding(review, make.claim(kind="count", n_a="66", n_b="24", cites="Cited"))
        assert (finding.finding, finding.reason) == ("not_recomputable", "no_group_size")

    @pytest.mark.parametrize(("word", "finding"), [("four", "reproduced"), ("three", "inconsistent")])
    def test_a_count_in_words_is_held_against_the_contrasts_of_the_document(self, make, word, finding):
        claim = make.claim(kind="count", statement=f"There are {word} grades.")
        found = recomputation_finding(staged(make, 66, 4), claim)
        assert found.finding == finding
        assert found.numbers["stages"].value == 4
        assert len(found.rows) == 4

    @pytest.mark.parametrize("statement", ["There are grades.", "Four grades in two groups."])
    def test_a_statement_without_exactly_one_count_settles_nothing(self, make, statement):
        finding = recomputation_finding(staged(make, 66, 4), make.claim(kind="count", statement=statement))
        assert (finding.finding, finding.reason) == ("not_recomputable", "no_value_published")

    def test_count_words_mean_what_they_say(self):
        assert [COUNT_WORDS[word] for word in ("one", "four", "seven", "twelve")] == [1, 4, 7, 12]


class TestSizes:
    def test_printed_sizes_are_taken_as_they_are(self, make):
        claim = make.claim(n_a="66", n_b="24", cites="Cited", comparison="healthy vs each RA stage")
        assert group_sizes(staged(make, 99, 4), claim) == Sizes((66, 66), (24, 24), ())

    def test_one_printed_size_leaves_a_stage_what_the_others_do_not_need(self, make):
        claim = make.claim(n_a="24", cites="Cited", comparison="healthy vs each RA stage")
        sizes = group_sizes(staged(make, 66, 4), claim)
        assert (sizes.n1, sizes.n2, sizes.stages, sizes.total) == ((24, 24), (2, 60), 4, 66)
        assert sizes.rows[0] == "K901" and len(sizes.rows) == 5

    @pytest.mark.parametrize(
        "why_none", [{"cites": "Uncited"}, {"comparison": "healthy vs RA"}, {"chapter": "overview"}]
    )
    def test_nothing_limits_a_size_without_total_stages_or_a_contrast_of_stages(self, make, why_none):
        told = {"cites": "Cited", "comparison": STAGES, "p_reported": "<0.05"} | why_none
        claim = make.claim(**told)
        assert group_sizes(staged(make, 66, 4), claim) is None
        assert recomputation_finding(staged(make, 66, 4), claim).reason == "no_group_size"

    def test_a_range_of_sizes_is_no_size(self, make):
        claim = make.claim(n_a="6-12", n_b="6-12", p_reported="<0.05")
        assert group_sizes(make.review(), claim) is None


class TestBounds:
    def test_two_printed_sizes_give_the_smallest_effect_that_fits(self, make):
        claim = make.claim(n_a="66", n_b="24", p_reported="<0.05")
        finding = recomputation_finding(make.review(), claim)
        assert finding.finding == "bounded"
        assert finding.numbers["g_low"].value == g("<0.05", 66, 24)
        assert finding.numbers.keys() == {"g_low"}

    @given(total=st.integers(8, 22), stages=st.integers(2, 4), p=st.sampled_from(["<0.05", "0.04", "<0.001"]))
    def test_the_bound_of_two_stages_is_the_smallest_over_all_splits_of_the_total(self, make, total, stages, p):
        claim = make.claim(cites="Cited", comparison=STAGES, p_reported=p)
        finding = recomputation_finding(staged(make, total, stages), claim)
        pairs = {pair for split in splits(total, stages) for pair in combinations(split, 2)}
        assert finding.numbers["g_low"].value == min(g(p, *pair) for pair in pairs)
        if total > 2 * stages + 1:
            assert finding.numbers["n_pair"].value == max(sum(pair) for pair in pairs)

    @given(total=st.integers(8, 22), stages=st.integers(2, 4))
    def test_the_bounds_of_one_stage_are_the_smallest_over_all_splits_of_the_total(self, make, total, stages):
        claim = make.claim(n_a="24", cites="Cited", comparison="healthy vs each RA stage", p_reported="<0.05")
        numbers = recomputation_finding(staged(make, total, stages), claim).numbers
        whole = list(splits(total, stages))
        assert numbers["g_low"].value == min(g("<0.05", 24, size) for split in whole for size in split)
        if total > 2 * stages:
            assert numbers["n_largest"].value == max(max(split) for split in whole)
            assert numbers["n_mean"].value == max(min(split) for split in whole)
            assert numbers["g_low_mean"].value == min(g("<0.05", 24, min(split)) for split in whole)


class TestOther:
    def test_a_statement_without_a_figure_is_qualitative(self, make):
        finding = recomputation_finding(make.review(), make.claim(quantitative="no", p_reported="<0.05"))
        assert (finding.finding, finding.reason) == ("not_recomputable", "qualitative")

    def test_without_a_printed_p_there_is_no_value(self, make):
        finding = recomputation_finding(make.review(), make.claim(n_a="66", n_b="24"))
        assert (finding.finding, finding.reason) == ("not_recomputable", "no_value_published")


class TestChapter:
    """The slide: 66 patients in four stages, 24 healthy people, P below 0.05; sizes of stages not printed."""

    @pytest.fixture(scope="class")
    def sizes(self):
        """Give every size that one stage, two stages and the smallest stage can have."""
        one, two, smallest = set(), set(), set()
        for split in splits(66, 4):
            ordered = sorted(split)
            one |= set(ordered)
            two |= set(combinations(ordered, 2))
            smallest.add(ordered[0])
        return one, two, smallest

    @pytest.mark.parametrize("claim_id", ["RA-25", "RA-27"])
    def test_healthy_against_one_stage(self, serum, sizes, claim_id):
        one, _, smallest = sizes
        finding = recomputation_finding(serum, serum.claim(claim_id))
        value = {name: number.value for name, number in finding.numbers.items()}
        assert finding.finding == "bounded"
        assert (value["n_known"], value["n_largest"], value["n_mean"]) == (24, max(one), max(smallest))
        assert value["g_low"] == min(g("<0.05", 24, size) for size in one)
        assert value["g_low_mean"] == min(g("<0.05", 24, size) for size in smallest)

    @pytest.mark.parametrize("claim_id", ["RA-28", "RA-29"])
    def test_stage_against_stage(self, serum, sizes, claim_id):
        _, two, _ = sizes
        finding = recomputation_finding(serum, serum.claim(claim_id))
        assert finding.finding == "bounded"
        assert finding.numbers["n_pair"].value == max(map(sum, two))
        assert finding.numbers["g_low"].value == min(g("<0.05", *pair) for pair in two)

    @pytest.mark.parametrize(
        ("claim_id", "reason"),
        [
            ("WM-06", "qualitative"),
            ("RA-26", "no_value_published"),
            ("RA-30", "qualitative"),
            ("RA-31", "qualitative"),
            ("RA-32", "qualitative"),
        ],
    )
    def test_what_cannot_be_recomputed_says_why(self, serum, claim_id, reason):
        finding = recomputation_finding(serum, serum.claim(claim_id))
        assert (finding.finding, finding.reason) == ("not_recomputable", reason)

    def test_both_counts_are_reproduced_from_the_rows_they_name(self, serum):
        comparisons = {row["comparison_id"]: row for row in serum.tables["comparisons"]}
        sizes = recomputation_finding(serum, serum.claim("RA-23"))
        (row,) = sizes.rows
        assert sizes.finding == "reproduced"
        assert (comparisons[row]["source_key"], comparisons[row]["n_a"], comparisons[row]["n_b"]) == (
            "Robak1998",
            "66",
            "24",
        )
        stages = recomputation_finding(serum, serum.claim("RA-24"))
        groups = {comparisons[row][side] for row in stages.rows for side in ("group_a", "group_b")}
        assert stages.finding == "reproduced"
        assert {f"RA activity stage {stage}" for stage in (1, 2, 3, 4)} <= groups
