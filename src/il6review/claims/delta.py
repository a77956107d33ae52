"""What changed from one ledger to another, claim by claim, by how much and why.

`ledger.diff` lists the lines that differ; here they are put together to answers: which headline flipped, which
numbers moved and how far, which rows entered, which rule now decides.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite

from ..plurals import counted
from .at_most import AtMost
from .cards import words
from .ledger import CHECKS, natural
from .model import LedgerError
from .rules import load
from .synthesis import MEASURES

#: How the limits of an interval are named beside its estimate: by the end of the estimate's key.
INTERVALS = {"estimate": ("ci_low", "ci_high"), "share": ("share_low", "share_high")}
#: The numbers that say of one question how its studies vote, or how many are pooled: by the end of their key.
VOTES = ("for", "null", "against", "studies")
POOLED = ("pooled_", "r_")


@dataclass(frozen=True)
class NumberDelta:
    """One number that differs: in its value, or only in the rows it rests on.

    `before` and `after` are texts with their unit, empty where the number stands in one ledger only; then the moves
    are None. `absolute` is after - before, `relative` that over |before| (None where this is 0). `of_interval` is the
    move over the way from the estimate before to the limit of its interval on that side, as they are shown: above 1
    the new estimate lies outside; None where no interval stands beside the number. `limits` are the keys of these
    limits, `interval_before` and `interval_after` their texts.
    """

    key: str
    label: str
    before: str
    after: str
    absolute: float | None
    relative: float | None
    of_interval: float | None
    limits: tuple[str, ...]
    interval_before: str
    interval_after: str
    rows_in: tuple[str, ...]
    rows_out: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether the number itself differs, not only its label or its rows."""
        return self.before != self.after or bool(self.absolute)


@dataclass(frozen=True)
class FindingDelta:
    """One of the three findings before and after, as words with the reason, and the rows that came and went."""

    check: str
    before: str
    after: str
    why_before: str
    why_after: str
    rows_in: tuple[str, ...]
    rows_out: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether the word or its reason differs."""
        return self.before != self.after


@dataclass(frozen=True)
class ClaimDelta:
    """One claim that stands in both ledgers.

    `numbers` are those that differ; `why` says in sentences what brought it about; `own_rows` are the reader's rows
    that the claim rests on after. `same` says that nothing at all differs.
    """

    claim_id: str
    chapter: str
    statement: str
    before: str
    after: str
    findings: tuple[FindingDelta, ...]
    numbers: tuple[NumberDelta, ...]
    why: tuple[str, ...]
    own_rows: tuple[str, ...]
    at_most: AtMost | None
    same: bool

    @property
    def flipped(self) -> bool:
        """Whether the headline differs."""
        return self.before != self.after

    @property
    def moved(self) -> bool:
        """Whether the headline, a finding or a number differs."""
        return self.flipped or any(part.moved for part in (*self.findings, *self.numbers))


@dataclass(frozen=True)
class Delta:
    """The difference of two ledgers. Claims stand in the order of the evidence base.

    `claims` stand in both ledgers; `new` and `gone` in one only, as pairs of id and headline. `numbers` belong to a
    chapter, not to a claim. `own_rows` are the rows whose effect is asked for, none where two releases are compared.
    """

    claims: tuple[ClaimDelta, ...]
    new: tuple[tuple[str, str], ...]
    gone: tuple[tuple[str, str], ...]
    numbers: tuple[NumberDelta, ...]
    own_rows: tuple[str, ...]

    @property
    def flipped(self) -> tuple[ClaimDelta, ...]:
        """The claims whose headline differs."""
        return tuple(claim for claim in self.claims if claim.flipped)

    @property
    def moved(self) -> tuple[ClaimDelta, ...]:
        """The claims with the same headline of which a finding or a number differs."""
        return tuple(claim for claim in self.claims if claim.moved and not claim.flipped)

    @property
    def restated(self) -> tuple[ClaimDelta, ...]:
        """The claims with the same answers and numbers that rest on other rows or are put in other words."""
        return tuple(claim for claim in self.claims if not claim.moved and (claim.own_rows or not claim.same))

    @property
    def untouched(self) -> tuple[ClaimDelta, ...]:
        """The claims that are as they were and rest on none of the reader's rows."""
        return tuple(claim for claim in self.claims if claim.same and not claim.own_rows)

    @property
    def same(self) -> bool:
        """Whether the two ledgers say the same."""
        return all(claim.same for claim in self.claims) and not (self.new or self.gone or self.numbers)


def compare(
    before: Mapping,
    after: Mapping,
    *,
    own_rows: Collection[str] = frozenset(),
    at_most: Mapping[str, AtMost] | None = None,
) -> Delta:
    """Compare two ledgers.

    own_rows: ids of the reader's rows, as they stand in the rows of the ledger after.
    at_most: for claims that these rows reach, what a study of their size could have changed (`at_most.at_most_all`).
    Raises LedgerError where a ledger lacks what is compared, or holds a value that is not a finite number.
    """
    for ledger in (before, after):
        _need_sound(ledger)
    own, bounds = frozenset(own_rows), at_most or {}
    old, new = before["claims"], after["claims"]
    of_owner: dict[str, list[NumberDelta]] = {}
    for number in _numbers(before["numbers"], after["numbers"]):
        of_owner.setdefault(owner(number.key), []).append(number)
    return Delta(
        claims=tuple(
            _claim(claim_id, before, after, of_owner.get(claim_id, ()), own, bounds.get(claim_id))
            for claim_id in sorted(old.keys() & new.keys(), key=natural)
        ),
        new=_headlines(new, old),
        gone=_headlines(old, new),
        numbers=tuple(
            number for name, found in of_owner.items() if name not in old and name not in new for number in found
        ),
        own_rows=tuple(sorted(own)),
    )


def overlay(whole: Mapping, part: Mapping) -> dict:
    """Give the whole ledger with the claims and chapters that a run of some notebooks decided put in their place.

    All numbers of such a claim or chapter are those of the run: one that it no longer has is gone.
    """
    owners = {owner(key) for key in (*part["claims"], *part["numbers"])}
    return {
        name: {key: entry for key, entry in whole[name].items() if owner(key) not in owners} | part[name]
        for name in ("claims", "numbers")
    }


def owner(key: str) -> str:
    """Give the claim or the chapter that a number belongs to: what stands before the first point."""
    return key.partition(".")[0]


def _headlines(those: Mapping, others: Mapping) -> tuple[tuple[str, str], ...]:
    return tuple((key, those[key]["headline"]) for key in sorted(those.keys() - others.keys(), key=natural))


_TEXTS = {"headline", "because", "chapter", "statement"}


def _need_sound(ledger: Mapping) -> None:
    """Raise LedgerError unless all that is compared is there and every value is a finite number."""
    for key, entry in _entries(ledger, "claims"):
        good = _holds_texts(entry, _TEXTS) and all(
            isinstance(entry.get(check), Mapping)
            and _holds_texts(entry[check], {"finding", "reason", "why"})
            and _is_rows(entry[check].get("rows"))
            for check in CHECKS
        )
        if not good:
            raise LedgerError(f"{key}: this is no claim of a ledger. {_MEND}")
    for key, entry in _entries(ledger, "numbers"):
        texts = _holds_texts(entry, {"text", "label", "unit"})
        if not (texts and _is_rows(entry.get("rows")) and isinstance(entry.get("digits"), int)):
            raise LedgerError(f"{key}: this is no number of a ledger. {_MEND}")
        value = entry.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise LedgerError(f"{key}: value is {value!r}, expected a finite number. {_MEND}")


_MEND = "Mend: il6review run writes the ledger anew."


def _entries(ledger: Mapping, part: str) -> Iterable[tuple[str, Mapping]]:
    entries = ledger[part]
    if not isinstance(entries, Mapping) or not all(isinstance(entry, Mapping) for entry in entries.values()):
        raise LedgerError(f"{part}: expected a name for each entry. {_MEND}")
    return entries.items()


def _holds_texts(entry: Mapping, names: Iterable[str]) -> bool:
    return all(isinstance(entry.get(name), str) for name in names)


def _is_rows(rows: object) -> bool:
    return isinstance(rows, list) and all(isinstance(row, str) for row in rows)


def _numbers(before: Mapping, after: Mapping) -> list[NumberDelta]:
    """Give the numbers that differ: by claim or chapter, in the order in which they were named."""
    keys = dict.fromkeys([*before, *after])
    return [
        _number(key, before, after)
        for key in sorted(keys, key=lambda key: natural(owner(key)))
        if before.get(key) != after.get(key)
    ]


def _number(key: str, before: Mapping, after: Mapping) -> NumberDelta:
    old, new = before.get(key), after.get(key)
    limits = _limits(key, before) or _limits(key, after)
    rows_in, rows_out = _rows(old or {"rows": []}, new or {"rows": []})
    delta = NumberDelta(
        key=key,
        label=(new or old)["label"],
        before=_text(old),
        after=_text(new),
        absolute=None,
        relative=None,
        of_interval=None,
        limits=limits,
        interval_before=_interval(limits, before),
        interval_after=_interval(limits, after),
        rows_in=rows_in,
        rows_out=rows_out,
    )
    if not (old and new):
        return delta
    absolute = round(new["value"] - old["value"], max(old["digits"], new["digits"])) + 0.0
    return replace(
        delta,
        absolute=absolute,
        relative=_short_float(absolute / abs(old["value"])) if old["value"] else None,
        of_interval=_of_interval(old["value"], _limits(key, before), before, absolute),
    )


def _limits(key: str, numbers: Mapping) -> tuple[str, ...]:
    """Give the keys of the limits of the interval that stands beside a number; none where there is no interval."""
    for end, names in INTERVALS.items():
        keys = tuple(f"{key.removesuffix(end)}{name}" for name in names)
        if key.endswith(end) and all(limit in numbers for limit in keys):
            return keys
    return ()


def _interval(limits: tuple[str, ...], numbers: Mapping) -> str:
    return " to ".join(numbers[key]["text"] for key in limits if key in numbers)


def _text(number: Mapping | None) -> str:
    return " ".join(filter(None, (number["text"], number["unit"]))) if number else ""


def _of_interval(estimate: float, limits: tuple[str, ...], before: Mapping, move: float) -> float | None:
    """Give a move over the way from the estimate to the limit on that side; None without limits, or where it is 0."""
    if not limits:
        return None
    low, high = (before[key]["value"] for key in limits)
    way = high - estimate if move > 0 else estimate - low
    return _short_float(abs(move) / way) if way > 0 else None


def _short_float(value: float) -> float:
    """Keep four digits: numbers that were rounded before hold no more."""
    return float(f"{value:.4g}")


def _rows(old: Mapping, new: Mapping) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the rows that came and those that went."""
    before, after = set(old["rows"]), set(new["rows"])
    return tuple(sorted(after - before)), tuple(sorted(before - after))


def _claim(
    claim_id: str,
    before: Mapping,
    after: Mapping,
    numbers: Iterable[NumberDelta],
    own: frozenset[str],
    at_most: AtMost | None,
) -> ClaimDelta:
    old, new = before["claims"][claim_id], after["claims"][claim_id]
    findings = tuple(_finding(check, old[check], new[check]) for check in CHECKS)
    numbers = tuple(numbers)
    rests_on = {row for check in CHECKS for row in new[check]["rows"]}
    rests_on |= {row for key, entry in after["numbers"].items() if owner(key) == claim_id for row in entry["rows"]}
    delta = ClaimDelta(
        claim_id=claim_id,
        chapter=new["chapter"],
        statement=new["statement"],
        before=old["headline"],
        after=new["headline"],
        findings=findings,
        numbers=numbers,
        why=(),
        own_rows=tuple(sorted(rests_on & own)),
        at_most=at_most,
        same=old == new and not numbers,
    )
    if delta.same:
        return delta
    return replace(delta, why=tuple(_why(delta, before, after, own)))


def _finding(check: str, old: Mapping, new: Mapping) -> FindingDelta:
    return FindingDelta(check, _word(old), _word(new), old["why"], new["why"], *_rows(old, new))


def _word(finding: Mapping) -> str:
    reason = f" ({words(finding['reason'])})" if finding["reason"] else ""
    return words(finding["finding"]) + reason


def _why(delta: ClaimDelta, before: Mapping, after: Mapping, own: frozenset[str]) -> Iterable[str]:
    """Say what brought a change about, from the rows, the votes, the studies pooled and the rules."""
    for part in delta.findings:
        entered = [row for row in part.rows_in if row in own]
        others = [row for row in part.rows_in if row not in own]
        for rows, verb in ((entered, "of yours entered"), (others, "entered"), (part.rows_out, "left")):
            if rows:
                yield f"{part.check}: {counted(len(rows), 'row')} {verb}: {_listed(rows)}"
    if own and not delta.own_rows:
        yield "no row of yours stands behind this claim"
    stems = dict.fromkeys(
        key.removesuffix("studies").removesuffix("pooled_k").removesuffix("r_k")
        for ledger in (before, after)
        for key in ledger["numbers"]
        if owner(key) == delta.claim_id and key.endswith((".studies", "_studies", "pooled_k", "r_k"))
    )
    for stem in stems:
        yield from _question(stem, before["numbers"], after["numbers"])
    old, new = (ledger["claims"][delta.claim_id]["because"] for ledger in (before, after))
    if old != new:
        yield f"headline, the rule now: {new}; before: {old}"


def _question(stem: str, before: Mapping, after: Mapping) -> Iterable[str]:
    """Say of one question of a claim what changed in its votes and pooled values; `stem` is where its keys begin."""
    votes = [[_value(numbers, f"{stem}{name}") for name in VOTES] for numbers in (before, after)]
    if votes[0] != votes[1]:
        told = " -> ".join("{} for, {} neither, {} against".format(*counts) for counts in votes)
        yield f"{_short(stem, 'studies', before, after)}votes: {told}"
        (*_, old), (*_, new) = votes
        least = load("rules.yaml")["minimum_studies"]
        if (old >= least) != (new >= least):
            word = "reached" if new >= least else "no longer reached"
            yield f"{_short(stem, 'studies', before, after)}the {least} studies that the rules ask for are {word}"
    yield from _side(stem, "share", 50.0, "one half", before, after)
    for line in POOLED:
        old, new = (_value(numbers, f"{stem}{line}k") for numbers in (before, after))
        if old != new:
            yield f"{_short(stem, f'{line}k', before, after)}studies pooled: {old} -> {new}"
        name = f"{line}estimate"
        label = (after.get(f"{stem}{name}") or before.get(f"{stem}{name}") or {"label": ""})["label"]
        null = 1.0 if MEASURES["ROM"] in label else 0.0
        yield from _side(stem, name, null, "no effect", before, after)


def _value(numbers: Mapping, key: str) -> int:
    """Give a count, 0 where the ledger has none: nothing was counted then."""
    return numbers[key]["value"] if key in numbers else 0


def _short(stem: str, name: str, before: Mapping, after: Mapping) -> str:
    """Name a question as the labels of its numbers do: what stands before their last colon."""
    label = (after.get(stem + name) or before.get(stem + name))["label"]
    return "".join(label.rpartition(": ")[:2])


def _side(stem: str, name: str, null: float, what: str, before: Mapping, after: Mapping) -> Iterable[str]:
    """Say where an interval now lies on another side of the value at which it says nothing."""
    places = []
    for numbers in (before, after):
        limits = _limits(f"{stem}{name}", numbers)
        if not limits:
            return
        low, high = (numbers[key]["value"] for key in limits)
        places.append("above" if low > null else "below" if high < null else "around")
    if places[0] != places[1]:
        line = "votes" if name == "share" else "pooled value"
        short = _short(stem, name, before, after)
        yield f"{short}the interval of the {line} lay {places[0]} {what}, now {places[1]} it"


def _listed(rows: Collection[str]) -> str:
    """Name the rows, the first ones where there are many."""
    shown = list(rows)[:8]
    return ", ".join(shown) + (f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else "")
