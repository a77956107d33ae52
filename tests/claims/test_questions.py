"""The questions are data: a word in them that selects no row is a defect, for it looks like evidence searched."""

from collections import Counter

import pytest

from il6review.claims.rules import Question, load, questions, questions_of
from il6review.claims.synthesis import value_rows

QUESTIONS = questions().values()
KEYS = {
    "comparisons": {"claims", "agrees", "flip", "aside"},
    "correlations": {"agrees", "x", "y", "population", "sample"},
    "pairs": {"analyte", "population"},
    "proportions": {"outcome", "arms", "controls"},
}
SIDES = ("arms", "controls")
COLUMNS = ("outcome", "arm")


def linked(serum, question):
    """Give the comparisons that are linked to the claims of a question."""
    claims = set(question.comparisons["claims"])
    return [row for row in serum.tables["comparisons"] if set(row["claim_ids"].split(";")) & claims]


def correlated(serum, question):
    rule = question.correlations
    samples = rule.get("sample", load("words.yaml")["blood"])
    return [
        row
        for row in serum.tables["correlations"]
        if row["sample"] in samples and all(row[column] in rule[column] for column in ("x", "y", "population"))
    ]


def test_no_key_of_a_question_is_misspelt():
    for chapter in {question.chapter for question in QUESTIONS}:
        for entry in load(f"questions/{chapter}.yaml").values():
            assert entry.keys() <= Question.__dataclass_fields__.keys() - {"key", "chapter"}
            for part, keys in KEYS.items():
                assert entry.get(part, {}).keys() <= keys


def test_every_claim_that_a_question_names_is_of_its_chapter_or_a_general_one_that_it_decides_too(serum):
    chapters = {row["claim_id"]: row["chapter"] for row in serum.tables["claims"]}
    for question in QUESTIONS:
        read = question.comparisons["claims"] if question.comparisons else ()
        assert {chapters[claim_id] for claim_id in read} <= {question.chapter}, question.key
        decided = {chapters[claim_id] for claim_id in question.claims}
        assert decided - {"overview"} == {question.chapter} - {"overview"}, question.key


def test_every_file_of_questions_is_named_after_a_chapter(serum):
    assert {question.chapter for question in QUESTIONS} <= {row["chapter"] for row in serum.tables["claims"]}


def test_every_claim_of_the_chapter_but_counts_has_a_question(serum):
    asked = {claim.claim_id for claim in serum.claims() if questions_of(claim.claim_id)}
    assert asked == {claim.claim_id for claim in serum.claims() if claim.kind != "count"}


def test_every_published_estimate_is_in_the_table_with_its_interval(serum):
    rows = {row["row_id"]: row for row in serum.tables["effects"]}
    for question in QUESTIONS:
        for row_id in question.published:
            assert rows[row_id]["ci_low"] < rows[row_id]["estimate"] < rows[row_id]["ci_high"]


def test_every_claim_whose_comparisons_are_read_has_some(serum):
    for question in QUESTIONS:
        for claim_id in question.comparisons["claims"] if question.comparisons else ():
            assert any(claim_id in row["claim_ids"].split(";") for row in linked(serum, question)), claim_id


def test_every_word_that_sets_a_comparison_aside_or_turns_it_selects_one(serum):
    for question in QUESTIONS:
        rule = question.comparisons or {}
        assert rule.get("agrees", "a_higher") in ("a_higher", "a_lower")
        for item in [*rule.get("aside", ()), *rule.get("flip", ())]:
            found = {row[item["column"]] for row in linked(serum, question)}
            assert set(item["values"]) <= found, question.key


@pytest.mark.parametrize("column", ["x", "y", "population", "sample"])
def test_every_word_of_the_correlations_selects_a_row(serum, column):
    named, found = set(), set()
    for question in QUESTIONS:
        if question.correlations:
            named |= set(question.correlations.get(column, ()))
            found |= {row[column] for row in correlated(serum, question)}
    assert named <= found


def test_every_word_of_the_values_selects_a_row_that_prints_one(serum):
    for question in QUESTIONS:
        for rule in question.values:
            assert rule.keys() == {"table", "where", "agrees", "than"}
            assert rule["agrees"] in ("above", "below")
            rows = value_rows(serum, rule)
            for column, words in rule["where"].items():
                assert {row[column] for row in rows} == set(words), question.key


def test_no_outcome_stands_twice_in_the_order_of_choice():
    for question in QUESTIONS:
        if question.correlations:
            assert len(set(question.correlations["y"])) == len(question.correlations["y"])


def test_every_population_of_the_pairs_occurs_with_the_analyte(serum):
    for question in QUESTIONS:
        if question.pairs:
            rows = [row for row in serum.tables["groups"] if row["analyte"] == question.pairs["analyte"]]
            assert set(question.pairs["population"]) <= {row["population"] for row in rows}


def chosen(serum, rule, side):
    """Give the shares of persons that one side of a question selects."""
    rows = serum.tables["proportions"]
    return [row for row in rows if row["outcome"] in rule["outcome"] and row["arm"] in rule[side]]


def test_every_word_of_the_proportions_selects_a_row(serum):
    rules = [question.proportions for question in QUESTIONS if question.proportions]
    found = {row[column] for rule in rules for side in SIDES for row in chosen(serum, rule, side) for column in COLUMNS}
    for rule in rules:
        assert set(rule["outcome"]) <= {row["outcome"] for side in SIDES for row in chosen(serum, rule, side)}
        assert {*rule["arms"], *rule["controls"]} <= found


def test_a_trial_with_a_control_has_one_arm_of_each_side(serum):
    for question in QUESTIONS:
        if question.proportions:
            arms, controls = (
                Counter((row["source_key"], row["trial"], row["outcome"], row["timepoint"]) for row in rows)
                for rows in (chosen(serum, question.proportions, side) for side in SIDES)
            )
            compared = arms.keys() & controls.keys()
            assert compared and {(arms[trial], controls[trial]) for trial in compared} == {(1, 1)}, question.key


def test_every_sample_that_counts_as_blood_occurs(serum):
    samples = {row["sample"] for table in ("groups", "correlations") for row in serum.tables[table]}
    assert set(load("words.yaml")["blood"]) <= samples


def test_the_questions_of_a_claim_stand_in_the_order_of_the_file():
    assert [question.key for question in questions_of("RA-30")] == ["il6_activity", "sil6r_activity"]
    assert questions_of("RA-23") == []
