from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.claims.recomputation import COUNT_WORDS, Sizes, group_sizes, listed, recomputation_finding, source_read
from il6review.stats.p_values import effects_from_p
from il6review.stats.ranks import friedman

STAGES = "stages 1 and 2 vs stages 3 and 4"


def staged(make, total, stages):
    """Build a document that compares each stage with healthy people, and a source that holds `total` patients."""
    told = [make.comparison("Seed", group_a=f"RA stage {stage}") for stage in range(1, stages + 1)]
    cited = make.comparison("Cited", claim_ids="", n_a=str(total), n_b="24", comparison_id="K901")
    return make.review(comparisons=[cited, *told], sources=[make.source("Cited"), make.source("Uncited")])


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

    @pytest.mark.parametrize(
        ("n_a", "n_b", "finding", "why"),
        [
            ("66", "", "reproduced", "Printed 66; the cited source has 66."),
            ("", "24", "reproduced", "Printed 24; the cited source has 24."),
            ("", "66", "inconsistent", "Printed 66; the cited source has 24."),
        ],
    )
    def test_one_printed_size_is_held_against_that_of_its_own_group(self, make, n_a, n_b, finding, why):
        review = make.review(comparisons=[make.comparison("Cited", n_a="66", n_b="24")])
        found = recomputation_finding(review, make.claim(kind="count", n_a=n_a, n_b=n_b, cites="Cited"))
        assert (found.finding, found.why) == (finding, why)

    @pytest.mark.parametrize(
        ("read_as", "reason"), [("citation_only", "source_out_of_reach"), ("caption", "no_group_size")]
    )
    def test_sizes_of_a_source_that_was_not_read_are_out_of_reach(self, make, read_as, reason):
        review = make.review(sources=[make.source("Cited", read_as=read_as)])
        finding = recomputation_finding(review, make.claim(kind="count", n_a="66", n_b="24", cites="Cited"))
        assert (finding.finding, finding.reason) == ("not_recomputable", reason)

    @pytest.mark.parametrize(
        ("statement", "items"),
        [
            ("Two drugs are named: one, other.", 2),
            ("Among old drugs, and new, two are named: one and other.", 2),
            ("Three grades: mild, moderate, and severe.", 3),
            ("Four names: a, b; c; d.", 4),
            ("Heat, redness, swelling and pain (four signs, and more) occur.", 4),
            ("Two routes: classical (mIL-6R and gp130) and trans (sIL-6R, gp130).", 2),
            ("Two brands: sandwich, Anderson.", 2),
        ],
    )
    def test_the_items_of_a_list_are_counted(self, statement, items):
        assert listed(statement) == items

    @given(st.lists(st.text("bcdefg -", min_size=1).filter(str.strip), min_size=1, max_size=12))
    def test_every_item_between_commas_counts_once(self, items):
        assert listed(f"They are named: {', '.join(items)}.") == len(items)

    @pytest.mark.parametrize(("word", "finding"), [("Three", "reproduced"), ("Two", "inconsistent")])
    def test_a_count_in_words_is_held_against_the_list_it_counts(self, make, word, finding):
        claim = make.claim(kind="count", statement=f"{word} drugs are named: a, b, c.")
        found = recomputation_finding(make.review(), claim)
        assert (found.finding, found.rows, dict(found.numbers)) == (finding, (), {})
        assert found.why == f"The document says {COUNT_WORDS[word.lower()]} and lists 3."

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

    def test_only_a_group_whose_name_ends_in_a_stage_is_one(self, make):
        told = [
            make.comparison("Seed", group_a="RA stage 1", group_b=name) for name in ("stage 2 or worse", "stage III")
        ]
        claim = make.claim(kind="count", statement="There is one grade.")
        assert recomputation_finding(make.review(comparisons=told), claim).finding == "reproduced"

    def test_count_words_mean_what_they_say(self):
        assert [COUNT_WORDS[word] for word in ("one", "four", "seven", "twelve")] == [1, 4, 7, 12]


class TestSizes:
    def test_printed_sizes_are_taken_as_they_are(self, make):
        claim = make.claim(n_a="66", n_b="24", cites="Cited", comparison="healthy vs each RA stage")
        review = staged(make, 99, 4)
        linked = tuple(row["comparison_id"] for row in review.tables["comparisons"] if row["source_key"] == "Seed")
        assert len(linked) == 4
        assert group_sizes(review, claim) == Sizes((66, 66), (24, 24), linked)

    def test_without_printed_sizes_those_of_the_linked_contrasts_of_the_cited_source_hold_as_ranges(self, make):
        claim = make.claim(cites="Cited")
        rows = [
            make.comparison("Cited", n_a="6-12", n_b="8", comparison_id="K901"),
            make.comparison("Cited", n_a="9", n_b="5-15", claim_ids="RA-900;RA-901", comparison_id="K902"),
            make.comparison("Cited", n_a="2", n_b=""),
            make.comparison("Cited", n_a="2", n_b="99", claim_ids="RA-9"),
            make.comparison("Uncited", n_a="2", n_b="99"),
        ]
        assert group_sizes(make.review(comparisons=rows), claim) == Sizes((6, 12), (5, 15), ("K901", "K902"))

    def test_printed_sizes_go_before_those_of_the_cited_source(self, make):
        claim = make.claim(n_a="10-11", n_b="9", cites="Cited")
        row = make.comparison("Cited", n_a="66", n_b="24")
        assert group_sizes(make.review(comparisons=[row]), claim) == Sizes((10, 11), (9, 9), ())

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

    def test_a_printed_range_holds_the_size(self, make):
        assert group_sizes(make.review(), make.claim(n_a="6-12", n_b="7")) == Sizes((6, 12), (7, 7), ())


class TestBounds:
    def test_two_printed_sizes_give_the_smallest_effect_that_fits(self, make):
        claim = make.claim(n_a="66", n_b="24", p_reported="<0.05")
        finding = recomputation_finding(make.review(), claim)
        assert finding.finding == "bounded"
        assert finding.numbers["g_low"].value == g("<0.05", 66, 24)
        assert finding.numbers.keys() == {"g_low"}
        assert f"|g| is {g('<0.05', 66, 24):.3g} or more. No mean" in finding.why

    def test_ranges_of_sizes_give_the_smallest_effect_for_the_largest_and_the_smallest_groups(self, make):
        claim = make.claim(n_a="6-12", n_b="7-9", p_reported="<0.05")
        finding = recomputation_finding(make.review(), claim)
        value = {name: number.value for name, number in finding.numbers.items()}
        every = [g("<0.05", n1, n2) for n1 in range(6, 13) for n2 in range(7, 10)]
        assert finding.finding == "bounded"
        assert (min(every), max(every)) == (g("<0.05", 12, 9), g("<0.05", 6, 7))
        assert value == {"g_low": min(every), "g_low_small": max(every)}
        assert finding.why.startswith(
            f"6 to 12 against 7 to 9 at P < 0.05: |g| is {min(every):.3g} or more with the largest groups, "
            f"and {max(every):.3g} or more with the smallest."
        )

    @pytest.mark.parametrize(("n_a", "n_b"), [("6-12", "9"), ("9", "6-12")])
    def test_one_range_suffices_for_two_bounds(self, make, n_a, n_b):
        numbers = recomputation_finding(make.review(), make.claim(n_a=n_a, n_b=n_b, p_reported="<0.05")).numbers
        assert {name: number.value for name, number in numbers.items()} == {
            "g_low": pytest.approx(g("<0.05", 12, 9)),
            "g_low_small": pytest.approx(g("<0.05", 6, 9)),
        }

    def test_the_bounds_name_the_contrasts_that_the_sizes_come_from(self, make):
        row = make.comparison("Cited", n_a="20", n_b="10", comparison_id="K901")
        finding = recomputation_finding(make.review(comparisons=[row]), make.claim(cites="Cited", p_reported="<0.01"))
        assert (finding.rows, finding.numbers["g_low"].rows) == (("K901",), ("K901",))
        assert finding.numbers["g_low"].value == g("<0.01", 20, 10)

    @pytest.mark.parametrize(("printed", "read"), [("NS", "P NS"), (">0.05", "P > 0.05"), (">=0.05", "P ≥ 0.05")])
    def test_a_p_above_a_level_gives_the_largest_effect_that_fits(self, make, printed, read):
        claim = make.claim(n_a="66", n_b="24", p_reported=printed)
        finding = recomputation_finding(make.review(), claim)
        largest = g("0.05", 66, 24)
        assert finding.finding == "bounded"
        assert {name: number.value for name, number in finding.numbers.items()} == {"g_high": largest}
        assert finding.numbers["g_high"].label == f"largest |g| that fits {read}"
        assert finding.why == f"66 against 24 at {read}: |g| is {largest:.3g} or less. No mean is printed."

    def test_the_largest_effect_holds_for_every_size_of_a_range(self, make):
        claim = make.claim(n_a="6-12", n_b="7-9", p_reported="NS")
        finding = recomputation_finding(make.review(), claim)
        every = [g("0.05", n1, n2) for n1 in range(6, 13) for n2 in range(7, 10)]
        assert finding.numbers["g_high"].value == max(every)
        assert finding.why.startswith("6 to 12 against 7 to 9 at P NS: ")

    @given(total=st.integers(8, 22), stages=st.integers(2, 4))
    def test_the_largest_effect_holds_for_every_split_of_the_total(self, make, total, stages):
        whole = list(splits(total, stages))
        one = make.claim(n_a="24", cites="Cited", comparison="healthy vs each RA stage", p_reported=">0.05")
        two = make.claim(cites="Cited", comparison=STAGES, p_reported="NS")
        found = [recomputation_finding(staged(make, total, stages), claim) for claim in (one, two)]
        assert found[0].numbers["g_high"].value == max(g("0.05", 24, size) for split in whole for size in split)
        assert found[1].numbers["g_high"].value >= max(
            g("0.05", *pair) for split in whole for pair in combinations(split, 2)
        )
        assert all(finding.numbers.keys() == {"g_high"} for finding in found)
        assert all(finding.why.endswith("or less. No mean and no stage size is printed.") for finding in found)

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

    @pytest.mark.parametrize(
        ("read_as", "reason"),
        [
            (["citation_only"], "source_out_of_reach"),
            (["citation_only", "citation_only"], "source_out_of_reach"),
            (["citation_only", "abstract"], "no_value_published"),
            (["secondary"], "no_value_published"),
            ([], "no_value_published"),
        ],
    )
    def test_without_a_printed_p_it_matters_whether_a_cited_source_was_read(self, make, read_as, reason):
        sources = [make.source(f"Cited{number}", read_as=word) for number, word in enumerate(read_as)]
        claim = make.claim(cites=";".join(source["source_key"] for source in sources))
        review = make.review(sources=[*sources, make.source("Other", read_as="citation_only")])
        assert source_read(review, claim) == (reason == "no_value_published")
        assert recomputation_finding(review, claim).reason == reason


class TestEventYear:
    def found(self, make, *checks):
        claim = make.claim(kind="event_year", statement="It was named in 1990.")
        return recomputation_finding(make.review(citation_checks=checks), claim)

    def check(self, make, says, finding="supported", **cells):
        return make.check("RA-901", "One", finding, **({"aspect": "date", "source_says": says} | cells))

    def test_the_year_that_the_literature_gives_is_reproduced(self, make):
        row = self.check(make, "first named in November 1990, on page 12")
        finding = self.found(make, row)
        assert (finding.finding, finding.rows) == ("reproduced", (row["check_id"],))
        assert finding.why == "Printed 1990; the literature gives 1990."

    def test_another_year_is_inconsistent_and_each_is_told_once(self, make):
        told = ("1988", "two papers of 1987", "June 1988", "1991 and 1986", "1989", "1985")
        rows = [self.check(make, says, "contradicted") for says in told]
        finding = self.found(make, *rows)
        assert (finding.finding, finding.rows) == ("inconsistent", tuple(row["check_id"] for row in rows))
        assert finding.why == "Printed 1990; the literature gives 1985 and 1986 and 1987 and 1988 and 1989 and 1991."

    def test_a_second_year_beside_the_printed_one_does_not_reproduce_it(self, make):
        assert self.found(make, self.check(make, "1990"), self.check(make, "1987")).finding == "inconsistent"

    @pytest.mark.parametrize(
        "other", [{"finding": "unverifiable"}, {"aspect": "direction"}, {"claim_id": "RA-902"}], ids=str
    )
    def test_a_check_that_settles_no_year_of_this_claim_does_not_count(self, make, other):
        row = self.check(make, "1990") | other
        finding = self.found(make, row)
        assert (finding.finding, finding.reason) == ("not_recomputable", "source_out_of_reach")


class TestGrades:
    #: Ranks by hand, the smallest first and ties shared: 3 1 2; 2.5 1 2.5; 3 1.5 1.5; 1 2 3.
    LINES = (
        {"IL-6": "++++", "TNF": "-", "IL-1": "(+)"},
        {"IL-6": "++", "TNF": "(+)", "IL-1": "++"},
        {"IL-6": "+++", "TNF": "+", "IL-1": "+"},
        {"IL-6": "+", "TNF": "++", "IL-1": "+++"},
    )

    def table(self, make, lines=LINES):
        return [row for number, line in enumerate(lines) for row in make.graded(f"RA-9{number}", **line)]

    def ranked(self, make, lines=LINES, cites="Cited", **claim):
        claims = [make.claim_row(f"RA-9{number}", kind="ordinal_rank", cites="Cited") for number in range(len(lines))]
        review = make.review(rank_table=self.table(make, lines), claims=claims, sources=[make.source("Cited")])
        return recomputation_finding(review, make.claim("RA-99", kind="ordinal_rank", cites=cites, **claim))

    @pytest.mark.parametrize(
        ("grades", "finding"),
        [
            ("IL-6 ++++, TNF -, IL-1 (+)", "reproduced"),
            ("IL-6 +++, TNF -, IL-1 (+)", "inconsistent"),
            ("TNF -, IL-6 ++++, IL-1 (+)", "inconsistent"),
            ("IL-6 ++++, TNF -", "inconsistent"),
        ],
    )
    def test_printed_grades_are_held_against_the_graded_table(self, make, grades, finding):
        claim = make.claim("RA-90", kind="ordinal_rank", statement=f"Grades given for fever: {grades}.")
        found = recomputation_finding(make.review(rank_table=self.table(make)), claim)
        assert (found.finding, found.rows) == (finding, ("RA-90 IL-6", "RA-90 TNF", "RA-90 IL-1"))
        assert "has IL-6 ++++, TNF -, IL-1 (+);" in found.why

    def test_a_ranking_is_tested_over_the_whole_table_by_the_ranks_of_its_grades(self, make):
        found = self.ranked(make)
        value = {name: number.value for name, number in found.numbers.items()}
        test = friedman([[4, 0, 0.5], [2, 0.5, 2], [3, 1, 1], [1, 2, 3]])
        assert (value["effects"], value["leads"]) == (4, 2)
        assert (value["chi2"], value["p"]) == (test.chi2, test.p)
        ranks = {"IL-6": 9.5 / 4, "TNF": 5.5 / 4, "IL-1": 9 / 4}
        assert {name: value[f"rank_{name}"] for name in ranks} == ranks
        # chi-square by hand: (k - 1) sum((R - n (k + 1) / 2)^2) / sum((r - (k + 1) / 2)^2), over 2 + 1.5 + 1.5 + 2.
        assert value["chi2"] == pytest.approx(2 * (1.5**2 + 2.5**2 + 1**2) / 7, rel=1e-12)
        assert found.finding == "reproduced"
        assert found.rows == tuple(row["row_id"] for row in self.table(make))
        assert all(number.rows == found.rows for number in found.numbers.values())
        assert "IL-6 leads alone in 2 of 4 effects; mean rank 2.38" in found.why

    def test_a_cytokine_that_another_one_outranks_is_not_the_first(self, make):
        assert self.ranked(make, self.LINES[1:]).finding == "inconsistent"

    def test_a_ranking_from_another_source_has_no_table(self, make):
        found = self.ranked(make, cites="")
        assert (found.finding, found.reason) == ("not_recomputable", "no_value_published")


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
