import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.claims import FINDINGS, REASONS, Finding, LedgerError, Number
from il6review.claims.model import Claim, printed_p, significant


@pytest.mark.parametrize(
    ("value", "digits", "kept", "text"),
    [
        (12.4, 2, 12.4, "12.40"),
        (0.0375, 3, 0.037, "0.037"),  # the double nearest to 0.0375 lies below it
        (-0.004, 2, 0.0, "0.00"),
        (-0.0, 0, 0, "0"),
        (-0.3, 0, 0, "0"),
        (-4.56, 1, -4.6, "−4.6"),
        (66, 0, 66, "66"),
        (4468.2, -1, 4470, "4470"),
        (-4468.2, -2, -4500, "−4500"),
        (999999.4, 0, 999999, "999999"),
        (999999.6, 0, 1000000, "1.00 × 10⁶"),
        (53046123.4, 1, 53046123.4, "5.30 × 10⁷"),
        (-2.0e13, -11, -20000000000000, "−2.00 × 10¹³"),
    ],
)
def test_a_number_is_rounded_once_and_its_text_is_what_is_kept(value, digits, kept, text):
    entry = Number(value, digits, "label").as_json()
    assert (entry["value"], entry["text"]) == (kept, text)
    assert isinstance(entry["value"], int if digits <= 0 else float)
    assert str(entry["value"])[0] != "-" or kept < 0


@given(st.floats(-999_000, 999_000), st.integers(-3, 6))
def test_the_text_of_a_number_reads_back_as_its_value(value, digits):
    entry = Number(value, digits, "label").as_json()
    assert float(entry["text"].replace("−", "-")) == entry["value"]
    assert abs(entry["value"] - value) <= 0.5001 * 10.0**-digits
    assert "-" not in entry["text"]


@given(st.floats(1e6, 1e130), st.sampled_from([1, -1]), st.integers(-5, 2))
def test_a_number_from_a_million_on_reads_back_to_three_digits(size, sign, digits):
    entry = Number(sign * size, digits, "label").as_json()
    mantissa, power = entry["text"].replace("−", "-").split(" × 10")
    exponent = int("".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(digit)) for digit in power))
    assert 1 <= abs(float(mantissa)) < 10
    assert float(mantissa) * 10.0**exponent == pytest.approx(entry["value"], rel=0.00501)
    assert entry["value"] == pytest.approx(sign * size, abs=0.5001 * 10.0**-digits, rel=1e-15)


def test_the_rows_of_a_number_are_kept_sorted_and_once():
    assert Number(1, 0, "label", rows=("K2", "C1", "K2")).as_json()["rows"] == ["C1", "K2"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0.00"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (0.09996, "0.100"),
        (0.9996, "1.00"),
        (0.9994, "0.999"),
        (-0.03456, "−0.0346"),
        (158.4, "158"),
        (999.6, "1000"),
        (4468.2, "4470"),
    ],
)
def test_significant_digits_count_what_is_shown(value, shown):
    assert Number(value, significant(value), "label").as_json()["text"] == shown


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("0.044", "P = 0.044"),
        (".442", "P = .442"),
        ("<0.05", "P < 0.05"),
        ("<.001", "P < .001"),
        (">0.4", "P > 0.4"),
        ("<=0.0001", "P ≤ 0.0001"),
        (">=0.05", "P ≥ 0.05"),
        ("7.08E-03", "P = 7.08E-03"),
        ("<0.05-0.001", "P < 0.05-0.001"),
        ("NS", "P NS"),
    ],
)
def test_a_printed_p_is_written_as_a_reader_knows_it(printed, read):
    assert printed_p(printed) == read


def test_every_printed_p_of_the_chapter_keeps_its_digits(serum):
    for table in ("claims", "comparisons", "groups", "correlations", "effects"):
        for row in serum.tables[table]:
            if row["p_reported"]:
                written = printed_p(row["p_reported"]).removeprefix("P ")
                for words, sign in (("≤ ", "<="), ("≥ ", ">="), ("= ", ""), ("< ", "<"), ("> ", ">")):
                    written = written.replace(words, sign)
                assert written == row["p_reported"]


def test_only_words_of_the_vocabulary_make_a_finding():
    for check, words in FINDINGS.items():
        for word in words:
            reason = REASONS[0] if word == "not_recomputable" else ""
            assert Finding(check, word, "why", reason).finding == word
        with pytest.raises(LedgerError, match="'proven'"):
            Finding(check, "proven", "why")


@pytest.mark.parametrize(
    ("word", "reason"), [("not_recomputable", ""), ("bounded", "qualitative"), ("not_recomputable", "too_hard")]
)
def test_a_reason_stands_beside_not_recomputable_alone_and_is_a_known_one(word, reason):
    with pytest.raises(LedgerError, match="reason"):
        Finding("recomputation", word, "why", reason)


def test_a_word_of_another_check_is_refused():
    with pytest.raises(LedgerError, match="citation: unknown finding 'agrees'"):
        Finding("citation", "agrees", "why")


def test_a_claim_reads_its_list_of_citations(make):
    assert make.claim(cites="Robak1998;Uson1997").cites == ("Robak1998", "Uson1997")
    assert Claim.from_row(make.claim_row(cites="")).cites == ()
