"""Which questions a reader's rows bear on, and which rows the questions of a claim read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from .own_words import KEYS, Cells
from .rules import Question, questions, questions_of


def links(kind: str, rows: Sequence[Cells], claims: Collection[str]) -> list[Cells]:
    """Link rows of groups, correlations or proportions to the questions that ask for what they measure.

    Without `claims` those of the chapter of a row are taken; with them those that decide the claims. The words of the
    row for its population, which are many for one thing, do not matter then.
    """
    named = [question for claim in claims for question in questions_of(claim)]
    fits: dict[str, Callable[[Question, Cells], bool]] = {
        "groups": lambda question, row: (
            bool(question.pairs) and row["analyte"] == question.pairs["analyte"] and row["role"] in ("case", "control")
        ),
        "correlations": lambda question, row: (
            bool(question.correlations)
            and row["x"] in question.correlations["x"]
            and (row["y"] in question.correlations["y"] or bool(claims))
        ),
        "proportions": lambda question, row: (
            bool(question.proportions) and bool(claims) and _is_the_arm(question.proportions, row, rows)
        ),
    }
    if kind not in fits:
        return []
    links = []
    for row in rows:
        asked = named or [question for question in questions().values() if question.chapter == row["chapter"]]
        keys = dict.fromkeys(question.key for question in asked if fits[kind](question, row))
        links += [{"row_id": row[KEYS[kind]], "question": key} for key in keys]
    return links


def _is_the_arm(rule: Mapping, row: Cells, rows: Iterable[Cells]) -> bool:
    """Tell whether a row is the one arm of its trial, beside a control known by its word, with an outcome asked for."""
    together = ("source_key", "trial", "timepoint", "outcome")
    beside = [one["arm"] for one in rows if all(one[column] == row[column] for column in together)]
    treated = [arm for arm in beside if arm not in rule["controls"]]
    return row["outcome"] in rule["outcome"] and treated == [row["arm"]] and len(beside) == 2


def read_by(claim: str) -> str:
    """Say which rows of an own table the questions of a claim read, in words."""
    found = []
    for question in questions_of(claim):
        if question.comparisons:
            found.append("comparisons")
        if question.correlations:
            found.append(f"correlations of {_either(question.correlations['x'])}")
        if question.pairs:
            found.append(f"groups, cases and controls, of {question.pairs['analyte']}")
        if question.proportions:
            rule = question.proportions
            found.append(
                f"proportions with {_either(rule['outcome'])}, of one arm and at the same time "
                f"one control arm named {_either(rule['controls'])}"
            )
        found += [_values_read(rule) for rule in question.values if rule["table"] in KEYS]
    return "; ".join(dict.fromkeys(found)) or "no table of your own"


def _values_read(rule: Mapping) -> str:
    """Say which rows of one table a rule for printed values reads."""
    return f"{rule['table']} with " + ", ".join(f"{column} {_either(words)}" for column, words in rule["where"].items())


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
