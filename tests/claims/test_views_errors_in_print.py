import pytest

from il6review.claims import views_errors_in_print as errors
from il6review.claims.defects import CHECKS
from il6review.claims.model import LedgerError
from il6review.claims.review import load
from il6review.claims.rules import load as rules
from il6review.stats.printed import VERDICTS


@pytest.fixture(scope="module")
def book():
    return load("")


@pytest.fixture(scope="module")
def checks(book):
    return errors.checks(book)


def one(checks, name):
    return next(item for item in checks if item.row["defect_id"] == name)


def text(book, checks, name):
    item = one(checks, name)
    return errors.entries(book, [item], item.group)._repr_mimebundle_()["text/plain"]


def test_every_row_is_in_one_group(book, checks):
    shown = [entry for group in errors.TONES for entry in errors.entries(book, checks, group).entries]
    assert len(shown) == len(checks) == len(book.tables["defects"])


@pytest.mark.parametrize(
    ("name", "group"),
    [("F001", "inconsistent"), ("F019", "inconsistent"), ("F035", "ambiguous"), ("F002", "consistent")],
)
def test_the_group_follows_from_the_verdict_that_is_computed(book, name, group):
    row = next(row for row in book.tables["defects"] if row["defect_id"] == name)
    lying = {**row, "verdict": "consistent", "expected": "0"}
    (item,) = errors.checks(type(book)("", {**book.tables, "defects": (lying,)}))
    assert item.group == group


def test_a_reading_of_ours_is_not_laid_at_the_door_of_the_paper(book, checks):
    assert one(checks, "F015").group == "ours"
    shown = text(book, checks, "F015")
    assert shown.startswith("[our reading]") and "Not the paper's: The cells" in shown


def test_an_entry_shows_what_is_printed_with_figures_formula_steps_tolerance_and_other_readings(book, checks):
    assert text(book, checks, "F001").splitlines()[1:] == [
        "  Printed: 0.006",
        "  Together with: n patients 20; n with controls 30; r −0.49",
        "  Expected: two-sided, n = 20: 0.02829",
        "  Check: P against the correlation and the number of pairs",
        "  Check: t = r × √((n − 2) / (1 − r²)) with n − 2 degrees of freedom; P is two-sided",
        "  Step by step: r = −0.49, n = 20: t = −2.385, df = 18, two-sided P = 0.02829",
        "  Step by step: r = −0.49, n = 30: t = −2.974, df = 28, two-sided P = 0.005984",
        "  Step by step: the printed p fits n = 30 best",
        "  Allowed for: rounding of r and of the printed p; one pair missing",
        "  Read another way: one-sided, n = 20: 0.01415",
        "  Read another way: two-sided, n = 30: 0.005984, which fits",
    ]


def test_a_part_with_nothing_to_say_is_left_out(book, checks):
    shown = text(book, checks, "F019")
    assert "Allowed for" not in shown and "Read another way" not in shown


def test_more_pairs_than_there_were_explain_nothing(book, checks):
    assert one(checks, "F001").explained
    assert not one(checks, "F005").explained
    assert "n = 48: 0.001004, which fits, but so many were not there" in text(book, checks, "F005")
    assert one(checks, "F037").explained


def test_an_entry_leads_to_source_row_and_page_and_says_what_was_read(book, checks, read_html):
    item = one(checks, "F012")
    elements, shown = read_html(errors.entries(book, [item], item.group)._repr_mimebundle_()["text/html"])
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert links == ["../evidence.html#source-ali2019", "../evidence.html#f012", item.row["url"]]
    assert "page read, table)" in shown


def test_the_numbers_add_up_and_name_their_rows(checks):
    found = errors.numbers(checks)
    assert found["all"].value == sum(found[group].value for group in errors.TONES) == len(checks)
    assert found["explained"].value < found["inconsistent"].value
    assert set(found["explained"].rows) < set(found["inconsistent"].rows)
    assert set(found["of_r"].rows) == {
        item.row["defect_id"]
        for item in checks
        if item.group == "inconsistent" and item.row["check"] in ("p_from_r_n", "one_sided_p")
    }
    assert found["all_sources"].value == len({item.row["source_key"] for item in checks})


def test_the_table_counts_each_kind_over_all_groups(checks):
    table = errors.counts_table(checks).frame
    assert list(table["made"]) == sorted(table["made"], reverse=True)
    assert table["made"].sum() == len(checks)
    assert (table[list(errors.TONES)].sum(axis=1) == table["made"]).all()


def test_one_source_can_be_seen_alone(book):
    found = errors.checks(book, "Ali2019")
    assert {item.row["source_key"] for item in found} == {"Ali2019"}
    with pytest.raises(LedgerError, match=r"no check of 'Nobody1900'\. Mend: see"):
        errors.checks(book, "Nobody1900")


def test_every_kind_of_check_has_a_name_and_a_formula_and_every_verdict_one_group():
    told = rules("defects.yaml")
    assert set(told["checks"]) == set(CHECKS)
    assert all(set(entry) == {"name", "formula"} for entry in told["checks"].values())
    assert sorted(verdict for group in told["groups"].values() for verdict in group) == sorted(VERDICTS)
    assert {*told["groups"], "ours"} == set(errors.TONES)


def test_every_reading_of_ours_belongs_to_a_row(checks):
    assert set(rules("defects.yaml")["ours"]) <= {item.row["defect_id"] for item in checks}


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("P = 2.1e-07", "P = 2.1 × 10⁻⁷"),
        ("1.12e+04 mg/L", "1.12 × 10⁴ mg/L"),
        ("r = -0.5, [-1, 2]", "r = −0.5, [−1, 2]"),
        ("non_anaemic, IL-6, DAS28-ESR, 0.832-3.475", "non anaemic, IL-6, DAS28-ESR, 0.832-3.475"),
    ],
)
def test_figures_are_written_as_a_reader_knows_them(raw, written):
    assert errors.readable(raw) == written
