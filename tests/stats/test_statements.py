import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.errors import StatsError
from il6review.stats.statements import date, direction_against_text, marker, sign_pattern, unit_against_range

MASS = {"mg/L": 1, "mg/dL": 10, "mg/mL": 1000}
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["1.5", "-2", "*P<0.05"])
)
lists = st.lists(junk, max_size=4)


def unit(values, name, usual="mg/L", largest=1000):
    return unit_against_range(values, name, usual, largest, MASS)


@pytest.mark.parametrize(
    ("values", "verdict", "sign"),
    [
        (["-0.18", "0.23", "-0.22"], "doubtful", "negative"),
        (["0.18", "-0.23", "0.22"], "doubtful", "positive"),
        (["0.18", "0.23", "0.22"], "consistent", "positive"),
        (["-0.18", "0.90", "-0.22"], "consistent", "negative"),
        (["-0.18", "0.08", "-0.22"], "consistent", "negative"),
        (["-0.18", "0.09", "-0.22"], "doubtful", "negative"),
        (["-0.18", "0.44", "-0.22"], "doubtful", "negative"),
        (["-0.18", "-0.2", "0.23", "0.22"], "consistent", None),
    ],
)
def test_one_sign_against_all_others_of_like_size_is_doubtful(values, verdict, sign):
    check = sign_pattern(values)
    assert check.verdict == verdict
    assert check.expected[0].fits == (verdict == "consistent")
    assert sign in (None, check.expected[0].value)


@pytest.mark.parametrize("values", [["-0.1", "0.2"], ["0.1", "0", "0.2"], ["0.1", "x", "0.2"], None])
def test_signs_need_three_values_that_have_one(values):
    with pytest.raises(StatsError, match=r"^values"):
        sign_pattern(values)


@pytest.mark.parametrize(
    ("higher", "lower", "verdict", "words"),
    [
        (["a"], ["b"], "consistent", "a higher"),
        (["b"], ["a"], "contradiction", "a higher"),
        (["a"], ["c"], "doubtful", "no difference"),
        (["b"], ["a", "c"], "contradiction", "a and c higher"),
        (["a", "b"], ["c"], "contradiction", "c higher"),
    ],
)
def test_a_text_is_held_against_every_pair_of_values(higher, lower, verdict, words):
    check = direction_against_text({"a": "0.39", "b": "0.05", "c": "0.390"}, higher, lower)
    assert (check.verdict, check.expected[0].value) == (verdict, words)
    assert check.printed == f"{' and '.join(higher)} higher"


@pytest.mark.parametrize(
    ("values", "higher", "lower"),
    [
        ({"a": "1", "b": "2"}, ["a"], ["d"]),
        ({"a": "1", "b": "2"}, [], ["b"]),
        ({"a": "1"}, ["a"], ["a"]),
        ({1: "1", "b": "2"}, ["b"], ["b"]),
        ({"a": "x", "b": "2"}, ["a"], ["b"]),
        (["a", "b"], ["a"], ["b"]),
        ({"a": "1", "b": "2"}, None, ["b"]),
    ],
)
def test_a_direction_needs_a_value_for_every_group(values, higher, lower):
    with pytest.raises(StatsError):
        direction_against_text(values, higher, lower)


@pytest.mark.parametrize(
    ("values", "printed", "verdict", "expected"),
    [
        (["8.1", "11.2"], "mg/mL", "error", "mg/L"),
        (["8.1", "11.2"], "mg/L", "consistent", "mg/L"),
        (["0.1", "1.0"], "mg/mL", "consistent", "mg/mL"),
        (["0.1", "1.01"], "mg/mL", "error", "mg/L"),
        (["1001"], "mg/dL", "doubtful", "mg/L"),
        (["1000"], "mg/dL", "error", "mg/L"),
    ],
)
def test_a_unit_that_no_patient_could_reach_is_an_error_if_the_usual_one_fits(values, printed, verdict, expected):
    check = unit(values, printed)
    assert (check.verdict, check.expected[0].value, check.printed) == (verdict, expected, printed)


@pytest.mark.parametrize(
    ("values", "name", "usual", "largest"),
    [([], "mg/L", "mg/L", 9), (["1"], "g/L", "mg/L", 9), (["1"], "mg/L", "g", 9), (["1"], "mg/L", "mg/L", 0)],
)
def test_an_unknown_unit_and_no_value_are_refused(values, name, usual, largest):
    with pytest.raises(StatsError):
        unit(values, name, usual, largest)


def test_a_year_is_right_or_wrong():
    assert date(1986, 1986).verdict == "consistent"
    assert date(1986, 1986).expected[0].fits and date(1996, 1986).verdict == "error"
    wrong = date(1986, 1996)
    assert (wrong.verdict, wrong.printed, wrong.expected[0].value) == ("error", "1996", 1986)
    assert not wrong.expected[0].fits


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("*P<0.05", "consistent"),
        ("**p = 0.001", "consistent"),
        ("*P=0.05", "consistent"),
        ("*P>0.05", "error"),
        ("* p=0.06", "error"),
        ("*>=0.05", "error"),
        ("*NS", "error"),
    ],
)
def test_a_star_belongs_to_a_small_p(text, verdict):
    check = marker(text)
    assert check.verdict == verdict
    assert check.expected[0].value == ("asterisk" if verdict == "consistent" else "no asterisk")


@pytest.mark.parametrize("text", ["P>0.05", "*", "*significant", None, 5])
def test_a_mark_is_a_star_with_its_p(text):
    with pytest.raises(StatsError):
        marker(text)


@given(junk, lists, lists, st.dictionaries(junk, junk, max_size=3))
def test_junk_gives_a_verdict_or_a_named_error(one, many, others, table):
    calls = [
        lambda: sign_pattern(many),
        lambda: direction_against_text(table, many, others),
        lambda: direction_against_text({"a": one, "b": "1"}, ["a"], ["b"]),
        lambda: unit_against_range(many, "mg/L", "mg/L", one, MASS),
        lambda: unit_against_range(["1"], one, "mg/L", 1, table),
        lambda: date(one, 1990),
        lambda: marker(one),
    ]
    for call in calls:
        try:
            assert call().verdict
        except StatsError as error:
            assert str(error)
