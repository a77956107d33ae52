import copy
import json
import math
from pathlib import Path

import pytest

from il6review.claims import LedgerError, diff, loads
from il6review.claims.at_most import AtMost, Shift, VoteShift
from il6review.claims.delta import compare, overlay
from il6review.claims.delta_reports import delta_json, delta_markdown, delta_text, summary

REAL = loads(Path(__file__).parents[2] / "ledger.json")
HOSTILE = "<script>alert(1)</script> [a](javascript:1) {ref}`x` $x$ | ~~b~~ https://x.org @me www.x.org \x1b[31m\n# no"
BOUND = AtMost(
    finding="mixed",
    headline="weakened",
    findings=("agrees", "mixed"),
    headlines=("stands", "weakened"),
    shifts=(Shift("short", "ratio of means", 2.0, 1.5, 2.5, 0.1, 10.0),),
    votes=(VoteShift("short", 3, 4, 1),),
)


def finding(word, **told):
    return {"finding": word, "reason": "", "why": "Because.", "robust": "", "rows": ["K001"]} | told


def entry(headline="weakened", evidence="mixed", **told):
    return {
        "chapter": "anaemia",
        "statement": "A statement.",
        "headline": headline,
        "because": "a reason",
        "citation": finding("supported"),
        "recomputation": finding("reproduced"),
        "evidence": finding(evidence),
    } | told


def number(value, label="short: an effect", unit="", digits=2, rows=("G001",)):
    text = f"{value:.{digits}f}"
    return {"value": value, "text": text, "label": label, "unit": unit, "digits": digits, "rows": list(rows)}


def count(value, what):
    return number(value, f"short: {what}", digits=0)


@pytest.fixture
def before():
    ratio = "short: ratio of means, "
    numbers = {
        "RA-51.studies": count(2, "independent studies with a direction"),
        "RA-51.for": count(2, "studies that agree"),
        "RA-51.null": count(0, "studies without a difference"),
        "RA-51.against": count(0, "studies that point the other way"),
        "RA-51.share": number(75.0, "short: share of studies that agree", "%", 1),
        "RA-51.share_low": number(19.4, "short: share that agrees, lower limit", "%", 1),
        "RA-51.share_high": number(99.4, "short: share that agrees, upper limit", "%", 1),
        "RA-51.pooled_estimate": number(2.0, ratio + "pooled"),
        "RA-51.pooled_ci_low": number(0.5, ratio + "lower limit"),
        "RA-51.pooled_ci_high": number(6.0, ratio + "upper limit"),
        "RA-51.pooled_k": count(4, "studies pooled"),
        "RA-51.robust_share": number(0, "short: share of combinations", "%", 0),
        "RA-9.g": number(0.5),
        "anaemia.k": number(3, "studies", digits=0),
    }
    return {"claims": {"RA-51": entry(), "RA-9": entry("stands", "agrees"), "RA-10": entry()}, "numbers": numbers}


@pytest.fixture
def after(before):
    return copy.deepcopy(before)


def move(ledger, key, value):
    old = ledger["numbers"][key]
    ledger["numbers"][key] = number(value, old["label"], old["unit"], old["digits"], old["rows"])


def the(delta, claim_id="RA-51"):
    return next(claim for claim in delta.claims if claim.claim_id == claim_id)


def moved(delta, key):
    return next(one for one in (*the(delta).numbers, *delta.numbers) if one.key == key)


class TestCompare:
    def test_equal_ledgers_leave_every_claim_untouched(self, before, after):
        delta = compare(before, after)
        assert delta.same
        assert [claim.claim_id for claim in delta.untouched] == ["RA-9", "RA-10", "RA-51"]
        assert (delta.flipped, delta.moved, delta.restated, delta.numbers) == ((), (), (), ())
        assert summary(delta) == "None of 3 claims moved; nothing differs"

    def test_a_flipped_headline_is_named_with_the_rule_that_now_fires(self, before, after):
        after["claims"]["RA-51"] |= {"headline": "falls", "because": "they point the other way"}
        after["claims"]["RA-51"]["evidence"] |= {"finding": "disagrees"}
        delta = compare(before, after)
        assert [claim.claim_id for claim in delta.flipped] == ["RA-51"]
        assert summary(delta) == "1 of 3 claims moved; 1 flipped: RA-51 weakened -> falls"
        assert the(delta).why == ("headline, the rule now: they point the other way; before: a reason",)
        evidence = the(delta).findings[2]
        assert (evidence.check, evidence.before, evidence.after) == ("evidence", "mixed", "disagrees")
        assert not delta.same and len(delta.untouched) == 2

    def test_a_reason_that_changed_moves_a_finding(self, before, after):
        after["claims"]["RA-9"]["recomputation"] |= {"reason": "no_group_size"}
        delta = compare(before, after)
        assert the(delta, "RA-9").findings[1].after == "reproduced (no group size)"
        assert [claim.claim_id for claim in delta.moved] == ["RA-9"]

    def test_a_number_that_moved_flips_nothing(self, before, after):
        move(after, "RA-51.pooled_estimate", 2.5)
        delta = compare(before, after)
        found = moved(delta, "RA-51.pooled_estimate")
        assert (found.before, found.after, found.absolute, found.relative) == ("2.00", "2.50", 0.5, 0.25)
        assert (found.interval_before, found.interval_after) == ("0.50 to 6.00", "0.50 to 6.00")
        assert summary(delta) == "1 of 3 claims moved; no headline flipped"
        assert (delta.flipped, [claim.claim_id for claim in delta.moved]) == ((), ["RA-51"])

    @pytest.mark.parametrize(
        ("key", "value", "part"),
        [
            ("RA-51.pooled_estimate", 3.0, 0.25),
            ("RA-51.pooled_estimate", 8.0, 1.5),
            ("RA-51.pooled_estimate", 1.25, 0.5),
            ("RA-51.share", 63.88, 0.1998),
            ("RA-51.pooled_k", 5, None),
            ("RA-51.robust_share", 5, None),
        ],
    )
    def test_a_move_is_told_in_terms_of_the_interval_before_on_its_side(self, before, after, key, value, part):
        move(after, key, value)
        assert moved(compare(before, after), key).of_interval == pytest.approx(part, abs=0.001)

    def test_a_limit_that_lies_at_the_estimate_gives_no_part(self, before, after):
        move(before, "RA-51.share_high", 75.0)
        move(after, "RA-51.share", 80.0)
        assert moved(compare(before, after), "RA-51.share").of_interval is None

    def test_a_move_from_zero_has_no_relative_size(self, before, after):
        move(after, "RA-51.robust_share", 5)
        found = moved(compare(before, after), "RA-51.robust_share")
        assert (found.before, found.after, found.absolute, found.relative) == ("0 %", "5 %", 5, None)

    def test_a_relative_move_of_a_negative_number_has_the_sign_of_the_move(self, before, after):
        move(before, "RA-51.pooled_estimate", -2.0)
        move(after, "RA-51.pooled_estimate", -1.0)
        assert moved(compare(before, after), "RA-51.pooled_estimate").relative == 0.5

    def test_a_new_and_a_gone_number_of_a_claim_move_it(self, before, after):
        after["numbers"]["RA-51.h"] = number(1.0)
        del after["numbers"]["RA-51.pooled_k"]
        delta = compare(before, after)
        assert (moved(delta, "RA-51.h").before, moved(delta, "RA-51.h").after) == ("", "1.00")
        gone = moved(delta, "RA-51.pooled_k")
        assert (gone.before, gone.after, gone.absolute) == ("4", "", None)

    def test_a_value_that_moved_below_its_text_is_seen(self, before, after):
        after["numbers"]["RA-9.g"]["value"] = 0.51
        assert the(compare(before, after), "RA-9").moved

    def test_new_and_gone_claims_stand_apart_and_their_numbers_with_them(self, before, after):
        after["claims"]["RA-100"] = after["claims"].pop("RA-9") | {"headline": "falls"}
        after["numbers"]["RA-100.g"] = after["numbers"].pop("RA-9.g")
        delta = compare(before, after)
        assert (delta.new, delta.gone) == ((("RA-100", "falls"),), (("RA-9", "stands"),))
        assert (len(delta.claims), delta.numbers, delta.same) == (2, (), False)
        assert summary(delta) == "None of 2 claims moved; 1 new; 1 gone"

    def test_numbers_of_a_chapter_belong_to_no_claim(self, before, after):
        move(after, "anaemia.k", 4)
        delta = compare(before, after)
        assert [found.key for found in delta.numbers] == ["anaemia.k"]
        assert len(delta.untouched) == 3 and not delta.same
        assert summary(delta) == "None of 3 claims moved; 1 of the numbers outside claims differs"

    @pytest.mark.parametrize("part", ["why", "robust", "rows"])
    def test_other_words_or_rows_alone_restate_a_claim(self, before, after, part):
        after["claims"]["RA-9"]["evidence"][part] = ["K001", "K002"] if part == "rows" else "Other."
        delta = compare(before, after)
        assert [claim.claim_id for claim in delta.restated] == ["RA-9"]
        assert (delta.moved, delta.same, len(delta.untouched)) == ((), False, 2)
        assert "1 on other rows or words" in summary(delta)
        told = {
            "why": "evidence, in words: Because. -> Other.",
            "robust": "other words in its description or in what is said of its robustness",
            "rows": "evidence: 1 row entered: K002",
        }
        for text in (delta_text(delta), delta_markdown(delta).replace("→", "->")):
            assert {words for words in told.values() if words in text} == {told[part]}

    def test_whatever_diff_sees_is_no_sameness(self, before):
        for path in [
            ("claims", "RA-9", "statement"),
            ("claims", "RA-9", "citation", "why"),
            ("numbers", "RA-9.g", "label"),
            ("numbers", "RA-9.g", "unit"),
            ("numbers", "anaemia.k", "text"),
        ]:
            other = copy.deepcopy(before)
            target = other
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = "other"
            assert diff(before, other) and not compare(before, other).same


class TestWhy:
    def test_rows_that_entered_and_left_are_named_by_check(self, before, after):
        after["claims"]["RA-51"]["evidence"]["rows"] = ["K002", "OWN-1", "OWN-2"]
        why = the(compare(before, after, own_rows={"OWN-1", "OWN-2", "OWN-3"})).why
        assert why == (
            "evidence: 2 rows of yours entered: OWN-1, OWN-2",
            "evidence: 1 row entered: K002",
            "evidence: 1 row left: K001",
        )

    def test_of_many_rows_eight_are_named(self, before, after):
        after["claims"]["RA-51"]["evidence"]["rows"] += [f"OWN-{i}" for i in range(10)]
        (why,) = the(compare(before, after)).why
        assert why.startswith("evidence: 10 rows entered: OWN-0,") and why.endswith("OWN-7 and 2 more")

    def test_votes_and_the_rule_on_few_studies_are_told(self, before, after):
        move(after, "RA-51.studies", 3)
        move(after, "RA-51.against", 1)
        assert the(compare(before, after)).why == (
            "short: votes: 2 for, 0 neither, 0 against -> 2 for, 0 neither, 1 against",
            "short: the 3 studies that the rules ask for are reached",
        )
        assert the(compare(after, before)).why[1].endswith("are no longer reached")

    def test_the_first_study_of_a_question_is_told(self, before, after):
        for name in ("studies", "for", "null", "against"):
            del before["numbers"][f"RA-51.{name}"]
        assert the(compare(before, after)).why == (
            "short: votes: 0 for, 0 neither, 0 against -> 2 for, 0 neither, 0 against",
        )

    def test_each_part_of_a_claim_is_told_apart(self, before, after):
        for ledger, studies in ((before, 4), (after, 5)):
            for name in ("studies", "for"):
                ledger["numbers"][f"RA-51.part2_{name}"] = number(studies, "second: studies", digits=0)
        assert the(compare(before, after)).why == (
            "second: votes: 4 for, 0 neither, 0 against -> 5 for, 0 neither, 0 against",
        )

    def test_a_further_study_that_is_pooled_is_told(self, before, after):
        move(after, "RA-51.pooled_k", 5)
        assert the(compare(before, after)).why == ("short: studies pooled: 4 -> 5",)

    @pytest.mark.parametrize(
        ("key", "value", "told"),
        [
            ("pooled_ci_low", 1.01, "short: the interval of the pooled value lay around no effect, now above it"),
            ("pooled_ci_high", 0.99, "short: the interval of the pooled value lay around no effect, now below it"),
            ("share_low", 50.1, "short: the interval of the votes lay around one half, now above it"),
        ],
    )
    def test_an_interval_that_changed_sides_is_told(self, before, after, key, value, told):
        move(after, f"RA-51.{key}", value)
        assert the(compare(before, after)).why == (told,)

    def test_correlations_and_differences_have_no_effect_at_zero(self, before, after):
        for ledger, low in ((before, -0.1), (after, 0.1)):
            for name, value in {"estimate": 0.3, "ci_low": low, "ci_high": 0.5}.items():
                ledger["numbers"][f"RA-51.r_{name}"] = number(value, "short: correlation r, pooled")
            ledger["numbers"]["RA-51.r_k"] = count(3, "studies pooled")
        (why,) = the(compare(before, after)).why
        assert why == "short: the interval of the pooled value lay around no effect, now above it"

    def test_a_claim_that_moved_without_the_readers_rows_says_so(self, before, after):
        move(after, "RA-51.pooled_k", 5)
        assert "no row of yours stands behind this claim" in the(compare(before, after, own_rows={"OWN-1"})).why


class TestOwnRows:
    def test_a_claim_that_rests_on_own_rows_is_not_untouched(self, before, after):
        for ledger in (before, after):
            ledger["claims"]["RA-9"]["evidence"]["rows"] = ["OWN-1"]
            ledger["numbers"]["RA-10.g"] = number(1.0, rows=["OWN-2"])
        delta = compare(before, after, own_rows={"OWN-1", "OWN-2"})
        assert [claim.claim_id for claim in delta.untouched] == ["RA-51"]
        assert [(claim.claim_id, claim.own_rows) for claim in delta.restated] == [
            ("RA-9", ("OWN-1",)),
            ("RA-10", ("OWN-2",)),
        ]
        assert "Rows of yours: 2; claims entered: 2 of 3." in delta_text(delta)
        assert delta_text(delta).count("rests on rows of yours as before") == 2

    def test_what_a_study_could_have_changed_stands_with_its_claim(self, before, after):
        move(after, "RA-51.pooled_k", 5)
        delta = compare(before, after, at_most={"RA-51": BOUND})
        assert (the(delta).at_most, the(delta, "RA-9").at_most) == (BOUND, None)
        for text in (delta_text(delta), delta_markdown(delta)):
            assert "A study as large as yours, whatever it found:".lower() in text.lower()
            assert "2.00 before, could come to lie from 1.50 to 2.50" in text
            assert "3 of 4 studies agree; with 1 more it would be 3 to 4 of 5" in text
            assert 'could come to "stands" or "weakened"' in text


class TestRefusal:
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, "1", True])
    @pytest.mark.parametrize("side", [0, 1])
    def test_a_value_that_is_no_finite_number_is_refused(self, before, after, value, side):
        (before, after)[side]["numbers"]["RA-9.g"]["value"] = value
        with pytest.raises(LedgerError, match=r"^RA-9\.g: value is .*expected a finite number\. Mend: "):
            compare(before, after)

    @pytest.mark.parametrize(
        ("path", "value", "named"),
        [
            (("claims",), [], "claims: expected"),
            (("numbers",), {"k": 3}, "numbers: expected"),
            (("claims", "RA-9", "headline"), None, "RA-9: this is no claim"),
            (("claims", "RA-9", "evidence"), "agrees", "RA-9: this is no claim"),
            (("claims", "RA-9", "evidence", "rows"), "K001", "RA-9: this is no claim"),
            (("claims", "RA-9", "citation", "why"), 3, "RA-9: this is no claim"),
            (("numbers", "RA-9.g", "text"), 3, "RA-9.g: this is no number"),
            (("numbers", "RA-9.g", "digits"), "2", "RA-9.g: this is no number"),
            (("numbers", "RA-9.g", "rows"), [1], "RA-9.g: this is no number"),
        ],
    )
    def test_what_is_no_ledger_is_refused_by_name(self, before, after, path, value, named):
        target = after
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value
        with pytest.raises(LedgerError, match=f"^{named}"):
            compare(before, after)


class TestOverlay:
    def test_what_a_run_decided_takes_its_place_with_all_its_numbers(self, before):
        part = {
            "claims": {"RA-51": entry("falls")},
            "numbers": {"RA-51.studies": count(3, "x"), "anaemia.new": number(1.0)},
        }
        whole = overlay(before, part)
        assert whole["claims"] == before["claims"] | part["claims"]
        assert whole["numbers"].keys() == {"RA-51.studies", "RA-9.g", "anaemia.new"}
        assert "RA-51.for" in before["numbers"]


def changed(before, after):
    move(after, "RA-51.pooled_estimate", 2.5)
    move(after, "RA-51.robust_share", 5)
    move(after, "anaemia.k", 4)
    after["claims"]["RA-51"] |= {"headline": "falls", "because": "other"}
    after["claims"]["RA-9"]["evidence"]["why"] = "Other."
    return compare(before, after, at_most={"RA-51": BOUND})


class TestText:
    def test_the_summary_comes_first_then_flipped_then_the_rest_then_the_untouched(self, before, after):
        lines = delta_text(changed(before, after)).splitlines()
        assert lines[0].startswith("1 of 3 claims moved; 1 flipped: RA-51 weakened -> falls")
        heads = ["Flipped: 1", "Same answers, other rows or words: 1", "Numbers outside claims: 1"]
        assert [line for line in lines if line in heads] == heads
        assert lines[-1] == "Untouched: 1 claim"

    def test_an_estimate_is_told_with_its_interval_and_its_limits_are_not_told_again(self, before, after):
        move(after, "RA-51.pooled_estimate", 2.5)
        move(after, "RA-51.pooled_ci_high", 5.0)
        text = " ".join(delta_text(compare(before, after)).split())
        told = "[RA-51.pooled_estimate], 2.00 (0.50 to 6.00) -> 2.50 (0.50 to 5.00): moved by +0.5, +25 % of its value"
        assert told in text
        assert "pooled_ci_high" not in text

    def test_a_limit_that_moved_alone_is_told(self, before, after):
        move(after, "RA-51.pooled_ci_high", 5.0)
        assert "[RA-51.pooled_ci_high], 6.00 -> 5.00: moved by −1" in delta_text(compare(before, after))

    def test_numbers_on_robustness_are_counted(self, before, after):
        text = delta_text(changed(before, after))
        assert "numbers on robustness that moved: 1" in text and "robust_share" not in text

    def test_numbers_outside_claims_of_one_ledger_are_counted(self, before, after):
        after["numbers"]["overview.k"] = after["numbers"].pop("anaemia.k")
        text = delta_text(compare(before, after))
        assert "  only after: 1\n  only before: 1\n" in text and "overview.k" not in text

    @pytest.mark.parametrize(("width", "widest"), [(100, 100), (500, 100), (60, 60), (1, 40)])
    def test_no_line_is_wider_than_asked_and_none_than_a_hundred(self, before, after, width, widest):
        after["claims"]["RA-9"]["statement"] = "word " * 60 + "x" * 300
        lines = delta_text(changed(before, after), width).splitlines()
        assert widest - 10 < max(map(len, lines)) <= widest

    def test_a_percent_sign_stays_with_its_number(self, before, after):
        move(after, "RA-51.share", 80.0)
        for width in range(40, 101):
            assert not any(
                line.lstrip().startswith("%") for line in delta_text(compare(before, after), width).splitlines()
            )

    def test_of_many_flipped_claims_five_are_named_first(self, before, after):
        for number_ in range(7):
            before["claims"][f"WM-{number_}"] = entry()
            after["claims"][f"WM-{number_}"] = entry("falls")
        assert summary(compare(before, after)).endswith("WM-4 weakened -> falls and 2 more")

    def test_text_from_a_ledger_steers_no_terminal_and_stays_on_its_line(self, before, after):
        after["claims"]["RA-51"] |= {"headline": HOSTILE, "statement": HOSTILE}
        text = delta_text(compare(before, after))
        assert "\x1b" not in text and "\n# no" not in text


class TestMarkdown:
    def test_every_number_that_moved_stands_in_the_table(self, before, after):
        text = delta_markdown(changed(before, after))
        labels = {number.label for number in the(changed(before, after)).numbers if number.moved}
        assert labels and all(f"| {label} |" in text for label in labels)
        assert "| 2.00 (0.50 to 6.00) | 2.50 (0.50 to 6.00) | +0.5 | +25 % | 0.12 |" in text
        assert text.startswith("# What changed\n\n**1 of 3 claims moved; 1 flipped: RA-51 weakened → falls")
        assert text.endswith("## Untouched (1)\n\nRA-10\n")

    def test_hostile_text_stays_text(self, before, after):
        from markdown_it import MarkdownIt

        after["claims"]["RA-51"] |= {"headline": HOSTILE, "statement": HOSTILE}
        after["claims"][HOSTILE] = entry(HOSTILE)
        move(after, "RA-51.pooled_estimate", 2.5)
        after["numbers"]["RA-51.pooled_estimate"] |= {"label": HOSTILE, "text": HOSTILE}
        text = delta_markdown(compare(before, after, own_rows={HOSTILE}))
        html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
        tags = {part.split(">")[0].split()[0].strip("/") for part in html.split("<")[1:]}
        assert tags <= {"h1", "h2", "h3", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
        assert "&lt;script&gt;alert(1)&lt;/script&gt; [a](javascript:1) {ref}`x` $x$ | ~~b~~" in html
        assert html.count("<td>") == 6
        assert "://" not in text and "@" not in text and "\x1b" not in text and "www." not in text


class TestJson:
    def test_all_is_told_in_one_stable_text(self, before, after):
        delta = changed(before, after)
        text = delta_json(delta)
        found = json.loads(text)
        assert text == json.dumps(found, indent=1, sort_keys=True) + "\n"
        assert (found["flipped"], found["restated"], found["untouched"]) == (["RA-51"], ["RA-9"], ["RA-10"])
        assert found["claims"].keys() == {"RA-51", "RA-9"}
        assert found["claims"]["RA-51"]["numbers"][0]["of_interval"] == 0.125
        assert found["claims"]["RA-51"]["at_most"]["shifts"][0]["high"] == 2.5
        assert [number["key"] for number in found["numbers"]] == ["anaemia.k"]

    def test_hostile_text_is_ascii(self, before, after):
        after["claims"]["RA-51"]["statement"] = HOSTILE + "\x9b\u202e白"
        text = delta_json(compare(before, after))
        assert text.isascii() and text.replace("\n", "").isprintable()
        assert json.loads(text)["claims"]["RA-51"]["statement"].startswith(HOSTILE)


class TestRealLedger:
    def test_it_does_not_differ_from_itself(self):
        delta = compare(REAL, REAL)
        assert delta.same and len(delta.untouched) == len(REAL["claims"])
        assert json.loads(delta_json(delta))["claims"] == {}

    @pytest.mark.parametrize("end", [".share", ".pooled_estimate"])
    def test_one_changed_value_is_the_only_difference(self, end):
        key = next(key for key in REAL["numbers"] if key.endswith(end) and key.split(".")[0] in REAL["claims"])
        other = copy.deepcopy(REAL)
        other["numbers"][key] |= {"value": 60.5, "text": "60.5"}
        delta = compare(REAL, other)
        (claim,) = delta.moved
        assert [number.key for number in claim.numbers] == [key]
        assert claim.numbers[0].of_interval > 0
        assert len(delta.untouched) == len(REAL["claims"]) - 1
        assert summary(delta) == f"1 of {len(REAL['claims'])} claims moved; no headline flipped"

    def test_one_flipped_headline_is_the_only_difference(self):
        other = copy.deepcopy(REAL)
        word = REAL["claims"]["RA-51"]["headline"]
        other["claims"]["RA-51"]["headline"] = "other"
        total = len(REAL["claims"])
        assert summary(compare(REAL, other)) == f"1 of {total} claims moved; 1 flipped: RA-51 {word} -> other"
