"""The evidence check: do independent studies agree?

One study has one vote, whatever its number of rows; null studies are counted. Where values allow, they are pooled.
Published pooled estimates stand beside ours and never inside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, exp, floor, sqrt

from ..stats import binary, conversions, correlations, directions, effects, pooling
from ..stats.distributions import normal_quantile
from ..stats.errors import StatsError
from .model import Finding, Number, printed_p, significant
from .review import Review, Row, whole
from .rules import Question, load

CODED = {"positive": 1, "negative": -1, "none": 0, "mixed": 0}


@dataclass(frozen=True)
class Vote:
    """The direction of one study: 1 agrees with the claim, 0 no difference or mixed, -1 the other way.

    `mixed` says that its rows differ, or that it reports both directions itself.
    """

    source: str
    direction: int
    n: int | None
    detail: str
    rows: tuple[str, ...]
    mixed: bool = False


@dataclass(frozen=True)
class Aside:
    """A row that was looked at and left out, with the reason."""

    source: str
    row: str
    because: str


@dataclass(frozen=True)
class Pair:
    """A group of cases and its controls; `effect` is empty where `because` says why it cannot be pooled."""

    source: str
    case: Row
    control: Row
    reading: str
    effect: effects.Effect | None
    because: str

    @property
    def rows(self) -> tuple[str, ...]:
        """The ids of the two rows."""
        return self.case["row_id"], self.control["row_id"]


@dataclass(frozen=True)
class Correlation:
    """One correlation that enters the pooling: one a study, by the order of outcomes that the question declares."""

    source: str
    outcome: str
    n: int
    r: float
    row: str


@dataclass(frozen=True)
class Answer:
    """All that bears on one question, and what it amounts to."""

    question: Question
    votes: tuple[Vote, ...]
    aside: tuple[Aside, ...]
    count: directions.VoteCount | None
    pairs: tuple[Pair, ...]
    ratio: pooling.Pooled | None
    correlations: tuple[Correlation, ...]
    correlation: correlations.PooledCorrelation | None
    published: tuple[Row, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """The ids of all rows that count."""
        voted = [row for vote in self.votes for row in vote.rows]
        pooled = [row for pair in self.pairs if pair.effect for row in pair.rows]
        pooled += [item.row for item in self.correlations]
        return tuple(dict.fromkeys([*voted, *pooled, *(row["row_id"] for row in self.published)]))


def answer(review: Review, question: Question, without: Iterable[str] = ()) -> Answer:
    """Gather the rows that bear on a question; `without` names sources that are not independent of the claim."""
    left_out = set(without) | {row["source_key"] for row in review.tables["sources"] if row["kind"] == "seed"}
    compared, aside_compared = _compared(review, question, left_out)
    correlated, aside_correlated = _correlated(review, question, left_out)
    valued, aside_valued = _valued(review, question, left_out)
    shared, aside_shared = _shared(review, question, left_out)
    votes = _votes([*compared, *correlated, *valued, *shared])
    doubles = _once(review, "comparisons", [vote.source for vote in votes])
    aside_doubles = [
        Aside(vote.source, row, doubles[vote.source]) for vote in votes if vote.source in doubles for row in vote.rows
    ]
    votes = tuple(vote for vote in votes if vote.source not in doubles)
    pairs = control_pairs(review, question, left_out)
    used = pooled_correlations(review, question, left_out)
    return Answer(
        question=question,
        votes=votes,
        aside=(*aside_compared, *aside_correlated, *aside_valued, *aside_shared, *aside_doubles),
        count=directions.vote_count([vote.direction for vote in votes], review.confidence) if votes else None,
        pairs=pairs,
        ratio=pool_pairs(review, pairs),
        correlations=used,
        correlation=_pool_correlations(review, used),
        published=tuple(
            row for row in review.rows("effects", {"row_id": question.published}) if row["source_key"] not in left_out
        ),
    )


def _compared(review: Review, question: Question, left_out: set[str]) -> tuple[list[Vote], list[Aside]]:
    """Read the comparisons that are linked to the claims of the question."""
    rule = question.comparisons
    if not rule:
        return [], []
    votes, aside = [], []
    doubtful = barred(review, "comparisons", "not_credible")
    for row in review.rows("comparisons", {"claim_ids": rule["claims"]}):
        source, row_id = row["source_key"], row["comparison_id"]
        if source in left_out:
            continue
        reasons = [item["because"] for item in rule.get("aside", ()) if row[item["column"]] in item["values"]]
        if source in doubtful:
            reasons.append(doubtful[source])
        if reasons:
            aside.append(Aside(source, row_id, reasons[0]))
            continue
        sign = -1 if any(row[item["column"]] in item["values"] for item in rule.get("flip", ())) else 1
        same = 1 if row["direction"] == rule["agrees"] else -1
        direction = 0 if row["direction"] == "no_difference" else sign * same
        votes.append(Vote(source, direction, _total(row), _printed(row), (row_id,)))
    return votes, aside


def _total(row: Row) -> int | None:
    """Give the number of persons or animals: those of a paired design stand in both groups and count once."""
    sizes = [whole(row["n_a"]), whole(row["n_b"])]
    if None in sizes:
        return None
    return max(sizes) if row["design"] == "paired" else sum(sizes)


def _printed(row: Row) -> str:
    p = row["p_reported"]
    return printed_p(p) if p else "words only"


def _correlated(review: Review, question: Question, left_out: set[str]) -> tuple[list[Vote], list[Aside]]:
    votes, aside = [], []
    sign = -1 if _falls(question) else 1
    doubtful = barred(review, "correlations", "not_credible")
    for row in _correlation_rows(review, question, left_out):
        source = row["source_key"]
        if source in doubtful:
            aside.append(Aside(source, row["row_id"], doubtful[source]))
        elif row["direction"] not in CODED:
            aside.append(Aside(source, row["row_id"], "a relation is reported, its sign is not"))
        else:
            detail = f"r {row['r']:g}" if row["r"] is not None else _printed(row)
            n = None if row["n"] is None else int(row["n"])
            mixed = row["direction"] == "mixed"
            votes.append(Vote(source, sign * CODED[row["direction"]], n, detail, (row["row_id"],), mixed))
    return votes, aside


def _falls(question: Question) -> bool:
    """Say whether a negative relation agrees with the claims of the question."""
    return bool(question.correlations) and question.correlations.get("agrees") == "negative"


def _correlation_rows(review: Review, question: Question, left_out: set[str]) -> list[Row]:
    rule = question.correlations
    if not rule:
        return []
    samples = rule.get("sample", load("words.yaml")["blood"])
    shared = {"x": rule["x"], "sample": samples}
    own = shared | {"row_id": review.linked(question.key)}
    found = review.rows("correlations", shared | {"y": rule["y"], "population": rule["population"]}, own)
    return [row for row in found if row["source_key"] not in left_out]


def _valued(review: Review, question: Question, left_out: set[str]) -> tuple[list[Vote], list[Aside]]:
    """Read printed values that vote by the side of a bound on which they lie, whatever their interval.

    Of proportions one trial is one study, whichever source tells of it.
    """
    votes, aside = [], []
    for rule in question.values:
        doubtful = barred(review, rule["table"], "not_credible")
        for row in value_rows(review, rule):
            source = row["source_key"]
            value, text = printed_value(row)
            if source in left_out:
                continue
            if source in doubtful:
                aside.append(Aside(source, row["row_id"], doubtful[source]))
                continue
            above = (value > rule["than"]) - (value < rule["than"])
            n = None if row["n"] is None else int(row["n"])
            direction = above if rule["agrees"] == "above" else -above
            votes.append(Vote(row.get("trial") or source, direction, n, text, (row["row_id"],)))
    return votes, aside


def value_rows(review: Review, rule: Mapping) -> list[Row]:
    """Give the rows of one table that hold the words of the rule and print a value."""
    return [row for row in review.rows(rule["table"], rule["where"]) if printed_value(row)]


def printed_value(row: Row) -> tuple[float, str] | None:
    """Give the value that a row of effects, groups or proportions prints, with its text; None where it prints none.

    A proportion is in percent: of the count where one is printed, else as printed.
    """
    if "percent_reported" in row:
        if row["events"] is not None:
            return 100 * row["events"] / row["n"], f"{row['events']} of {row['n']}"
        value, unit = row["percent_reported"], "%"
    elif "estimate" in row:
        value, unit = row["estimate"], "%" if row["measure"] == "percent_change" else ""
    else:
        value, unit = row["centre"], row["unit"]
    return None if value is None else (value, f"{value:g} {unit}".strip().replace("-", "−"))


def _shared(review: Review, question: Question, left_out: set[str]) -> tuple[list[Vote], list[Aside]]:
    """Read the trials that print a share of persons in an arm and in its control arm.

    Each arm is compared with each control of the same outcome and time; all of one trial are joined to one vote.
    """
    rule = question.proportions
    if not rule:
        return [], []
    trials: dict[tuple, dict[str, list[Row]]] = defaultdict(lambda: {"arms": [], "controls": []})
    doubtful = barred(review, "proportions", "not_credible")
    for row in shares(review, question):
        if row["source_key"] not in left_out:
            together = row["source_key"], row["trial"], row["timepoint"], row["outcome"]
            trials[together][side_of(question, row)].append(row)
    votes, aside = [], {}
    for (source, trial, *_), sides in trials.items():
        for arm, control in product(sides["arms"], sides["controls"]):
            rows = arm["row_id"], control["row_id"]
            if source in doubtful or None in (arm["n"], control["n"]):
                because = doubtful.get(source, "the size of an arm is not printed")
                aside |= {row: Aside(f"{trial}, in {source}", row, because) for row in rows}
            else:
                detail = " against ".join(map(_percent, (arm, control)))
                votes.append(Vote(trial, _higher(review, arm, control), int(arm["n"] + control["n"]), detail, rows))
    counted = {row for vote in votes for row in vote.rows}
    return votes, [item for row, item in aside.items() if row not in counted]


def shares(review: Review, question: Question) -> tuple[Row, ...]:
    """Give the shares of both sides of the trials that a question asks about.

    A link tells that a reader's own arm is one of them; its control is known by its word alone.
    """
    rule = question.proportions
    outcome = {"outcome": rule["outcome"]}
    named = outcome | {"arm": [*rule["arms"], *rule["controls"]]}
    return review.rows("proportions", named, outcome | {"row_id": review.linked(question.key)})


def side_of(question: Question, row: Row) -> str:
    """Say of which side of a trial a share is: `controls`, or else `arms`, by its word or by a link."""
    rule = question.proportions
    return "controls" if row["arm"] in rule["controls"] and row["arm"] not in rule["arms"] else "arms"


def _percent(row: Row) -> str:
    """Give a share as printed: its percent, or its count where no percent is printed."""
    percent = row["percent_reported"]
    return printed_value(row)[1] if percent is None else f"{percent:g} %"


def _higher(review: Review, arm: Row, control: Row) -> int:
    """Say whether more persons of the arm have the outcome (1), fewer (-1), or whether the interval leaves it open (0).

    A rounded percent stands for several counts; those that differ least decide.
    """
    (arm_low, arm_high), (low, high) = _counts(arm), _counts(control)
    n, others = int(arm["n"]), int(control["n"])
    z = normal_quantile((1 + review.confidence) / 2)
    more, fewer = binary.risk_difference(arm_low, n, high, others), binary.risk_difference(arm_high, n, low, others)
    above = more.estimate > z * sqrt(more.variance)
    return int(above) - int(fewer.estimate < -z * sqrt(fewer.variance))


def _counts(row: Row) -> tuple[int, int]:
    """Give the smallest and the largest number of persons that fit what is printed: a count, or a percent."""
    if row["events"] is not None:
        return int(row["events"]), int(row["events"])
    percent, n = row["percent_reported"], int(row["n"])
    half = 0.5 * 10.0 ** -len(f"{percent:g}".partition(".")[2])
    return max(ceil((percent - half) * n / 100), 0), min(floor((percent + half) * n / 100), n)


def _votes(votes: list[Vote]) -> tuple[Vote, ...]:
    """Join the rows of each study to one vote: rows that differ make it 0 (mixed)."""
    studies = defaultdict(list)
    for vote in votes:
        studies[vote.source].append(vote)
    joined = []
    for source, rows in studies.items():
        signs = {vote.direction for vote in rows}
        sizes = [vote.n for vote in rows if vote.n is not None]
        details = dict.fromkeys(vote.detail for vote in rows)
        known = [detail for detail in details if detail != "words only"] or ["words only"]
        joined.append(
            Vote(
                source=source,
                direction=0 if len(signs) > 1 else rows[0].direction,
                n=max(sizes, default=None),
                detail="; ".join(known) if len(known) < 3 else f"{known[0]}; {len(known) - 1} more",
                rows=tuple(dict.fromkeys(row for vote in rows for row in vote.rows)),
                mixed=len(signs) > 1 or any(vote.mixed for vote in rows),
            )
        )
    return tuple(joined)


def barred(review: Review, table: str, *kinds: str) -> dict[str, str]:
    """Give the sources that a caution keeps out, with its reason."""
    return {row["source_key"]: row["reason"] for kind in kinds for row in review.cautions(kind, table)}


def _once(review: Review, table: str, sources: Iterable[str]) -> dict[str, str]:
    """Name the sources whose patients another counted source holds too, with the reason."""
    present = set(sources)
    return {
        row["source_key"]: row["reason"]
        for row in review.cautions("same_patients", table)
        if {row["source_key"], row["other_source"]} <= present
    }


def control_pairs(
    review: Review, question: Question, left_out: Iterable[str] = (), analyte: str = ""
) -> tuple[Pair, ...]:
    """Pair each group of cases with its controls, in blood, and compute the effect or say why it cannot be.

    `analyte` replaces that of the question.
    """
    rule = question.pairs
    if not rule:
        return ()
    words = load("words.yaml")
    sets = defaultdict(list)
    shared = {"analyte": analyte or rule["analyte"], "sample": words["blood"], "species": "human"}
    own = shared | {"row_id": review.linked(question.key)}
    for row in review.rows("groups", shared | {"population": rule["population"]}, own):
        if row["source_key"] not in left_out:
            sets[row["comparison_set"]].append(row)
    pairs = []
    for rows in sets.values():
        cases = [row for row in rows if row["role"] == "case"]
        controls = [row for row in rows if row["role"] == "control"]
        pairs += [_pair(review, case, control) for case in cases for control in controls]
    doubles = _once(review, "groups", [pair.source for pair in pairs if pair.effect])
    return tuple(
        Pair(pair.source, pair.case, pair.control, pair.reading, None, doubles[pair.source])
        if pair.effect and pair.source in doubles
        else pair
        for pair in pairs
    )


def _pair(review: Review, case: Row, control: Row) -> Pair:
    source = case["source_key"]
    try:
        _comparable(review, case, control)
        one, reading = mean_and_sd(case, review.plus_minus)
        two, _ = mean_and_sd(control, review.plus_minus)
        factors = [_factor(row) for row in (case, control)]
        effect = effects.two_group_effect(
            review.measure,
            one.mean * factors[0],
            one.sd * factors[0],
            int(case["n"]),
            two.mean * factors[1],
            two.sd * factors[1],
            int(control["n"]),
        )
    except conversions.Skewed as problem:
        # The advice behind the semicolon is for a caller; the reader sees the studies' directions counted below.
        return Pair(source, case, control, "", None, str(problem).partition(";")[0])
    except (Unusable, StatsError) as problem:
        return Pair(source, case, control, "", None, str(problem))
    return Pair(source, case, control, reading, effect, "")


class Unusable(Exception):
    """A row cannot be pooled; the message is the reason shown to the reader."""


def _comparable(review: Review, case: Row, control: Row) -> None:
    """Raise Unusable where the two groups cannot be compared, or not on one scale with other studies."""
    words = load("words.yaml")
    source = case["source_key"]
    kept_out = barred(review, "groups", "not_credible", "not_pooled")
    if source in kept_out:
        raise Unusable(kept_out[source])
    if control["group_label"] not in words["controls"]:
        raise Unusable(f"the controls have another disease ({control['group_label']})")
    for row in (case, control):
        if row["unit"].lower() not in words["mass_units"]:
            raise Unusable(f"{row['unit'] or 'no unit'}: cannot be put on one scale with pg/ml")
        if row["n"] is None:
            raise Unusable("the size of a group is not printed")
        if row["centre"] is None:
            raise Unusable(f"{row['group_label']}: no value ({row['note']})")


def _factor(row: Row) -> float:
    return load("words.yaml")["mass_units"][row["unit"].lower()]


def mean_and_sd(row: Row, plus_minus: str) -> tuple[conversions.MeanSd, str]:
    """Read mean and SD of one row, with the reading in words. Raises Unusable or StatsError with the reason."""
    kind, centre, spread, n = row["statistic"], row["centre"], row["spread"], row["n"]
    low, high = row["spread_low"], row["spread_high"]
    if kind == "mean_pm_unspecified":
        if plus_minus == "exclude":
            raise Unusable('the "+/-" is not said to be SD or SEM')
        kind = f"mean_{plus_minus}"
        bare = '"+/-" read as '
    else:
        bare = ""
    if kind == "mean_sd" and spread is not None:
        return conversions.MeanSd(centre, spread, "printed"), f"{bare}SD"
    if kind == "mean_sem" and spread is not None:
        sd = conversions.sem_to_sd(spread, int(n))
        return conversions.MeanSd(centre, sd, "sem"), f"{bare}SEM, SD = SEM × √n"
    if kind == "median_iqr" and low is not None and high is not None:
        return conversions.mean_sd_from_quartiles(low, centre, high, int(n)), "median and quartiles, converted"
    if kind == "median_range" and low is not None and high is not None:
        return conversions.mean_sd_from_range(low, centre, high, int(n)), "median and range, converted"
    if kind == "geo_mean":
        raise Unusable("geometric mean: not on the scale of arithmetic means")
    raise Unusable("no spread is printed")


def pool_pairs(review: Review, pairs: Iterable[Pair]) -> pooling.Pooled | None:
    """Pool the effects of the pairs that can be; None for fewer than two, or where all are the same."""
    found = [pair.effect for pair in pairs if pair.effect]
    if len({effect.estimate for effect in found}) < 2:
        return None
    return pooling.pool(
        [effect.estimate for effect in found],
        [effect.variance for effect in found],
        method=review.tau2_estimator,
        confidence=review.confidence,
    )


def pooled_correlations(review: Review, question: Question, left_out: Iterable[str] = ()) -> tuple[Correlation, ...]:
    """Choose one correlation a study among those with r and n: the outcome that the question names first.

    Where a negative relation agrees with the claim, directions are counted and nothing is pooled.
    """
    if _falls(question):
        return ()
    kept_out = barred(review, "correlations", "not_credible", "not_pooled")
    chosen: dict[str, Row] = {}
    for row in _correlation_rows(review, question, set(left_out)):
        source = row["source_key"]
        if row["r"] is None or row["n"] is None or source in kept_out:
            continue
        if source not in chosen or _rank(question, row) < _rank(question, chosen[source]):
            chosen[source] = row
    for source in _once(review, "correlations", chosen):
        del chosen[source]
    return tuple(
        Correlation(source, row["y"], int(row["n"]), row["r"], row["row_id"]) for source, row in chosen.items()
    )


def _rank(question: Question, row: Row) -> int:
    """Give the place of an outcome in the order that the question declares; a linked one that it lacks comes last."""
    outcomes = question.correlations["y"]
    return outcomes.index(row["y"]) if row["y"] in outcomes else len(outcomes)


def _pool_correlations(review: Review, used: tuple[Correlation, ...]) -> correlations.PooledCorrelation | None:
    if len({item.r for item in used}) < 2:
        return None
    return correlations.pool_correlations(
        [item.r for item in used],
        [item.n for item in used],
        method=review.tau2_estimator,
        confidence=review.confidence,
    )


def lean(answer: Answer) -> dict[str, str]:
    """Say for each line of evidence whether it agrees, disagrees or is inconclusive.

    Votes: does the interval of the share leave one half? Pooled and published: does the interval leave no effect?
    """
    lines = {}
    if answer.count:
        lines["votes"] = _side(answer.count.ci_low, answer.count.ci_high, 0.5)
    if answer.ratio:
        lines["pooled"] = _side(answer.ratio.ci_low, answer.ratio.ci_high, 0.0)
    if answer.correlation:
        lines["correlation"] = _side(answer.correlation.ci_low, answer.correlation.ci_high, 0.0)
    for row in answer.published:
        null = 1.0 if row["measure"] in ("OR", "RR", "HR") else 0.0
        lines[row["row_id"]] = _side(row["ci_low"], row["ci_high"], null)
    return lines


def _side(low: float, high: float, null: float) -> str:
    if low > null:
        return "agrees"
    return "disagrees" if high < null else "inconclusive"


def enough(answer: Answer) -> bool:
    """Say whether there are as many independent studies as the rules ask for, or a published pooled estimate."""
    studies = answer.count.k if answer.count else 0
    return studies >= load("rules.yaml")["minimum_studies"] or bool(answer.published)


def verdict(answer: Answer) -> str:
    """Join the lines of evidence of one question: agrees, mixed, disagrees or too_little."""
    words = set(lean(answer).values())
    if not enough(answer):
        return "too_little"
    if {"agrees", "disagrees"} <= words:
        return "mixed"
    one_way = answer.count is not None and answer.count.k in (answer.count.for_, answer.count.against)
    # Few studies that all point one way do not disagree: there are too few of them to say so with confidence.
    return next((word for word in ("agrees", "disagrees") if word in words), "too_little" if one_way else "mixed")


def together(verdicts: Iterable[str]) -> str:
    """Join the verdicts of the parts of a claim: parts that differ make it mixed."""
    words = set(verdicts)
    return words.pop() if len(words) == 1 else "mixed"


def evidence_finding(review: Review, claim, questions: Iterable[Question]) -> Finding:
    """Answer the evidence check of one claim from its questions.

    Sources that the claim is taken from or cites are not independent of it and are left out.
    A claim of several parts agrees or disagrees only where all its parts do; parts that differ make it mixed.
    """
    answers = [answer(review, question, {claim.seed, *claim.cites}) for question in questions]
    if not answers:
        return Finding("evidence", "too_little", "No study in the tables bears on this.")
    word = together(verdict(found) for found in answers)
    numbers: dict[str, Number] = {}
    parts = []
    for position, found in enumerate(answers):
        prefix = "" if position == 0 else f"part{position + 1}_"
        numbers |= answer_numbers(found, prefix)
        parts.append(f"{found.question.short}: {_in_words(found)}")
    rows = tuple(row for found in answers for row in found.rows)
    return Finding("evidence", word, _begun("; ".join(parts)) + ".", rows=rows, numbers=numbers)


def _begun(sentence: str) -> str:
    """Begin a sentence with a capital, unless its first word is spelled otherwise, such as sIL-6R."""
    return sentence[:1].upper() + sentence[1:] if sentence[1:2].islower() else sentence


def _in_words(found: Answer) -> str:
    if not found.count:
        return "no independent study"
    text = f"{found.count.for_} of {found.count.k} independent studies point this way"
    if found.count.k == 1:
        text = "one independent study, which " + ("agrees" if found.count.for_ else "does not agree")
    if found.ratio or found.correlation:
        pooled = found.ratio or found.correlation.z
        text += f", {pooled.k} with values are pooled"
    return text


def percent(share: float, label: str, rows: tuple[str, ...]) -> Number:
    """Write a share in percent as the figures do: one decimal, none where it would be a zero."""
    value = round(100 * share, 1)
    return Number(value, 0 if value.is_integer() else 1, label, "%", rows)


def answer_numbers(found: Answer, prefix: str = "") -> dict[str, Number]:
    """Name the numbers of an answer, each with its rows, for prose and cards."""
    numbers: dict[str, Number] = {}
    voted = tuple(row for vote in found.votes for row in vote.rows)
    if found.count:
        count = found.count

        def side(direction: int) -> tuple[str, ...]:
            rows = [row for vote in found.votes if vote.direction == direction for row in vote.rows]
            return tuple(rows) or voted

        numbers |= {
            "studies": Number(count.k, 0, "independent studies with a direction", rows=voted),
            "for": Number(count.for_, 0, "studies that agree", rows=side(1)),
            "null": Number(count.null, 0, "studies without a difference, or mixed", rows=side(0)),
            "against": Number(count.against, 0, "studies that point the other way", rows=side(-1)),
            "share": percent(count.share, "share of studies that agree", voted),
            "share_low": percent(count.ci_low, "share that agrees, lower limit", voted),
            "share_high": percent(count.ci_high, "share that agrees, upper limit", voted),
        }
    if found.ratio:
        measure = next(pair.effect.measure for pair in found.pairs if pair.effect)
        rows = tuple(row for pair in found.pairs if pair.effect for row in pair.rows)
        numbers |= {f"pooled_{name}": number for name, number in pooled_numbers(found.ratio, rows, measure).items()}
    if found.correlation:
        rows = tuple(item.row for item in found.correlations)
        numbers |= {f"r_{name}": number for name, number in pooled_numbers(found.correlation, rows, "r").items()}
    for row in found.published:
        for name, label in (("estimate", "published"), ("ci_low", "lower limit"), ("ci_high", "upper limit")):
            text = f"{row['source_key']}, {MEASURES.get(row['measure'], row['measure'])}, {label}"
            numbers[f"{row['row_id']}_{name}"] = Number(row[name], 2, text, rows=(row["row_id"],))
    return {
        f"{prefix}{name}": replace(number, label=f"{found.question.short}: {number.label}")
        for name, number in numbers.items()
    }


MEASURES = {
    "SMD": "standardised mean difference (Hedges g)",
    "MD": "mean difference",
    "ROM": "ratio of means",
    "r": "correlation r",
}


def pooled_numbers(
    pooled: pooling.Pooled | correlations.PooledCorrelation, rows: tuple[str, ...], measure: str
) -> dict[str, Number]:
    """Name the numbers of a pooled estimate on the scale that is shown: the log ratio of means becomes a ratio."""
    scale = pooled.z if measure == "r" else pooled

    labels = {
        "estimate": "pooled",
        "ci_low": "lower limit",
        "ci_high": "upper limit",
        "pi_low": "prediction interval, lower limit",
        "pi_high": "prediction interval, upper limit",
    }
    shown = {}
    for name, label in labels.items():
        value = getattr(pooled, name)
        # The limit of a ratio from two studies can lie beyond any number; it has no name then.
        if measure != "ROM" or abs(value) < 300:
            value = exp(value) if measure == "ROM" else value
            shown[name] = Number(value, significant(value), f"{MEASURES[measure]}, {label}", rows=rows)
    return shown | {
        "k": Number(scale.k, 0, "studies pooled", rows=rows),
        "i2": percent(scale.i2 / 100, "heterogeneity I²", rows),
        "tau2": Number(scale.tau2, 3, "heterogeneity tau² on the scale of pooling", rows=rows),
    }
