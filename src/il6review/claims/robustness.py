"""How far the answer to a question depends on choices that could as well have been made otherwise.

Each line of evidence is computed again under every combination of its own choices:

- pooled: the measure (on different scales, so only directions are joined), the reading of a bare "+/-", studies left
  out, the estimator of tau2 and the interval;
- correlation: studies left out, the estimator and the interval;
- votes: one study left out, null studies counted or left out, and directions as reported or by the sign of r.

A published estimate leaves no choice. The lines are joined as `synthesis.verdict` joins them, in every combination of
their universes: it agrees where a line agrees and none disagrees. Beside that share stands, for each line, the
smallest next study that would overturn it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, prod, tanh

from ..stats import correlations, directions, pooling, sensitivity
from ..stats.sensitivity import Analysis, Multiverse, StudyReading, TippingPoint
from .model import Number, significant
from .review import Review, Row
from .rules import Question
from .synthesis import MEASURES, Answer, answer, enough, lean, percent

#: How many studies are left out at once, and whether every "+/-" is read alike: the first that keeps to the limit.
PLANS = ((2, False), (1, False), (1, True), (0, True))
#: The measures that are tried beside that of the review.
OTHER_MEASURES = ("ROM", "SMD")


@dataclass(frozen=True)
class Line:
    """One line of evidence (votes, pooled or correlation) under all its choices.

    `multiverses` holds one for each measure, first that of the review ("share" for votes). `tipping` is the next
    study that overturns a pooled value; `opposing` is, for votes, how many further studies on the other side would
    bring one half into the interval, 0 where it is there already.
    """

    name: str
    measure: str
    multiverses: Mapping[str, Multiverse]
    rows: tuple[str, ...]
    tipping: TippingPoint | None = None
    opposing: int | None = None

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many universes agree, disagree and are inconclusive, over all measures."""
        found = self.multiverses.values()
        return (
            sum(one.agree for one in found),
            sum(one.disagree for one in found),
            sum(one.inconclusive for one in found),
        )

    @property
    def universes(self) -> int:
        """The number of universes with a result, over all measures."""
        return sum(self.counts)

    @property
    def share(self) -> float:
        """The share of the universes that agree with the claim, from 0 to 1."""
        return self.counts[0] / self.universes


@dataclass(frozen=True)
class Robustness:
    """The lines of evidence of one question under all their choices.

    `published` holds the side of each published estimate. There is no line where nothing can be chosen, or where too
    little is known for an answer.
    """

    question: Question
    lines: tuple[Line, ...]
    published: tuple[int, ...]

    @property
    def universes(self) -> int:
        """The number of combinations: one universe of each line."""
        return prod(line.universes for line in self.lines) if self.lines else 0

    @property
    def share(self) -> float | None:
        """The share of the combinations that agree with the claim, from 0 to 1; None where there is none."""
        return self._combinations(0) / self.universes if self.lines else None

    @property
    def share_against(self) -> float | None:
        """The share of the combinations that disagree; what is left is mixed."""
        return self._combinations(1) / self.universes if self.lines else None

    def _combinations(self, wanted: int) -> int:
        """Count the combinations in which a line is of the wanted side and none of the other."""
        fixed = [(int(side == 1), int(side == -1), int(side == 0)) for side in self.published]
        counts = [*(line.counts for line in self.lines), *fixed]
        return prod(count[wanted] + count[2] for count in counts) - prod(count[2] for count in counts)


def robustness(review: Review, question: Question, without: Iterable[str] = ()) -> Robustness:
    """Vary the choices behind the answer to a question; `without` as for `synthesis.answer`."""
    left_out = tuple(without)
    found = answer(review, question, left_out)
    if not enough(found):
        return Robustness(question, (), ())
    lines = (
        _pooled_line(review, found, left_out) if found.ratio else None,
        _correlation_line(review, found) if found.correlation else None,
        _vote_line(review, found, left_out) if found.count else None,
    )
    sides = {"agrees": 1, "disagrees": -1, "inconclusive": 0}
    leaning = lean(found)
    return Robustness(
        question=question,
        lines=tuple(line for line in lines if line),
        published=tuple(sides[leaning[row["row_id"]]] for row in found.published),
    )


def _pooled_line(review: Review, found: Answer, without: tuple[str, ...]) -> Line:
    multiverses = {}
    for measure in dict.fromkeys((review.measure, *OTHER_MEASURES)):
        effects = _readings(replace(review, measure=measure), found.question, without)
        if len(effects) > 1:
            multiverses[measure] = sensitivity.multiverse(_plan(effects), confidence=review.confidence)
    used = [pair.effect for pair in found.pairs if pair.effect]
    variances = [effect.variance for effect in used]
    if review.measure == "SMD":
        next_variance = sensitivity.smd_variance
    else:
        sizes = ([effect.n1 for effect in used], [effect.n2 for effect in used])
        next_variance = sensitivity.like_these(variances, *sizes)
    return Line(
        name="pooled",
        measure=review.measure,
        multiverses=multiverses,
        rows=tuple(row for pair in found.pairs if pair.effect for row in pair.rows),
        tipping=_tipping(found.ratio, [effect.estimate for effect in used], variances, next_variance),
    )


def _readings(review: Review, question: Question, without: tuple[str, ...]) -> list[list[StudyReading]]:
    """Give for each pair its effect, or both where a bare "+/-" makes SD and SEM differ."""
    pairs: dict[tuple[str, ...], dict[tuple[float, float], StudyReading]] = {}
    for plus_minus in ("sd", "sem"):
        for pair in answer(replace(review, plus_minus=plus_minus), question, without).pairs:
            if pair.effect:
                value = pair.effect.estimate, pair.effect.variance
                reading = StudyReading(pair.source, *value, plus_minus.upper())
                pairs.setdefault(pair.rows, {}).setdefault(value, reading)
    return [
        [reading if len(read) > 1 else replace(reading, label="") for reading in read.values()]
        for read in pairs.values()
    ]


def _plan(effects: list[list[StudyReading]]) -> sensitivity.Universes:
    """Span the universes by the first of the plans that keeps to the limit; all unspecified spreads can go too."""
    names = [readings[0].study for readings in effects]
    unspecified = {readings[0].study for readings in effects if len(readings) > 1}
    spans = (
        sensitivity.universes(effects, (*sensitivity.leave_out(names, depth), unspecified), together=together)
        for depth, together in PLANS
    )
    return next(span for span in spans if span.count <= sensitivity.LIMIT)


def _correlation_line(review: Review, found: Answer) -> Line:
    zs = [correlations.fisher_z(item.r, item.n) for item in found.correlations]
    estimates, variances = [z.estimate for z in zs], [z.variance for z in zs]
    effects = [
        [StudyReading(item.source, z.estimate, z.variance)] for item, z in zip(found.correlations, zs, strict=True)
    ]
    return Line(
        name="correlation",
        measure="r",
        multiverses={"r": sensitivity.multiverse(_plan(effects), confidence=review.confidence)},
        rows=tuple(item.row for item in found.correlations),
        tipping=_tipping(found.correlation.z, estimates, variances, sensitivity.fisher_z_variance),
    )


def _tipping(
    pooled: pooling.Pooled,
    estimates: Sequence[float],
    variances: Sequence[float],
    next_variance: Callable[[int, float], float],
) -> TippingPoint:
    """Find the next study that overturns what the review pools, whichever way that points."""
    direction = 1 if pooled.estimate >= 0 else -1
    choices = pooled.method, pooled.interval, pooled.confidence
    return sensitivity.tipping_point(estimates, variances, next_variance, direction, *choices)


def _vote_line(review: Review, found: Answer, without: tuple[str, ...]) -> Line:
    for_, k = found.count.for_, found.count.k
    return Line(
        name="votes",
        measure="share",
        multiverses={"share": sensitivity.tally(_vote_analyses(review, found, without))},
        rows=tuple(row for vote in found.votes for row in vote.rows),
        opposing=sensitivity.opposing_studies(max(for_, k - for_), k, review.confidence),
    )


def _vote_analyses(review: Review, found: Answer, without: tuple[str, ...]) -> Iterator[Analysis]:
    """Count the votes again under each choice that makes a difference; a counted null study does not agree."""
    codings = {"as reported": found.votes, "sign of r": answer(_by_sign(review), found.question, without).votes}
    if codings["sign of r"] == codings["as reported"]:
        del codings["sign of r"]
    for coding, votes in codings.items():
        pointing = tuple(vote for vote in votes if vote.direction)
        nulls = {"counted": votes} if len(pointing) == len(votes) else {"counted": votes, "left out": pointing}
        for null, counted in nulls.items():
            for away in (None, *counted):
                kept = [vote.direction for vote in counted if vote is not away]
                if kept:
                    count = directions.vote_count(kept, review.confidence)
                    yield Analysis(
                        sensitivity.side(count.ci_low, count.ci_high, 0.5),
                        count.share,
                        (("direction", coding), ("null studies", null), ("left out", away.source if away else "none")),
                    )


def _by_sign(review: Review) -> Review:
    """Give the review with the direction of each printed r taken from its sign, also where it was reported as none."""
    words = {1: "positive", 0: "none", -1: "negative"}

    def recoded(row: Row) -> Row:
        return row if row["r"] is None else {**row, "direction": words[(row["r"] > 0) - (row["r"] < 0)]}

    return replace(review, recoded={"correlations": recoded})


def robustness_numbers(found: Robustness, prefix: str = "") -> dict[str, Number]:
    """Name the numbers for cards and prose: of all lines together, and of each line by its name."""
    if not found.lines:
        return {}
    rows = tuple(row for line in found.lines for row in line.rows)
    numbers = {
        "universes": Number(found.universes, 0, "combinations of other choices", rows=rows),
        "share": percent(found.share, "share of combinations that agree", rows),
        "share_against": percent(found.share_against, "share of combinations that disagree", rows),
    }
    for line in found.lines:
        numbers |= {f"{line.name}_{name}": number for name, number in _line_numbers(line).items()}
    return {
        f"{prefix}robust_{name}": replace(number, label=f"{found.question.short}: {number.label}")
        for name, number in numbers.items()
    }


def _line_numbers(line: Line) -> dict[str, Number]:
    own = line.multiverses[line.measure]
    numbers = {
        "universes": Number(line.universes, 0, f"{line.name}, analyses", rows=line.rows),
        "share": percent(line.share, f"{line.name}, share of analyses that agree", line.rows),
        "low": _shown(line, own.estimate_low, "lowest estimate of all analyses"),
        "high": _shown(line, own.estimate_high, "highest estimate of all analyses"),
    }
    if line.opposing is not None:
        label = "further studies on the other side that would leave the votes inconclusive"
        numbers["opposing"] = Number(line.opposing, 0, label, rows=line.rows)
    if line.tipping and line.tipping.smallest:
        label = f"next study that overturns, {_persons(line)}"
        numbers |= {
            "tip_n": Number(line.tipping.smallest.n, 0, label, rows=line.rows),
            "tip_effect": _shown(line, line.tipping.smallest.effect, "next study that overturns, effect"),
        }
    return numbers


def _persons(line: Line) -> str:
    return "persons" if line.measure == "r" else "persons in each group"


def _shown(line: Line, value: float, label: str) -> Number:
    """Name a number on the scale that is shown: percent of votes, ratio of means, correlation."""
    if line.measure == "share":
        return percent(value, f"votes, {label}", line.rows)
    value = {"ROM": exp, "r": tanh}.get(line.measure, float)(value)
    return Number(value, significant(value), f"{MEASURES[line.measure]}, {label}", rows=line.rows)


#: How the lines are taken again, for the words.
OTHER_WAYS = {
    "votes": "counted in other ways",
    "pooled": "pooled in other ways",
    "correlation": "correlations pooled in other ways",
}


def in_words(found: Robustness) -> str:
    """Say in one sentence how many analyses agree and what would overturn each line; empty without a line."""
    if not found.lines:
        return ""
    shown = {name: number.as_json()["text"] for name, number in robustness_numbers(found).items()}
    parts = [_line_in_words(line, shown) for line in found.lines]
    if len(parts) > 1 or found.published:
        counted = shown["robust_universes"], shown["robust_share"], shown["robust_share_against"]
        published = {0: "", 1: " with the published estimate"}.get(len(found.published), " with published estimates")
        parts.insert(0, f"taken together{published} in other ways, {_agreeing(*counted)}")
    return "; ".join(parts) + "."


def _agreeing(universes: str, share: str, against: str) -> str:
    """Say how many agree, given as they are printed: the number of analyses and two shares in percent."""
    if universes == "1":
        return "the only one " + {("100", "0"): "agrees", ("0", "100"): "disagrees"}.get(
            (share, against), "gives no clear answer"
        )
    if share == "100":
        return f"all {universes} agree"
    if (share, against) == ("0", "0"):
        return f"none of {universes} gives a clear answer"
    first = f"{share} % of {universes} agree" if share != "0" else f"none of {universes} agrees"
    return first if against == "0" else f"{first}, {against} % disagree"


def _line_in_words(line: Line, shown: Mapping[str, str]) -> str:
    universes, share = (shown[f"robust_{line.name}_{name}"] for name in ("universes", "share"))
    against = percent(line.counts[1] / line.universes, "", ()).as_json()["text"]
    words = f"{OTHER_WAYS[line.name]}, {_agreeing(universes, share, against)}"
    tip = _tip_in_words(line, shown)
    return f"{words}, and {tip}" if tip else words


def _tip_in_words(line: Line, shown: Mapping[str, str]) -> str:
    """Say what would overturn a line; empty for votes that are inconclusive already."""
    if line.opposing == 0:
        return ""
    if line.opposing:
        noun = "study" if line.opposing == 1 else "studies"
        return f"{shown['robust_votes_opposing']} more {noun} on the other side would leave the votes inconclusive"
    what = (
        "leave the pooled value inconclusive"
        if line.tipping.criterion == "interval"
        else "turn the sign of the estimate"
    )
    if line.tipping.smallest is None:
        largest = f"{max(line.tipping.by_size)} {_persons(line)}"
        return f"even a study with {largest}, as far on the other side as any is so far, would not {what}"
    n, effect = (shown[f"robust_{line.name}_{name}"] for name in ("tip_n", "tip_effect"))
    return f"one more study with {n} {_persons(line)} and a {MEASURES[line.measure]} of {effect} would {what}"
