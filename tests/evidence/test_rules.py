"""The rules read printed strings as a person does."""

import pytest

from il6review.evidence import schema
from il6review.evidence.rules import RULES, SPREADS, values_as_printed


@pytest.mark.parametrize(
    ("printed", "centre", "spread", "low", "high"),
    [
        ("446.7 +/- 1.2", "446.7", "1.2", "", ""),
        ("115.82+/-33.7 ng/mL", "115.82", "33.7", "", ""),
        ("24.1±31.0", "24.10", "31", "", ""),
        ("1,801 +/- 512", "1801", "512", "", ""),
        ("354.7 (1,851.6)", "354.7", "1851.6", "", ""),
        ("-0.43 (0.05)", "-0.43", "0.05", "", ""),
        ("−15.1 (1.9)", "-15.1", "1.9", "", ""),
        ("81.6 (49.3-151.75)", "81.6", "", "49.3", "151.75"),
        ("81.6 (49.3–151.75)", "81.6", "", "49.3", "151.75"),
        ("<3.13", "", "", "", ""),
        ("", "5", "1", "", ""),
    ],
)
def test_values_are_found_in_their_printed_string(printed, centre, spread, low, high):
    names = ("as_reported", "centre", "spread", "spread_low", "spread_high")
    assert list(values_as_printed(dict(zip(names, (printed, centre, spread, low, high), strict=True)))) == []


@pytest.mark.parametrize(
    ("printed", "centre"),
    [("12.40", "12.41"), ("-0.43", "0.43"), ("0.43", "-0.43"), ("1,801", "801"), ("<3.13", "3.13")],
)
def test_a_value_that_is_not_printed_is_a_fault(printed, centre):
    faults = list(values_as_printed({"as_reported": printed, "centre": centre}))
    assert [fault.column for fault in faults] == ["centre"]


def test_every_statistic_of_the_schema_has_a_rule():
    for table in ("groups", "adjudicator_additions"):
        fields = {field["name"]: field for field in schema(table)["schema"]["fields"]}
        assert set(fields["statistic"]["constraints"]["enum"]) == set(SPREADS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_passes_over_a_table_without_its_columns(rule):
    assert list(rule({"name": "any"})) == []
