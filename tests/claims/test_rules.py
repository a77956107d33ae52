import itertools

import pytest

from il6review.claims import FINDINGS, LedgerError, rules
from il6review.claims.recomputation import METHODS
from il6review.evidence import schema

COMBINATIONS = [dict(zip(FINDINGS, words, strict=True)) for words in itertools.product(*FINDINGS.values())]


def kinds():
    """Name the kinds of claim that the schema of the evidence base allows."""
    field = next(field for field in schema("claims")["schema"]["fields"] if field["name"] == "kind")
    return field["constraints"]["enum"]


def test_every_combination_of_findings_has_a_headline():
    assert len(COMBINATIONS) == 7 * 4 * 4
    assert {rules.headline(findings)[0] for findings in COMBINATIONS} == set(rules.HEADLINES)


def test_the_words_of_the_headline_rules_are_known():
    for rule in rules.load("rules.yaml")["headline"]:
        assert rule["word"] in rules.HEADLINES and rule["because"]
        checks = rule.keys() - {"word", "because"}
        assert checks and checks <= FINDINGS.keys()
        assert all(set(rule[check]) <= set(FINDINGS[check]) for check in checks)


def test_no_headline_rule_is_dead():
    told = [(rule["word"], rule["because"]) for rule in rules.load("rules.yaml")["headline"]]
    assert len(set(told)) == len(told)
    assert {rules.headline(findings) for findings in COMBINATIONS} == set(told)


@pytest.mark.parametrize(
    ("citation", "recomputation", "evidence", "word"),
    [
        ("supported", "reproduced", "disagrees", "falls"),
        ("contradicted", "reproduced", "too_little", "falls"),
        ("contradicted", "bounded", "mixed", "falls"),
        ("contradicted", "bounded", "agrees", "weakened"),
        ("misattributed", "reproduced", "agrees", "weakened"),
        ("overstated", "bounded", "agrees", "weakened"),
        ("supported", "inconsistent", "agrees", "weakened"),
        ("supported", "reproduced", "mixed", "weakened"),
        ("supported", "not_recomputable", "agrees", "stands"),
        ("nothing_cited", "not_recomputable", "agrees", "stands"),
        ("supported_with_omission", "reproduced", "too_little", "stands"),
        ("supported", "bounded", "too_little", "untested"),
        ("nothing_cited", "reproduced", "too_little", "untested"),
        ("unverifiable", "not_recomputable", "too_little", "untested"),
    ],
)
def test_the_headline_follows_from_the_three_findings(citation, recomputation, evidence, word):
    findings = {"citation": citation, "recomputation": recomputation, "evidence": evidence}
    assert rules.headline(findings)[0] == word


def test_disagreeing_studies_let_a_claim_fall_whatever_the_rest_says():
    fallen = [findings for findings in COMBINATIONS if findings["evidence"] == "disagrees"]
    assert {rules.headline(findings)[0] for findings in fallen} == {"falls"}


def test_no_claim_stands_on_an_unfaithful_quotation_or_figures_that_do_not_cohere():
    for findings in COMBINATIONS:
        if findings["citation"] in ("contradicted", "misattributed", "overstated"):
            assert rules.headline(findings)[0] in ("weakened", "falls")
        if findings["recomputation"] == "inconsistent":
            assert rules.headline(findings)[0] in ("weakened", "falls")


def test_a_table_of_rules_with_a_gap_is_refused(monkeypatch):
    monkeypatch.setattr(rules, "load", lambda name: {"headline": [], "recomputation": []})
    with pytest.raises(LedgerError, match=r"No headline rule fits .* Mend: add one to rules\.yaml"):
        rules.headline(COMBINATIONS[0])
    with pytest.raises(LedgerError, match=r"No method .* Mend: add a line to rules\.yaml"):
        rules.recomputation_method("count", "yes", True, True, True)


def test_of_several_citation_checks_the_gravest_counts():
    order = ["contradicted", "misattributed", "overstated", "unverifiable", "supported_with_omission", "supported"]
    assert set(order) == set(FINDINGS["citation"]) - {"nothing_cited"}
    for grave, mild in itertools.combinations(order, 2):
        assert rules.worst_citation([mild, grave, mild]) == grave
        assert rules.worst_citation([grave, mild]) == grave


def test_every_kind_of_claim_has_a_method_and_every_method_a_claim():
    facts = itertools.product(kinds(), ("yes", "partly", "no"), *[(True, False)] * 3)
    methods = {rules.recomputation_method(*fact) for fact in facts}
    assert methods == set(METHODS)
    assert {line["method"] for line in rules.load("rules.yaml")["recomputation"]} == methods


@pytest.mark.parametrize(
    ("kind", "quantitative", "has_p", "has_size", "source_read", "method"),
    [
        ("count", "no", False, False, False, "count"),
        ("event_year", "no", True, True, False, "event_year"),
        ("ordinal_rank", "no", True, True, True, "grades"),
        ("mechanism", "no", True, True, False, "qualitative"),
        ("correlation", "partly", False, True, True, "no_value_published"),
        ("correlation", "partly", False, True, False, "source_out_of_reach"),
        ("group_difference", "partly", True, False, False, "no_group_size"),
        ("ordered_trend", "yes", True, True, False, "bounds"),
    ],
)
def test_the_method_follows_from_the_claim_and_the_data_at_hand(
    kind, quantitative, has_p, has_size, source_read, method
):
    assert rules.recomputation_method(kind, quantitative, has_p, has_size, source_read) == method


@pytest.fixture
def laid_out(tmp_path, monkeypatch):
    """Give a function that reads the questions of invented files, chapter by chapter."""

    def lay_out(**chapters):
        (tmp_path / "questions").mkdir()
        for chapter, text in chapters.items():
            (tmp_path / "questions" / f"{chapter}.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(rules, "files", lambda package: tmp_path)
        monkeypatch.setattr(rules, "load", rules.load.__wrapped__)
        return rules.questions.__wrapped__()

    return lay_out


def asking(key):
    return f"{key}: {{asks: so, short: so, claims: [RA-901]}}\n"


def test_a_question_belongs_to_the_chapter_that_its_file_is_named_after(laid_out):
    found = laid_out(second=asking("b") + asking("a"), first=asking("c"), third="# No question yet.\n")
    assert {key: question.chapter for key, question in found.items()} == {"c": "first", "b": "second", "a": "second"}
    assert list(found) == ["c", "b", "a"]
    assert (found["a"].key, found["a"].claims, found["a"].pairs, found["a"].published) == ("a", ("RA-901",), None, ())


def test_a_question_that_stands_in_two_files_is_refused(laid_out):
    with pytest.raises(LedgerError, match=r"'a' stands in two files\. Mend: rename one, in questions/two\.yaml"):
        laid_out(one=asking("a"), two=asking("a"))
