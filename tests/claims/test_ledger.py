import copy
import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.claims import LedgerError, collect, diff, dumps, loads, render, save
from il6review.claims.ledger import natural


def finding(word, **told):
    return {"finding": word, "reason": "", "why": "Because.", "rows": ["K001"]} | told


def entry(headline="stands", **told):
    return {
        "chapter": "serum",
        "statement": "A statement.",
        "headline": headline,
        "because": "a reason",
        "citation": finding("supported"),
        "recomputation": finding("reproduced"),
        "evidence": finding("agrees"),
    } | told


def number(value=0.5, text="0.50", **told):
    return {"value": value, "text": text, "label": "an effect", "unit": "", "digits": 2, "rows": ["G001"]} | told


def decision(claim_id, **numbers):
    return {"kind": "decision", "claim_id": claim_id, "entry": entry(), "numbers": numbers}


@pytest.fixture
def ledger():
    return {"claims": {"RA-9": entry(), "RA-10": entry("falls")}, "numbers": {"RA-9.g": number()}}


class TestCollect:
    def test_decisions_and_numbers_are_gathered_and_figures_passed_by(self):
        payloads = [
            decision("RA-1", **{"RA-1.g": number()}),
            {"kind": "numbers", "numbers": {"serum.k": number(4)}},
            {"kind": "figure", "key": "serum.forest", "html": "<figure/>", "rows": []},
        ]
        ledger = collect(payloads)
        assert ledger["claims"].keys() == {"RA-1"}
        assert ledger["numbers"].keys() == {"RA-1.g", "serum.k"}

    @pytest.mark.parametrize(
        ("payloads", "key"),
        [
            ([decision("RA-1"), decision("RA-1")], "RA-1"),
            ([{"kind": "numbers", "numbers": {"serum.k": number()}}] * 2, "serum.k"),
            (
                [decision("RA-1", **{"RA-1.g": number()}), {"kind": "numbers", "numbers": {"RA-1.g": number()}}],
                "RA-1.g",
            ),
        ],
    )
    def test_what_comes_twice_is_refused_by_name(self, payloads, key):
        with pytest.raises(LedgerError, match=rf"^{key} is decided twice\. Mend: "):
            collect(payloads)

    def test_no_payload_gives_an_empty_ledger(self):
        assert collect([]) == {"claims": {}, "numbers": {}}


class TestText:
    def test_the_text_does_not_depend_on_the_order_of_making(self, ledger):
        turned = {"numbers": ledger["numbers"], "claims": dict(reversed(ledger["claims"].items()))}
        assert dumps(turned) == dumps(ledger)
        assert json.loads(dumps(ledger)) == ledger

    def test_the_text_ends_in_one_line_end_and_keeps_letters_as_they_are(self, ledger):
        ledger["claims"]["RA-9"]["statement"] = "TNF-α ≤ 白"
        text = dumps(ledger)
        assert text.endswith("}\n") and "TNF-α ≤ 白" in text

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_a_value_that_is_no_number_is_refused(self, ledger, value):
        ledger["numbers"]["RA-9.g"]["value"] = value
        with pytest.raises(ValueError, match="JSON"):
            dumps(ledger)


class TestFile:
    def test_a_ledger_is_read_back_as_it_was_saved(self, ledger, tmp_path):
        save(ledger, tmp_path / "ledger.json")
        assert loads(tmp_path / "ledger.json") == ledger
        assert [path.name for path in tmp_path.iterdir()] == ["ledger.json"]

    @pytest.mark.parametrize("failing", ["write", "replace"])
    def test_a_disk_that_fails_leaves_the_former_ledger_whole(self, ledger, tmp_path, monkeypatch, failing):
        path = tmp_path / "ledger.json"
        save(ledger, path)

        def fail(*_, **__):
            raise OSError("no space left on device")

        if failing == "write":
            opened = type(path).open

            def half(self, *arguments, **options):
                with opened(self, "w") as file:
                    file.write("{")
                fail()

            monkeypatch.setattr(type(path), "open", half)
            monkeypatch.setattr(type(path), "write_text", half)
        else:
            monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no space"):
            save({"claims": {}, "numbers": {}}, path)
        monkeypatch.undo()
        assert loads(path) == ledger

    def test_a_ledger_that_cannot_be_written_as_json_leaves_the_former_one(self, ledger, tmp_path):
        path = tmp_path / "ledger.json"
        save(ledger, path)
        with pytest.raises(ValueError, match="JSON"):
            save({"claims": {}, "numbers": {"k": number(float("nan"))}}, path)
        assert loads(path) == ledger

    def test_a_missing_ledger_says_how_to_make_one(self, tmp_path):
        with pytest.raises(LedgerError, match=r"^ledger\.json is not there\. Mend: il6review run"):
            loads(tmp_path / "ledger.json")

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'{"claims": {}}', b"\xff\xfe", b'"claims numbers"'])
    def test_a_file_that_is_no_ledger_says_how_to_mend_it(self, tmp_path, content):
        path = tmp_path / "ledger.json"
        path.write_bytes(content)
        with pytest.raises(LedgerError, match=r"^ledger\.json is not a ledger\. Mend: "):
            loads(path)

    def test_a_folder_is_no_ledger(self, tmp_path):
        with pytest.raises(LedgerError, match="is not a ledger"):
            loads(tmp_path)


def changed(ledger, change):
    """Give the lines that differ after a change."""
    other = copy.deepcopy(ledger)
    change(other)
    return [str(line) for line in diff(ledger, other)]


class TestDiff:
    def test_equal_ledgers_do_not_differ(self, ledger):
        assert diff(ledger, copy.deepcopy(ledger)) == []
        assert diff({"claims": {}, "numbers": {}}, {"claims": {}, "numbers": {}}) == []

    def test_a_moved_number_is_named_with_both_texts(self, ledger):
        def move(other):
            other["numbers"]["RA-9.g"] |= {"value": 0.62, "text": "0.62"}

        assert changed(ledger, move) == ["RA-9.g, number (an effect): 0.50 -> 0.62"]

    def test_a_unit_that_changed_is_a_change(self, ledger):
        def change(other):
            other["numbers"]["RA-9.g"]["unit"] = "%"

        assert changed(ledger, change) == ["RA-9.g, number (an effect): 0.50 -> 0.50 %"]

    def test_the_rows_behind_a_number_are_compared(self, ledger):
        def change(other):
            other["numbers"]["RA-9.g"]["rows"].append("G002")

        assert changed(ledger, change) == ["RA-9.g, number (rows): G001 -> G001 G002"]

    @pytest.mark.parametrize(
        ("path", "value", "line"),
        [
            (("headline",), "falls", "RA-9 headline: stands -> falls"),
            (("evidence", "finding"), "mixed", "RA-9 evidence: agrees -> mixed"),
            (("recomputation", "reason"), "qualitative", "RA-9 recomputation: reproduced -> reproduced qualitative"),
            (("citation", "why"), "Other.", "RA-9 citation, why: Because. -> Other."),
            (("evidence", "rows"), [], "RA-9 evidence, rows: K001 -> -"),
        ],
    )
    def test_a_change_of_a_claim_is_named(self, ledger, path, value, line):
        def change(other):
            *folders, last = path
            target = other["claims"]["RA-9"]
            for folder in folders:
                target = target[folder]
            target[last] = value

        assert changed(ledger, change) == [line]

    @pytest.mark.parametrize("part", ["statement", "chapter", "because"])
    def test_every_other_word_of_a_claim_is_compared(self, ledger, part):
        def change(other):
            other["claims"]["RA-9"][part] = "something else"

        (line,) = changed(ledger, change)
        assert line.startswith("RA-9 statement: ") and "something else" in line

    def test_an_added_and_a_removed_claim_are_named(self, ledger):
        def swap(other):
            other["claims"]["RA-11"] = other["claims"].pop("RA-10")

        lines = changed(ledger, swap)
        assert "RA-10 headline: falls -> -" in lines
        assert "RA-11 headline: - -> falls" in lines
        assert not any("RA-9" in line for line in lines)

    def test_claims_come_before_numbers_and_in_their_order(self, ledger):
        def change(other):
            del other["numbers"]["RA-9.g"]
            other["claims"]["RA-10"]["headline"] = "weakened"
            other["claims"]["RA-9"]["headline"] = "weakened"

        keys = [line.split(": ")[0] for line in changed(ledger, change)]
        assert keys == ["RA-9 headline", "RA-10 headline", "RA-9.g, number (an effect)", "RA-9.g, number (rows)"]


class TestOrder:
    IDS = (
        "WM-01",
        "WM-11",
        "SSC-02",
        "BIO-10",
        "JIA-04",
        "RA-9",
        "RA-22",
        "RA-22a",
        "RA-22b",
        "RA-23",
        "RA-100",
        "XX-1",
    )

    @given(st.randoms(use_true_random=False))
    def test_claims_stand_by_document_then_number_then_letter(self, chance: random.Random):
        mixed = chance.sample(self.IDS, len(self.IDS))
        assert tuple(sorted(mixed, key=natural)) == self.IDS

    def test_the_numbers_of_a_claim_stand_with_it(self):
        keys = ["RA-10.a", "RA-9.b", "serum.k", "RA-9.a"]
        assert sorted(keys, key=natural) == ["RA-9.a", "RA-9.b", "RA-10.a", "serum.k"]


class TestRender:
    def test_the_table_has_a_line_for_each_claim_and_the_counts(self, ledger):
        ledger["claims"]["RA-11"] = entry("falls")
        head, *lines, blank, total, headlines, citation, recomputation, evidence = render(ledger, 5).splitlines()
        assert head.split() == ["claim", "headline", "citation", "recomputation", "evidence"]
        assert [line.split() for line in lines] == [
            ["RA-9", "stands", "supported", "reproduced", "agrees"],
            ["RA-10", "falls", "supported", "reproduced", "agrees"],
            ["RA-11", "falls", "supported", "reproduced", "agrees"],
        ]
        assert (blank, total) == ("", "3 of 5 claims decided")
        assert headlines.split(maxsplit=1) == ["headline", "2 falls, 1 stands"]
        assert citation.split(maxsplit=1) == ["citation", "3 supported"]
        assert recomputation.split(maxsplit=1) == ["recomputation", "3 reproduced"]
        assert evidence.split(maxsplit=1) == ["evidence", "3 agrees"]

    def test_the_columns_stand_below_each_other_for_the_longest_words(self, ledger):
        longest = {"citation": "supported_with_omission", "recomputation": "not_recomputable", "evidence": "disagrees"}
        ledger["claims"]["RA-10"] |= {check: finding(word) for check, word in longest.items()} | {
            "headline": "untested"
        }
        head, *lines = render(ledger, 3).splitlines()
        for column, word in [("headline", "untested"), *longest.items()]:
            assert lines[1].index(word) == head.index(column)
            assert lines[1].split().count(word) == 1

    def test_an_empty_ledger_has_no_claim(self):
        text = render({"claims": {}, "numbers": {}}, 2)
        assert "0 of 2 claims decided" in text and text.endswith("evidence       none")
