"""Every recorded check is computed again, and the record is held against what comes out."""

import csv
import json
import re
from pathlib import Path

import pytest

from il6review.claims.defects import CHECKS, recheck
from il6review.claims.model import LedgerError
from il6review.claims.rules import load

DATA = Path(__file__).parents[2] / "data"
with (DATA / "defects.csv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["defect_id"]: row for row in csv.DictReader(file)}
INPUT = ("defect_id", "check", "inputs", "printed")


def blind(row):
    """Give a row without what was recorded as its result."""
    return {name: row[name] for name in INPUT}


def computed_numbers(check):
    """Give every number that a check computed or names, exact where it can be."""
    texts = [*check.steps, *(reading.words for reading in (*check.expected, *check.alternatives))]
    exact = [r.value for r in (*check.expected, *check.alternatives) if not isinstance(r.value, str)]
    words = [str(r.value) for r in (*check.expected, *check.alternatives) if isinstance(r.value, str)]
    return exact + [abs(float(n)) for text in (*texts, *words) for n in re.findall(r"\d+\.?\d*(?:e[+-]\d+)?", text)]


def rounds_to(value, printed):
    """Tell whether a value rounds to the printed number at its printed digits."""
    digits, _, exponent = printed.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(value - float(printed)) <= unit / 2 * (1 + 1e-9)


@pytest.mark.parametrize("name", ROWS)
def test_the_recorded_verdict_comes_out_of_the_inputs(name):
    recorded = ROWS[name]["verdict"].replace(" ", "_")
    verdict = recheck(blind(ROWS[name])).verdict
    assert re.match(rf"{verdict}(_|:|$)", recorded)


@pytest.mark.parametrize("name", ROWS)
def test_the_recorded_numbers_come_out_of_the_inputs(name):
    # A name such as IL-6 holds no number.
    expected = re.sub(r"[A-Z][\w-]*-\d+|DAS28", "", ROWS[name]["expected"])
    numbers = computed_numbers(recheck(blind(ROWS[name])))
    for recorded in re.findall(r"\d+\.?\d*(?:e-\d+)?", expected):
        assert any(rounds_to(number, recorded) for number in numbers), recorded


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("F019", "non-anaemic higher"),
        ("F042", "negative"),
        ("F044", "mg/L"),
        ("F061", "no asterisk"),
        ("F022", "RA and seronegative higher"),
    ],
)
def test_the_recorded_words_come_out_of_the_inputs(name, words):
    found = str(recheck(blind(ROWS[name])).expected[0].value).replace("_", "-")
    assert found == words
    assert name == "F022" or words in ROWS[name]["expected"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("F001", "two-sided, n = 30"),
        ("F012", "subgroups SD, total SEM"),
        ("F015", "weighted by size, split elsewhere"),
        ("F016", "subgroups SEM, total SEM"),
        ("F030", "one-sided, n = 34"),
        ("F037", "two-sided, n = 21"),
        ("F047", "5 of 70"),
        ("F047", "7 of 62"),
        ("F055", "11 of 27"),
        ("F060", "8 of 24"),
    ],
)
def test_the_reading_that_explains_a_defect_is_among_those_that_fit(name, words):
    check = recheck(blind(ROWS[name]))
    assert words in [reading.words for reading in check.alternatives if reading.fits]
    assert not all(reading.fits for reading in check.expected)


def test_a_settled_kind_of_spread_is_not_read_another_way():
    assert [reading.words for reading in recheck(blind(ROWS["F012"])).alternatives] == ["subgroups SD, total SEM"]
    assert len(recheck(blind(ROWS["F016"])).alternatives) == 3


def test_every_row_has_its_verdict_and_no_record_is_read():
    """A record that says the opposite changes nothing."""
    lies = {"expected": "0", "verdict": "consistent", "what": ""}
    for row in ROWS.values():
        assert recheck(row) == recheck(blind(row)) == recheck(row | lies)


def test_the_verdict_turns_with_the_inputs():
    row = blind(ROWS["F001"])
    assert recheck(row | {"printed": "0.028"}).verdict == "consistent"
    assert recheck(blind(ROWS["F060"]) | {"inputs": '{"count": 8, "n": 24, "percent": 33.3}'}).verdict == "consistent"
    assert recheck(blind(ROWS["F062"]) | {"printed": "85; 24; P=0.04"}).verdict == "inconsistent"
    assert recheck(blind(ROWS["F044"]) | {"inputs": '{"mean": [8.1], "unit": "mg/L"}'}).verdict == "consistent"


def test_every_check_of_the_table_has_a_function_and_no_function_is_idle():
    tables = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    (fields,) = [table["schema"]["fields"] for table in tables if table["name"] == "defects"]
    (names,) = [field["constraints"]["enum"] for field in fields if field["name"] == "check"]
    assert set(CHECKS) == set(names) == {row["check"] for row in ROWS.values()}


def test_every_reading_of_words_belongs_to_a_row():
    told = load("defects.yaml")
    assert {*told["texts"], *told["analytes"]} <= set(ROWS)
    assert set(told["analytes"].values()) == set(told["units"])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"inputs": "{"}, "F001: "),
        ({"inputs": "[]"}, "F001: .*no JSON object"),
        ({"inputs": "{}"}, "F001: 'n' is missing"),
        ({"inputs": '{"n": 20.5, "r": 0.4}'}, "F001: '20.5' stands where a whole number"),
        ({"inputs": '{"n": 20, "r": NaN}'}, "F001: r is nan; expected text"),
        ({"inputs": '{"n": 20, "r": 1.4}'}, "F001: r is 1.4"),
        ({"printed": "soon"}, "F001: p value 'soon'"),
        ({"check": "intuition"}, "F001: 'intuition' is missing or unknown"),
        ({"check": "unit"}, "F001: 'F001' is missing or unknown"),
        ({"check": "direction"}, "F001: 'F001' is missing or unknown"),
        ({"check": "percent_of_n", "inputs": '{"n": [3], "percent": [1, 2]}'}, "F001: "),
        ({"check": "ci_includes_null", "inputs": '{"ci": [1, 2]}'}, "F001: "),
        ({"check": "p_from_ci", "inputs": '{"estimate": 1, "ci": 2}'}, "F001: "),
    ],
)
def test_a_row_that_cannot_be_computed_is_named_with_what_to_mend(cells, message):
    with pytest.raises(LedgerError, match=rf"^{message}.*Mend: see"):
        recheck(blind(ROWS["F001"]) | cells)


def test_a_row_without_its_columns_is_refused():
    with pytest.raises(LedgerError, match="a row without defect_id: 'inputs' is missing"):
        recheck({})
