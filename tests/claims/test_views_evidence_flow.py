"""Where the evidence came from: the flow is counted from the tables, and each step holds what the one before leaves."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from il6review.claims import views_evidence_flow
from il6review.claims.decisions import decide
from il6review.claims.synthesis import evidence_finding
from il6review.claims.views_evidence_flow import (
    READ_AS,
    agreement_table,
    disagreements_table,
    extraction_numbers,
    flow_lines,
    flow_numbers,
    left_out_tables,
    row_sources,
    sources_table,
    trail,
)


@pytest.fixture(scope="module")
def decided(serum):
    return [decide(serum, claim.claim_id) for claim in serum.claims()]


@pytest.fixture(scope="module")
def rows(serum, decided):
    return trail(serum, decided)


@pytest.fixture(scope="module")
def steps(serum, decided):
    return flow_lines(serum, decided)


def test_a_row_that_counts_is_in_a_finding_and_a_row_in_a_finding_is_linked(serum, rows):
    assert rows.voted and rows.pooled
    assert rows.voted | rows.pooled <= rows.found <= rows.linked <= set(row_sources(serum))


def test_a_pooled_correlation_and_a_pooled_ratio_are_both_followed(rows):
    assert {row[0] for row in rows.pooled} == {"G", "C"}


class TestTrail:
    """Two studies vote and two are pooled; the rest is set aside, not independent, or of another claim."""

    @pytest.fixture
    def follow(self, make, monkeypatch):
        def run(pairs, checks=(), correlations=()):
            compared = {
                name: make.comparison(source, **cells)
                for name, source, cells in (
                    ("vote", "One", {}),
                    ("null", "Two", {"direction": "no_difference"}),
                    ("cited", "Cited", {}),
                    ("doubtful", "Doubtful", {}),
                    ("other", "Three", {"claim_ids": "RA-902"}),
                    ("loose", "Four", {"claim_ids": ""}),
                )
            }
            review = make.review(
                comparisons=compared.values(),
                groups=[row for pair in pairs for row in pair],
                citation_checks=checks,
                correlations=correlations,
                cautions=[make.caution("not_credible", "Doubtful")],
            )
            asked = make.question(
                comparisons={"claims": ["RA-901"], "agrees": "a_higher"},
                correlations={"x": ["IL-6"], "y": ["DAS28"], "population": ["RA"]},
                pairs={"analyte": "IL-6", "population": ["RA vs healthy"]},
            )
            monkeypatch.setattr(views_evidence_flow, "questions_of", lambda claim_id: [asked])
            claim = make.claim(cites="Cited")
            graded = SimpleNamespace(rows=("RA-22a",))
            decision = SimpleNamespace(claim=claim, findings=(evidence_finding(review, claim, [asked]), graded))
            return trail(review, [decision]), {name: row["comparison_id"] for name, row in compared.items()}

        return run

    @pytest.fixture
    def pairs(self, make):
        means = {"P1": 12.0, "P2": 19.0}
        return [(make.group(key, centre=mean), make.group(key, "control")) for key, mean in means.items()]

    def test_only_independent_credible_rows_vote(self, follow, pairs):
        rows, ids = follow(pairs)
        assert rows.voted == {ids["vote"], ids["null"]}

    def test_a_row_is_linked_by_its_claim_or_by_a_question(self, follow, pairs):
        rows, ids = follow(pairs)
        assert {ids[name] for name in ids if name != "loose"} <= rows.linked
        assert ids["loose"] not in rows.linked
        assert {row["row_id"] for pair in pairs for row in pair} <= rows.linked

    def test_what_is_set_aside_or_not_independent_is_in_no_finding(self, follow, pairs):
        rows, ids = follow(pairs)
        assert not {ids["cited"], ids["doubtful"], ids["other"]} & rows.found

    def test_a_correlation_that_is_set_aside_is_linked_and_in_no_finding(self, follow, make, pairs):
        row = make.correlation("Doubtful")
        rows, _ = follow(pairs, correlations=[row])
        assert row["row_id"] in rows.linked - rows.found

    def test_a_grade_of_the_document_is_no_row_of_evidence(self, follow, pairs):
        rows, _ = follow(pairs)
        assert "RA-22a" not in rows.found | rows.linked

    def test_a_citation_check_is_linked(self, follow, make, pairs):
        check = make.check("RA-901", "Cited")
        rows, _ = follow(pairs, [check])
        assert check["check_id"] in rows.linked - rows.found

    def test_pairs_are_pooled_from_two_on(self, follow, pairs):
        assert follow(pairs)[0].pooled == {row["row_id"] for pair in pairs for row in pair}
        assert follow(pairs[:1])[0].pooled == set()

    def test_a_pair_without_a_spread_is_linked_and_not_pooled(self, follow, make, pairs):
        bare = make.group("P3", statistic="mean_only", spread=None), make.group("P3", "control")
        rows, _ = follow([*pairs, bare])
        assert bare[0]["row_id"] in rows.linked - rows.pooled - rows.found


def test_each_step_is_what_the_one_before_leaves(steps):
    units = [step["unit"] for step in steps]
    assert units == ["documents", "claims", "works", *["sources"] * 3, *["rows"] * 4]
    for before, after in pairwise(steps):
        if before["unit"] == after["unit"]:
            assert before["n"] - (before["leaves"][1] if before["leaves"] else 0) == after["n"]


def test_the_parts_of_a_step_add_up_to_it(steps):
    assert [step["label"] for step in steps if step["parts"] and sum(n for _, n in step["parts"]) != step["n"]] == []
    assert sum(bool(step["parts"]) for step in steps) == 5


def test_the_flow_counts_the_tables(serum, steps):
    sources = [row for row in serum.tables["sources"] if row["kind"] != "seed"]
    assert [step["n"] for step in steps[:4]] == [5, len(serum.tables["claims"]), 33, len(sources)]
    assert steps[3]["leaves"][1] == sum(row["read_as"] == "citation_only" for row in sources)
    assert steps[6]["n"] == len(row_sources(serum))
    assert set(steps[-1]["row_ids"]) and len(steps[-1]["row_ids"]) == steps[-1]["n"]


def test_every_number_of_the_flow_has_its_place(steps):
    numbers = flow_numbers(steps)
    assert [numbers[f"step{place}"].value for place in range(1, 11)] == [step["n"] for step in steps]
    assert numbers["step4.leaves"].value == steps[3]["leaves"][1]
    assert sum(key.endswith(".leaves") for key in numbers) == 5


def test_every_source_is_counted_once_by_kind_and_way_of_reading(serum):
    frame = sources_table(serum).frame
    ways = frame.drop(columns=["kind", "all"])
    assert len(ways.columns) == len(READ_AS)
    assert ways.to_numpy().sum() == frame["all"].sum() == len(serum.tables["sources"])
    assert {row["read_as"] for row in serum.tables["sources"]} == set(READ_AS)
    assert frame.set_index("kind").loc["document checked", "all"] == 5


def test_the_tables_of_the_extraction_show_every_row():
    agreement = agreement_table().frame
    assert len(agreement) == 20
    statistic = agreement[agreement["column"] == "statistic"].iloc[0]
    assert (statistic["percent"], statistic["kappa"]) == ("90.3", "0.88")
    assert list(agreement["only one filled"])[-1] == "not counted"
    disagreements = disagreements_table().frame
    assert list(disagreements.columns) == ["column", "cell: first reader against second", "ruling"]
    assert disagreements["cell: first reader against second"].str.count(" against ").sum() >= 20
    assert len(disagreements) == len(set(disagreements["column"] + disagreements["ruling"]))
    knees = disagreements.set_index("column").loc["unit of analysis", "cell: first reader against second"]
    assert knees == "Kotake1996 | osteoclast-like cells 65 vs 43 percent: knees against patients"
    assert "patients (abstract read again)" in set(disagreements["ruling"])
    assert [len(table.frame) for table in left_out_tables()] == [4, 6]


def test_the_numbers_of_the_extraction_are_those_of_the_tables(serum):
    numbers = extraction_numbers(serum)
    assert (numbers["round1.all_numeric_cells.same"].value, numbers["round1.all_numeric_cells.compared"].value) == (
        295,
        296,
    )
    assert numbers["round2.all_numeric_cells.percent"].value == 99.7
    assert numbers["round1.direction.kappa"].value == 0.964
    assert "round1.p_reported.kappa" not in numbers
    read = sum(numbers[f"read_as.{name}"].value for name in READ_AS if name != "citation_only")
    assert numbers["abstract_share"].value == round(100 * numbers["read_as.abstract"].value / read, 1)
    assert [numbers[name].value for name in ("disagreements", "unverified", "adjudicator_additions")] == [20, 4, 6]
