"""What the page on our own exactness says is counted from what was computed and measured."""

import csv

import pytest

from il6review import exactness
from il6review.claims.model import Number
from il6review.stats.printed import VERDICTS


@pytest.mark.parametrize(
    ("value", "exact", "digits"),
    [(1.0, "1", 14), (1.001, "1", 3), (0.999e-9, "1e-9", 3), (1e-5, "0", 5), (7.0, "1", 0), (-1.0, "1", 0)],
)
def test_a_digit_is_correct_by_its_relative_error(value, exact, digits):
    assert exactness.correct_digits(value, exact) == pytest.approx(digits, abs=1e-6)


def test_ours_have_twelve_digits_on_every_data_set_and_a_wrong_fit_has_not():
    own = exactness.own_digits()
    assert {line["estimator"] for line in own} == {"EE", "DL", "HE", "HS", "SJ", "PM", "ML", "REML"}
    assert {line["datasets"] for line in own} == {len(exactness.yardstick())}
    assert min(line["fewest"] for line in own) >= 12
    case = next(iter(exactness.yardstick().values()))
    found = exactness.own_fit(case["yi"], [1.001 * v for v in case["vi"]], "REML")
    assert exactness.correct_digits(found["mu"], case["exact"]["REML"]["mu"]) < 8


def test_the_fewest_digits_stand_under_the_names_of_their_quantities():
    lines = [exactness.summary("tool", "1", "DL", name, [3, 5.04, 9]) for name in exactness.QUANTITIES]
    frame = exactness.fewest(lines, "estimator", "quantity").frame
    assert list(frame.columns) == ["estimator", *exactness.QUANTITIES.values()]
    assert list(frame.iloc[0]) == ["DL", "3.0", "3.0", "3.0", "3.0"]
    assert frame.columns.name is None


@pytest.mark.parametrize(
    "tool", ["metafor, default", "metafor, tight", "PyMARE", "statsmodels", "pimeta", "PyMetaAnalysis"]
)
def test_every_tool_was_measured(tool):
    assert tool in {line["tool"] for line in exactness.measured("digits")}


def test_false_alarms_are_counted_over_both_distributions():
    lines = exactness.false_alarms()
    record = exactness.reference("false_alarms")["verdicts"]
    runs = sum(sum(verdicts.values()) for counted in record.values() for verdicts in counted.values())
    clean = sum(verdicts.get("consistent", 0) for counted in record.values() for verdicts in counted.values())
    numbers = {name: number.value for name, number in exactness.alarm_numbers(lines).items()}
    assert numbers["alarms.runs"] == runs
    assert numbers["alarms.accused"] + numbers["alarms.doubted"] == runs - clean
    assert numbers["alarms.checks"] == len(record["normal"]) == len(lines)
    assert numbers["alarms.tables"] == 600
    assert numbers["alarms.rate"] == pytest.approx(10_000 * numbers["alarms.accused"] / runs)
    assert 0 < numbers["alarms.signs"] <= numbers["alarms.doubted"]


def test_every_verdict_but_a_clean_one_and_a_doubt_accuses(monkeypatch):
    verdicts = {verdict: 10**place for place, verdict in enumerate(VERDICTS)}
    record = {"tables": 1, "verdicts": {"normal": {"a_check": verdicts}, "log_normal": {"a_check": verdicts}}}
    monkeypatch.setattr(exactness, "reference", lambda name: record)
    (line,) = exactness.false_alarms()
    assert line == {"check": "a_check", "runs": 2 * 1111111, "accused": 2 * 1111100, "doubted": 20}


def test_mutants_that_ran_too_long_count_as_noticed():
    line = {"module": "pooling", "mutants": "9", "tried": "5", "killed": "3", "timed_out": "1", "survived": "1"}
    numbers = exactness.mutant_numbers([line, line])
    values = {name: number.value for name, number in numbers.items()}
    assert values == {
        "mutants.all": 18,
        "mutants.tried": 10,
        "mutants.noticed": 8,
        "mutants.missed": 2,
        "mutants.share": 80,
    }
    assert numbers["mutants.share"] == Number(80.0, 1, "changes that a test noticed", "%")
    assert list(exactness.mutants([line]).frame.iloc[0]) == ["pooling", "5", "3", "1", "1"]


def test_the_measured_mutants_add_up_and_every_survivor_is_listed():
    lines, survivors = exactness.measured("mutants"), exactness.measured("survivors")
    for line in lines:
        assert int(line["tried"]) == sum(int(line[name]) for name in ("killed", "timed_out", "survived"))
        assert int(line["survived"]) == sum(found["module"] == line["module"] for found in survivors)
    modules = {path.stem for path in (exactness.project() / "src" / "il6review" / "stats").glob("[!_]*.py")}
    assert {line["module"] for line in lines} <= modules


def test_a_thousand_universes_of_thirteen_studies_take_less_than_a_second():
    (line,) = exactness.measured("universes")
    numbers = {name: number.value for name, number in exactness.universe_numbers(line).items()}
    assert line["studies"] == "13"
    assert numbers["universes"] >= 1000
    assert 0 < numbers["universes.seconds"] < 1


def test_a_table_of_measurements_is_read_as_it_stands(tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    with (tmp_path / "benchmarks" / "speed.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["k", "tool"], ["13", "a, b"]])
    monkeypatch.setattr(exactness, "project", lambda: tmp_path)
    assert exactness.measured("speed") == [{"k": "13", "tool": "a, b"}]
