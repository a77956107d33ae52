import csv
import io
from pathlib import Path

import pytest

from il6review import evidence
from il6review.claims import own_links, own_rows, own_words, review
from il6review.evidence import EvidenceError, templates
from il6review.stats import censored

KNOWN = {"RA-25": "ra_serum_levels", "RA-26": "ra_serum_levels", "SSC-01": "systemic_sclerosis", "RA-97": "overview"}
DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def rows_of(tmp_path):
    """Read a table given as lists of cells and turn it into own rows."""

    def turn(*lines, name="mine", claims=(), chapter="ra_serum_levels", **reading):
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=reading.pop("delimiter", ",")).writerows(lines)
        path = tmp_path / "own.csv"
        path.write_text(buffer.getvalue(), encoding="utf-8")
        return own_rows.own_rows(evidence.read_own(path, **reading), name, claims, KNOWN, chapter)

    return turn


GROUPS = ("group_label", "role", "analyte", "unit", "sample", "n", "statistic", "centre", "spread")


def pair(unit="pg/mL", analyte="IL-6", control="HC"):
    return [
        GROUPS,
        ("RA", "case", analyte, unit, "serum", 30, "mean_sd", 12.5, 3.5),
        (control, "control", analyte, unit, "serum", 20, "mean_sd", 3.5, 1.25),
    ]


def test_rows_are_numbered_and_their_source_is_marked(rows_of):
    own = rows_of(*pair(), name="my_study")
    assert own.ids == ("OWN001", "OWN002", "OWN003")
    assert own.sources == [
        {"source_key": "Own_my_study", "kind": "own, unpublished", "title": "Own table own.csv", "read_as": "table"}
    ]
    assert {row["source_key"] for rows in own.tables.values() for row in rows} == {"Own_my_study"}


def test_studies_of_one_file_stay_apart(rows_of):
    head, case, control = pair()
    lines = [(*head, "source_key"), (*case, "A1"), (*control, "B2")]
    assert [row["source_key"] for row in rows_of(*lines).sources] == ["Own_mine_A1", "Own_mine_B2"]


def test_cases_and_controls_are_linked_to_the_question_and_give_a_contrast(rows_of):
    own = rows_of(*pair())
    assert own.links == [
        {"row_id": "OWN001", "question": "il6_ra_vs_control"},
        {"row_id": "OWN002", "question": "il6_ra_vs_control"},
    ]
    assert [row["group_label"] for row in own.tables["groups"]] == ["RA", "controls"]
    (contrast,) = own.tables["comparisons"]
    assert (contrast["claim_ids"], contrast["direction"]) == ("WM-06;RA-25", "a_higher")
    assert contrast["test_reported"].startswith("Welch")


def test_healthy_controls_are_named_as_the_question_knows_them(rows_of):
    assert rows_of(*pair(control="Healthy")).tables["groups"][1]["group_label"] == "healthy"


def test_controls_with_another_disease_keep_their_name(rows_of):
    assert rows_of(*pair(control="OA")).tables["groups"][1]["group_label"] == "OA"


def test_an_amount_is_converted_and_the_printed_value_kept(rows_of):
    row = rows_of(*pair(unit="fmol/mL")).tables["groups"][0]
    assert (row["unit"], row["centre"]) == ("pg/mL", "260.1125")
    assert "12.5 fmol/mL, converted to pg/mL" in row["note"]
    assert row["as_reported"] == ""


def test_activity_stays_as_printed(rows_of):
    row = rows_of(*pair(unit="IU/mL")).tables["groups"][0]
    assert (row["unit"], row["centre"], row["note"]) == ("IU/mL", "12.5", "")


def test_decimal_comma_in_the_printed_string_becomes_a_point(rows_of):
    head, case, control = pair()
    lines = [(*head, "as_reported")]
    lines += [
        (*(str(cell).replace(".", ",") for cell in line), printed)
        for line, printed in ((case, "12,5 ± 3,5"), (control, "3,5 ± 1,25"))
    ]
    assert rows_of(*lines, delimiter=";").tables["groups"][0]["as_reported"] == "12.5 ± 3.5"


def test_all_stages_together_stand_against_controls(rows_of):
    lines = [
        (*GROUPS, "order"),
        ("control", "control", "IL-6", "pg/mL", "serum", 20, "mean_sd", 3, 1, ""),
        ("stage 1", "stage", "IL-6", "pg/mL", "serum", 10, "mean_sd", 6, 2, 1),
        ("stage 2", "stage", "IL-6", "pg/mL", "serum", 30, "mean_sd", 10, 2, 2),
    ]
    row = rows_of(*lines).tables["groups"][-1]
    assert (row["role"], row["n"], row["centre"], row["note"]) == ("case", "40", "9", "combined from 2 stages")


def test_a_formula_is_text_in_every_column(rows_of):
    head, case, control = pair()
    own = rows_of((*head, "note"), (*case, "=cmd()"), (*control, "fine\nline"))
    assert [row["note"] for row in own.tables["groups"]] == ["'=cmd()", "fine line"]


COMPARISON = ("outcome", "group_a", "group_b", "direction", "claim_ids")


def test_claims_of_a_comparison_stand_in_its_column_or_are_named(rows_of):
    own = rows_of(
        COMPARISON,
        ("IL-6 (serum)", "active", "remission", "a_higher", "RA-26"),
        ("IL-6 (serum)", "RA", "healthy", "a_higher", ""),
        claims=["RA-25"],
    )
    assert [row["claim_ids"] for row in own.tables["comparisons"]] == ["RA-26", "RA-25"]


def test_an_unknown_claim_is_a_problem_with_the_nearest(rows_of):
    with pytest.raises(EvidenceError) as caught:
        rows_of(COMPARISON, ("IL-6", "a", "b", "a_higher", "RA-266"), claims=["RA-2"])
    assert 'did you mean "RA-2' in str(caught.value)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(None, None), (2, "claim_ids")]


def test_a_row_without_chapter_takes_that_of_its_claim_or_is_a_problem(rows_of):
    line = ("IL-6", "a", "b", "a_higher", "SSC-01")
    assert rows_of(COMPARISON, line, chapter="").chapters == ("systemic_sclerosis",)
    with pytest.raises(EvidenceError, match="--set chapter=ra_serum_levels"):
        rows_of(COMPARISON, (*line[:-1], ""), chapter="")


def test_a_correlation_is_linked_by_its_words_or_by_claims(rows_of):
    head = ("x", "y", "n", "r", "sample", "population")
    assert rows_of(head, ("IL-6", "DAS28", 40, 0.4, "serum", "my clinic")).links == [
        {"row_id": "OWN001", "question": "il6_activity"}
    ]
    assert rows_of(head, ("IL-6", "my index", 40, 0.4, "serum", "my clinic")).links == []
    own = rows_of(head, ("IL-6", "my index", 40, 0.4, "serum", "my clinic"), claims=["RA-26"])
    assert own.links == [{"row_id": "OWN001", "question": "il6_activity"}]
    assert own.tables["correlations"][0]["direction_only"] == "no"


TRIAL = (
    ("trial", "outcome", "timepoint", "arm", "events", "n"),
    ("Mine", "ACR20", "week 24", "tocilizumab 8 mg/kg", 34, 60),
    ("Mine", "ACR20", "week 24", "Placebo", 12, 58),
)


def test_the_arm_of_a_trial_is_linked_by_claims_and_its_control_known_by_its_word(rows_of):
    own = rows_of(*TRIAL, claims=["RA-97"])
    assert own.links == [{"row_id": "OWN001", "question": "overview_response"}]
    assert [row["arm"] for row in own.tables["proportions"]] == ["tocilizumab 8 mg/kg", "placebo"]
    assert rows_of(*TRIAL, chapter="overview").links == []


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("outcome", ("ACR70", "ACR70")),
        ("outcome", ("ACR20", "ACR70")),
        ("timepoint", ("week 24", "week 12")),
        ("trial", ("Mine", "Another")),
        ("arm", ("tocilizumab 8 mg/kg", "placebo + MTX")),
        ("arm", ("MTX", "placebo")),
    ],
)
def test_no_arm_is_linked_where_outcome_or_control_is_not_that_of_the_question(rows_of, column, cells):
    head, *rows = TRIAL
    place = head.index(column)
    rows = [(*row[:place], cell, *row[place + 1 :]) for row, cell in zip(rows, cells, strict=True)]
    assert rows_of(head, *rows, claims=["RA-97"]).links == []


def test_of_two_arms_beside_a_control_none_is_linked(rows_of):
    other = ("Mine", "ACR20", "week 24", "tocilizumab 4 mg/kg", 30, 60)
    assert rows_of(*TRIAL, other, claims=["RA-97"]).links == []


def test_it_is_said_which_rows_a_claim_reads():
    assert own_links.read_by("RA-26") == "comparisons; correlations of IL-6 or baseline IL-6"
    assert own_links.read_by("RA-97") == (
        "proportions with ACR20, of one arm and at the same time one control arm named MTX, DMARD or placebo; "
        "proportions with DAS28<2.6, of one arm and at the same time one control arm named MTX, DMARD or placebo"
    )
    assert own_links.read_by("BIO-04").endswith("; proportions with outcome CRP < 0.05 mg/dl, arm tocilizumab")
    assert own_links.read_by("RA-25").startswith("comparisons; groups, cases and controls, of IL-6")
    assert own_links.read_by("RA-9") == "no table of your own"


def own_of(tables):
    return own_rows.OwnRows(("ra_serum_levels",), tables, [], [], (), ())


def test_replaced_rows_are_those_of_the_same_chapter_and_analyte_or_claims():
    own = own_of(
        {
            "groups": [{"chapter": "ra_serum_levels", "analyte": "IL-6"}],
            "comparisons": [{"chapter": "ra_serum_levels", "claim_ids": "RA-25"}],
        }
    )
    replace, alone, add = (own_rows.kept(mode, own, {"Seed"}) for mode in ("replace", "alone", "add"))
    same = {"chapter": "ra_serum_levels", "analyte": "IL-6"}
    other = {"chapter": "ra_serum_levels", "analyte": "TNF"}
    linked = {"source_key": "X", "claim_ids": "RA-25;RA-96"}
    seed = {"source_key": "Seed", "claim_ids": "RA-25"}
    assert [stays("groups", same) for stays in (replace, alone, add)] == [False, False, True]
    assert [stays("groups", other) for stays in (replace, alone, add)] == [True, False, True]
    assert [stays("comparisons", linked) for stays in (replace, alone, add)] == [False, False, True]
    assert [stays("comparisons", seed) for stays in (replace, alone, add)] == [True, True, True]
    assert alone("correlations", {})


def test_persons_become_rows_that_vote_and_the_tables_stay_sound(tmp_path, monkeypatch):
    path = tmp_path / "cohort.csv"
    path.write_text(templates.files()["synthetic_persons.csv"], encoding="utf-8")
    own = own_rows.own_rows(evidence.read_own(path), "cohort", [], KNOWN)
    assert [len(own.tables[name]) for name in ("groups", "comparisons")] == [6, 8]
    control = own.tables["groups"][0]
    assert "2 of 24 below detection: mean and SD by log-normal likelihood; with limit / 2 they are" in control["note"]
    values = evidence.read_own(path).sound().query("group == 'control'")
    limits = values["value_below"].dropna().tolist()
    fit = censored.log_normal(values["value"].dropna().tolist(), limits)
    assert (control["centre"], control["spread"]) == (f"{fit.mean:.6g}", f"{fit.sd:.6g}")
    assert "skewed: on the natural logarithm" in control["note"]
    evidence.assemble(DATA, tmp_path / "evidence", own.all_tables)
    monkeypatch.setenv("IL6REVIEW_DATA", str(tmp_path / "evidence"))
    serum = review.load("ra_serum_levels")
    reached = own_rows.reached(serum, own.ids)
    assert reached["OWN006"] == ("WM-06", "RA-25", "RA-96")
    assert reached["OWN011"] == ("RA-26", "RA-30", "RA-96")
    stages = {row["row_id"] for row in own.tables["groups"] if row["role"] == "stage"}
    assert stages <= own_rows.staged(serum, ["IL-6"])


@pytest.mark.parametrize(("p", "text"), [(1e-9, "<0.0001"), (0.05, "0.0500"), (1.0, "1.0"), (0.99996, "1.0")])
def test_p_is_written_as_the_column_takes_it(p, text):
    assert own_words.printed(p) == text
