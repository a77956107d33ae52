"""Views of all claims together: how many there are of each headline and finding, and by chapter."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from .cards import CHECK_WORDS, words
from .decisions import Decision
from .model import FINDINGS, Number
from .rules import HEADLINES, load
from .synthesis import percent
from .views import Table


def headline_of(decision: Decision) -> str:
    """Give the headline word of a decision."""
    return decision.as_json()["headline"]


def tally(decisions: Sequence[Decision]) -> dict[str, Number]:
    """Count the claims by headline, by finding of each check, and by document and headline."""
    headlines = Counter(map(headline_of, decisions))
    numbers = {"claims": Number(len(decisions), 0, "claims")}
    numbers |= {word: Number(headlines[word], 0, f"claims whose headline is {word}") for word in HEADLINES}
    for check, found in _by_check(decisions).items():
        for word in FINDINGS[check]:
            numbers[f"{check}.{word}"] = Number(found[word], 0, f"claims, {check}: {words(word)}")
    for source, name in load("words.yaml")["documents"].items():
        own = [one for one in decisions if one.claim.seed == source]
        letters = own[0].claim.claim_id.partition("-")[0]
        numbers[f"{letters}.claims"] = Number(len(own), 0, f"claims of the {name}")
        for word in HEADLINES:
            n = sum(headline_of(one) == word for one in own)
            numbers[f"{letters}.{word}"] = Number(n, 0, f"claims of the {name} whose headline is {word}")
    bare = sum(finding.reason == "qualitative" for decision in decisions for finding in decision.findings)
    numbers["qualitative"] = Number(bare, 0, "claims that cannot be recomputed because they hold no number")
    untested = percent(headlines["untested"] / len(decisions), "share of claims that are untested", ())
    return numbers | {"untested_share": untested}


def _by_check(decisions: Iterable[Decision]) -> dict[str, Counter]:
    found = {check: Counter() for check in FINDINGS}
    for decision in decisions:
        for finding in decision.findings:
            found[finding.check][finding.finding] += 1
    return found


def findings_table(decisions: Sequence[Decision]) -> Table:
    """One line for each finding of each check, with the number of claims and their share."""
    lines = [
        {
            "check": CHECK_WORDS[check],
            "finding": words(word),
            "claims": found[word],
            "share": f"{found[word] / len(decisions):.0%}",
        }
        for check, found in _by_check(decisions).items()
        for word in FINDINGS[check]
    ]
    return Table(pd.DataFrame(lines))


def chapter_lines(decisions: Iterable[Decision]) -> list[dict]:
    """Give the lines of the overview: each chapter by its name, with the headlines of its claims."""
    names = load("words.yaml")["chapters"]
    chapters: dict[str, list[str]] = {}
    for decision in decisions:
        chapters.setdefault(decision.claim.chapter, []).append(headline_of(decision))
    return [{"label": names[chapter], "headlines": tuple(found)} for chapter, found in chapters.items()]
