"""The difference of two ledgers as a reader gets it: text for the terminal, Markdown, and JSON.

All begin with one line that says it all. Values are text, never markup, and stay on their line.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from textwrap import wrap

from ..plurals import counted
from .at_most import in_words
from .delta import ClaimDelta, Delta, NumberDelta

#: The widest line of the terminal text, in characters, and the narrowest.
WIDEST, NARROWEST = 100, 40
#: How many flipped claims the first line names.
NAMED = 5


def summary(delta: Delta) -> str:
    """Say in one line how many claims moved and which headlines flipped."""
    flipped, moved = delta.flipped, len(delta.flipped) + len(delta.moved)
    parts = [f"{moved or 'None'} of {counted(len(delta.claims), 'claim')} moved"]
    if flipped:
        named = ", ".join(f"{claim.claim_id} {claim.before} -> {claim.after}" for claim in flipped[:NAMED])
        more = f" and {len(flipped) - NAMED} more" if len(flipped) > NAMED else ""
        parts.append(f"{len(flipped)} flipped: {named}{more}")
    elif moved:
        parts.append("no headline flipped")
    if delta.restated:
        parts.append(f"{len(delta.restated)} on other rows or words")
    parts += [f"{len(found)} {word}" for word, found in (("new", delta.new), ("gone", delta.gone)) if found]
    if delta.numbers:
        number = len(delta.numbers)
        parts.append(f"{number} of the numbers outside claims {'differs' if number == 1 else 'differ'}")
    return _line("; ".join(parts) if not delta.same or delta.restated else f"{parts[0]}; nothing differs")


def delta_text(delta: Delta, width: int = WIDEST) -> str:
    """Write the difference as plain text, no line wider than `width` (from 40 to 100 characters).

    Numbers on robustness, and those outside claims that stand in one ledger only, are counted and not listed;
    `delta_json` and `delta_markdown` have them all.
    """
    width = min(max(width, NARROWEST), WIDEST)
    lines = [(0, summary(delta))]
    if delta.own_rows:
        lines.append((0, _own(delta)))
    for title, claims in _groups(delta):
        lines += [(0, ""), (0, f"{title}: {len(claims)}")]
        for claim in claims:
            lines += [(0, ""), *_claim_text(claim)]
    if delta.numbers:
        lines += [(0, ""), (0, f"Numbers outside claims: {len(delta.numbers)}")]
        lines += [(1, _number(number)) for number in delta.numbers if number.before and number.after]
        added = sum(not number.before for number in delta.numbers)
        dropped = sum(not number.after for number in delta.numbers)
        lines += [(1, f"only {word}: {found}") for word, found in (("after", added), ("before", dropped)) if found]
    for title, found in _lone(delta):
        lines += [(0, ""), (0, f"{title}: {len(found)}"), *((1, f"{key}: {word}") for key, word in found)]
    lines += [(0, ""), (0, f"Untouched: {counted(len(delta.untouched), 'claim')}")]
    return "\n".join(_wrapped(level, text, width) for level, text in lines) + "\n"


def _groups(delta: Delta) -> list[tuple[str, tuple[ClaimDelta, ...]]]:
    """Give the claims that differ by what happened to them, the gravest first."""
    groups = (
        ("Flipped", delta.flipped),
        ("Moved without a flip", delta.moved),
        ("Same answers, other rows or words", delta.restated),
    )
    return [(title, claims) for title, claims in groups if claims]


def _lone(delta: Delta) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    groups = (("Only after", delta.new), ("Only before", delta.gone))
    return [(title, found) for title, found in groups if found]


def _own(delta: Delta) -> str:
    reached = sum(bool(claim.own_rows) for claim in delta.claims)
    return f"Rows of yours: {len(delta.own_rows)}; claims entered: {reached} of {len(delta.claims)}."


def _head(claim: ClaimDelta) -> str:
    arrow = f"{claim.before} -> {claim.after}" if claim.flipped else claim.after
    return f"{claim.claim_id}: {arrow}"


def _findings(claim: ClaimDelta) -> Iterable[str]:
    """Say which findings differ; where none does and no number either, which words do."""
    for part in claim.findings:
        if part.moved:
            yield f"{part.check}: {part.before} -> {part.after}"
        elif part.why_before != part.why_after and not claim.moved:
            yield f"{part.check}, in words: {part.why_before} -> {part.why_after}"


def _unmoved(claim: ClaimDelta) -> Iterable[str]:
    """Say what differs beside findings and numbers, and what does not."""
    still = sum(not number.moved for number in claim.numbers)
    if still:
        yield f"numbers of the same value on other rows: {still}"
    if claim.same:
        yield "rests on rows of yours as before"
    elif not (claim.moved or still or claim.why or any(part.why_before != part.why_after for part in claim.findings)):
        yield "other words in its description or in what is said of its robustness"


def _claim_text(claim: ClaimDelta) -> Iterable[tuple[int, str]]:
    yield 0, _head(claim)
    yield 1, claim.statement
    yield from ((1, text) for text in (*_findings(claim), *_unmoved(claim)))
    moved = _moved(claim.numbers)
    yield from ((1, _number(number)) for number in _main(moved))
    robust = sum("robust_" in number.key for number in moved)
    if robust:
        yield 1, f"numbers on robustness that moved: {robust}"
    if claim.why:
        yield 1, "why:"
        yield from ((2, text) for text in claim.why)
    if claim.at_most:
        yield 1, "a study as large as yours, whatever it found:"
        yield from ((2, text) for text in in_words(claim.at_most))


def _moved(numbers: Iterable[NumberDelta]) -> list[NumberDelta]:
    return [number for number in numbers if number.moved]


def _main(numbers: Iterable[NumberDelta]) -> list[NumberDelta]:
    """Leave out numbers on robustness, and limits that stand with their estimate."""
    numbers = list(numbers)
    limits = {key for number in numbers for key in number.limits}
    return [number for number in numbers if "robust_" not in number.key and number.key not in limits]


def _number(number: NumberDelta) -> str:
    words = "{}", "{} of its value", "{} of the way to its limit"
    moves = [word.format(text) for word, text in zip(words, _moves(number), strict=True) if text]
    told = f": moved by {', '.join(moves)}" if moves else ""
    if not number.moved:
        told = ": the same, with another label or on other rows"
    return f"{number.label} [{number.key}], {' -> '.join(_ends(number))}{told}"


def _ends(number: NumberDelta) -> tuple[str, ...]:
    sides = (number.before, number.interval_before), (number.after, number.interval_after)
    return tuple(f"{text or '-'} ({interval})" if interval else text or "-" for text, interval in sides)


def _moves(number: NumberDelta) -> tuple[str, str, str]:
    """Write the absolute move, the relative one, and that in terms of the interval; empty where there is none."""
    absolute = "" if number.absolute is None else _signed(f"{number.absolute:+g}")
    relative = "" if number.relative is None else _signed(f"{100 * number.relative:+.3g} %")
    of_interval = "" if number.of_interval is None else f"{number.of_interval:.2g}"
    return absolute, relative, of_interval


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _line(text: str) -> str:
    """Keep a text on one line and without characters that steer a terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _wrapped(level: int, text: str, width: int) -> str:
    indent = "  " * level
    # A percent sign stays with its number: the space between them is none for the time of wrapping.
    held = _line(text).replace(" %", "\0%")
    lines = wrap(held, width, initial_indent=indent, subsequent_indent=f"{indent}    ")
    return "\n".join(lines).replace("\0", " ")


def delta_markdown(delta: Delta) -> str:
    """Write the difference as Markdown, with every number by its label and the list of untouched claims."""
    blocks = ["# What changed", f"**{_safe(summary(delta))}**"]
    if delta.own_rows:
        blocks.append(_safe(_own(delta)))
    for title, claims in _groups(delta):
        blocks.append(f"## {title} ({len(claims)})")
        for claim in claims:
            blocks += _claim_markdown(claim)
    if delta.numbers:
        blocks += [f"## Numbers outside claims ({len(delta.numbers)})", _table(delta.numbers)]
    for title, found in _lone(delta):
        blocks += [f"## {title} ({len(found)})", _bullets(f"{key}: {word}" for key, word in found)]
    untouched = ", ".join(_safe(claim.claim_id) for claim in delta.untouched)
    blocks += [f"## Untouched ({len(delta.untouched)})", untouched or "None."]
    return "\n\n".join(blocks) + "\n"


def _claim_markdown(claim: ClaimDelta) -> Iterable[str]:
    yield f"### {_safe(_head(claim))}"
    yield f"Claim: {_safe(claim.statement)}"
    told = [*_findings(claim), *claim.why, *_unmoved(claim)]
    if told:
        yield _bullets(told)
    moved = _moved(claim.numbers)
    if moved:
        yield _table(moved)
    if claim.at_most:
        yield "A study as large as yours, whatever it found:"
        yield _bullets(in_words(claim.at_most))


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {_safe(text)}" for text in texts)


def _table(numbers: Iterable[NumberDelta]) -> str:
    """Write numbers as a table: those with an interval first, what goes with other numbers last, large moves first."""
    head = "| number | before | after | move | of its value | of the way to its limit |\n" + "|---" * 6 + "|"
    numbers = list(numbers)
    main = _main(numbers)
    ordered = sorted(
        numbers, key=lambda number: (number not in main, number.of_interval is None, -abs(number.relative or 0))
    )
    lines = ((number.label, *_ends(number), *(_moves(number) if number.moved else ("", "", ""))) for number in ordered)
    return "\n".join([head, *(f"| {' | '.join(map(_safe, cells))} |" for cells in lines)])


def _safe(text: str) -> str:
    """Write a text so that Markdown shows it as it is, arrows drawn: no markup, role, link or mention comes of it."""
    text = escape(re.sub(r"([\\`*_{}\[\]|~$^#!])", r"\\\1", _line(text)), quote=False)
    return text.replace("-&gt;", "→").replace("://", "&#58;//").replace("@", "&#64;").replace("www.", "www&#46;")


def delta_json(delta: Delta) -> str:
    """Write the difference as JSON: sorted keys, ASCII only, one line end at the end. Numbers keep four digits."""
    found = {
        "summary": summary(delta),
        "same": delta.same,
        "claims_compared": len(delta.claims),
        "own_rows": delta.own_rows,
        "flipped": [claim.claim_id for claim in delta.flipped],
        "moved": [claim.claim_id for claim in delta.moved],
        "restated": [claim.claim_id for claim in delta.restated],
        "untouched": [claim.claim_id for claim in delta.untouched],
        "new": dict(delta.new),
        "gone": dict(delta.gone),
        "numbers": [asdict(number) for number in delta.numbers],
        "claims": {claim.claim_id: asdict(claim) for _, claims in _groups(delta) for claim in claims},
    }
    return json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"
