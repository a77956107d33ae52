"""Do printed figures fit one another? Each check says what was printed, what was expected, and what else was tried.

Figures come as text and stand for every value that rounds to them (see `printed`); a check asks whether some of these
values go together. So a clean table passes however it was rounded, and a figure is called wrong only where no rounding
explains it. A printed p fits where `judging.judge_p` calls it reproduced by some p between the limits that rounding
leaves.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from il6review.stats import checks
from il6review.stats.contingency import chi2_p, fisher_exact
from il6review.stats.conversions import sem_to_sd
from il6review.stats.distributions import f_sf, normal_cdf, normal_quantile, t_quantile, t_sf
from il6review.stats.errors import StatsError
from il6review.stats.judging import RecomputedP, judge_p
from il6review.stats.p_values import NS_LEVEL, PrintedP, TTest, p_from_r, parse_p, student_p, welch_p
from il6review.stats.printed import Check, Printed, Reading, read_number, read_positive, show

#: How the spread of a group may be read: settled as SD or SEM, or a bare plus-minus.
KINDS: Mapping[str, tuple[str, ...]] = {"sd": ("SD",), "sem": ("SEM",), "open": ("SD", "SEM")}
#: On which scale an interval is symmetric: raw for differences, log for ratios.
SCALES = ("raw", "log")
#: An interval may rest on Student's t with so many degrees of freedom or more: Welch's test of two groups of seven
#: persons never has fewer.
LEAST_DF = 6
#: Limits tell something about each other only where rounding leaves their multiple of the estimate this exact.
SHARPEST_MULTIPLE = 0.02
#: So many estimates with the same multiples are no coincidence.
FEWEST_SHARED = 3
#: A binormal area is held against the printed one with so many standard errors of the area to spare.
AUC_ERRORS = 3

_ROUNDING = "rounding of all figures"
_PAIRS = "rounding of r and of the printed p; one pair missing"
_Groups = tuple[list[Printed], list[Printed], list[int]]


def p_against_r(r: str, n: int, p: str | None, other_n: int | None = None) -> Check:
    """Hold a printed p against the correlation and the number of pairs: t = r sqrt((n - 2)/(1 - r^2)), df = n - 2.

    Two-sided; r may be off by its rounding and one pair may be missing. Tried as well: the one-sided p, `other_n`
    (such as patients with controls), and the n that the printed p fits best. Without a printed p (None) the question
    is whether the correlation can carry a conclusion: `not_significant` if p is above 0.05 whatever the rounding.
    Raises StatsError unless -1 < r < 1, n >= 3 and p can be read.
    """
    r_read, n = _r_and_n(r, n)
    expected, steps = _reading_of_r(r_read, n, p), [_step_of_r(r_read, n)]
    if p is None:
        verdict = "consistent" if expected.fits else "not_significant"
        return Check("p_from_r_n", "no p", (expected,), _PAIRS, verdict, (), tuple(steps))
    alternatives = [_reading_of_r(r_read, n, p, sides=1)]
    if other_n is not None:
        other_n = checks.whole(other_n, "other_n", 3)
        alternatives.append(_reading_of_r(r_read, other_n, p))
        steps.append(_step_of_r(r_read, other_n))
    best = None if _reading_of_r(r_read, n, p, missing=0).fits else _fitting_n(float(r_read.value), parse_p(p))
    if best not in (None, other_n):
        alternatives.append(_reading_of_r(r_read, best, p, missing=0))
    if best is not None:
        steps.append(f"the printed p fits n = {best} best")
    verdict = "consistent" if expected.fits else "inconsistent"
    return Check("p_from_r_n", p, (expected,), _PAIRS, verdict, tuple(alternatives), tuple(steps))


def one_sided_p(r: str, n: int, p: str) -> Check:
    """Ask whether the p printed for a correlation is two-sided; `error` if only the one-sided p fits it.

    Formula and tolerance as in `p_against_r`. Raises StatsError as `p_against_r` does.
    """
    r_read, n = _r_and_n(r, n)
    two, one = (_reading_of_r(r_read, n, parse_p(p).text, sides=sides) for sides in (2, 1))
    verdict = "consistent" if two.fits else "error" if one.fits else "inconsistent"
    return Check("one_sided_p", p, (two,), _PAIRS, verdict, (one,), (_step_of_r(r_read, n),))


def p_against_summary(means: Sequence[str], spreads: Sequence[str], ns: Sequence[int], p: str, kind: str) -> Check:
    """Hold a printed p against means, spreads and sizes of two groups, by Student's and by Welch's t test.

    `kind` says what the spreads are: "sd", "sem", or "open" for a bare plus-minus, read both ways. All figures may be
    off by their rounding, and one person may be missing from each group. Where no test fits, the verdict is
    `not_reproduced` for settled spreads (a test that the source does not name may explain it), and `inconsistent` for
    open ones: the question is then which spread the p belongs to, and it belongs to neither.
    Raises StatsError for anything but two groups, spreads not above 0, a size below 2, or a p that cannot be read.
    """
    groups = _two_groups(means, spreads, ns)
    readings, steps = [], []
    for spread in KINDS[checks.known(kind, "kind", KINDS)]:
        for label, test in (("Student", student_p), ("Welch", welch_p)):
            words = f"{spread}, {label}"
            t_test, limits = _two_group_test(test, spread, *groups)
            readings.append(_reading_of_p(words, p, t_test.p, *limits))
            steps.append(f"{words}: t = {show(t_test.t)}, df = {show(t_test.df)}, P = {show(t_test.p)}")
    failed = "inconsistent" if kind == "open" else "not_reproduced"
    verdict = "consistent" if any(reading.fits for reading in readings) else failed
    tolerance = f"{_ROUNDING}; one person missing from each group"
    return Check("p_from_summary", p, (readings[0],), tolerance, verdict, tuple(readings[1:]), tuple(steps))


def p_against_counts(events: Sequence[int], ns: Sequence[int], p: str) -> Check:
    """Hold a printed p against the events of two groups: Fisher's exact test, and chi-square with and without Yates.

    Raises StatsError for anything but two groups, events above their n, no event or no non-event in both groups
    together, or a p that cannot be read.
    """
    hits, sizes = checks.rows(events, "events", 2), checks.rows(ns, "ns", 2)
    if len(hits) != 2 or len(sizes) != 2:
        raise StatsError(f"events has {len(hits)} rows, ns {len(sizes)}; expected two groups.")
    hits = [checks.whole(count, f"events, row {row},", 0) for row, count in enumerate(hits, 1)]
    sizes = [checks.whole(n, f"ns, row {row},", 1) for row, n in enumerate(sizes, 1)]
    for row, (count, n) in enumerate(zip(hits, sizes, strict=True), 1):
        if count > n:
            raise StatsError(f"events, row {row}, is {count} of {n}; expected no more events than persons.")
    table = [[count, n - count] for count, n in zip(hits, sizes, strict=True)]
    tests = {
        "Fisher": fisher_exact(table).p,
        "chi-square": chi2_p(table).p,
        "chi-square, Yates": chi2_p(table, yates=True).p,
    }
    expected, *others = (_reading_of_p(words, p, value, value, value) for words, value in tests.items())
    verdict = "consistent" if any(reading.fits for reading in (expected, *others)) else "inconsistent"
    steps = tuple(f"{words}: P = {show(value)}" for words, value in tests.items())
    return Check("p_from_counts", p, (expected,), "rounding of the printed p", verdict, tuple(others), steps)


def p_against_interval(estimate: str, ci: Sequence[str], p: str, scale: str = "raw", confidence: float = 0.95) -> Check:
    """Hold a printed p against an estimate and its interval: se = width / (2 quantile), p two-sided from estimate/se.

    On the log scale ("log", for ratios) logarithms are taken first. The quantile is normal; the tolerance covers
    rounding and Student's t with 6 degrees of freedom or more, since papers seldom say which was used.
    Raises StatsError unless the limits rise, p can be read, and on the log scale all three are above 0.
    """
    point, low, high = _interval(estimate, ci, checks.known(scale, "scale", SCALES))
    tail = (1 - checks.fraction(confidence, "confidence")) / 2
    turn = math.log if scale == "log" else float
    size = abs(turn(point.value))
    sizes = _sizes(turn(point.low), turn(point.high))
    width = turn(high.value) - turn(low.value)
    if width == 0:
        raise StatsError(f"ci is {low.text} to {high.text}; expected limits that differ by more than their rounding.")
    widths = max(0.0, turn(high.low) - turn(low.high)), turn(high.high) - turn(low.low)

    def p_value(distance: float, wide: float, df: float) -> float:
        # An interval that rounding can close to nothing allows a p of 0.
        if wide == 0:
            return 0.0 if distance else 1.0
        if df == math.inf:
            return 2 * normal_cdf(2 * normal_quantile(tail) * distance / wide)
        return 2 * t_sf(-2 * t_quantile(tail, df) * distance / wide, df)

    value = p_value(size, width, math.inf)
    corners = [p_value(*corner) for corner in product(sizes, widths, (math.inf, LEAST_DF))]
    reading = _reading_of_p("normal", p, value, min(corners), max(corners))
    se = width / (-2 * normal_quantile(tail))
    step = f"se = {show(se)} on the {scale} scale, z = {show(size / se)}, P = {show(value)}"
    verdict = "consistent" if reading.fits else "inconsistent"
    tolerance = f"rounding of all figures; normal, or t with {LEAST_DF} degrees of freedom or more"
    return Check("p_from_ci", p, (reading,), tolerance, verdict, (), (step,))


def p_against_f(f: str, df1: int, df2: int, p: str) -> Check:
    """Hold a printed p against an F with its degrees of freedom: p = P(F(df1, df2) > f).

    F may be off by its rounding. Tried as well, for one degree of freedom above: the one-sided p, which is half.
    Raises StatsError unless f is 0 or more, df1 and df2 are whole and at least 1, and p can be read.
    """
    ratio = read_number(f, "f")
    if ratio.value < 0:
        raise StatsError(f"f is {f}; expected 0 or more.")
    df1, df2 = checks.whole(df1, "df1", 1), checks.whole(df2, "df2", 1)
    value, low, high = (f_sf(max(0.0, x), df1, df2) for x in (float(ratio.value), ratio.high, ratio.low))
    whole = _reading_of_p("upper tail of F", p, value, low, high)
    others = (_reading_of_p("one-sided", p, value / 2, low / 2, high / 2),) if df1 == 1 else ()
    verdict = "consistent" if whole.fits else "error" if any(one.fits for one in others) else "inconsistent"
    step = f"P(F({df1}, {df2}) > {ratio.text}) = {show(value)}, from {show(low)} to {show(high)} with its rounding"
    return Check("p_from_f", p, (whole,), "rounding of F and of the printed p", verdict, others, (step,))


def p_against_hazard_ratio(hr: str, spread: str, p: str) -> Check:
    """Hold a printed p against a hazard ratio and its plus-minus.

    Expected is that the plus-minus is the standard error of the hazard ratio itself, so that the one of its logarithm
    is se/HR (delta method) and z = HR ln(HR)/se. Tried as well: that it is the standard error of ln(HR). If only that
    fits, the verdict is `doubtful`. Raises StatsError unless both are above 0 and p can be read.
    """
    ratio, error = read_positive(hr, "hr"), read_positive(spread, "spread")
    # |x ln(x)| turns at 1/e. It turns at 1 too, as |ln(x)| does, but where rounding reaches 1, 1 is the printed figure.
    turn = math.exp(-1)
    edges = [ratio.low, ratio.high, *([turn] if ratio.low < turn < ratio.high else [])]

    def reading(words: str, size: Callable[[float], float]) -> Reading:
        sizes = [size(x) for x in edges]
        low, high = _normal_p(max(sizes) / error.low), _normal_p(min(sizes) / error.high)
        value = _normal_p(size(float(ratio.value)) / float(error.value))
        return _reading_of_p(words, p, value, low, high)

    of_ratio = reading("standard error of the hazard ratio", lambda x: abs(x * math.log(x)))
    of_log = reading("standard error of its logarithm", lambda x: abs(math.log(x)))
    verdict = "consistent" if of_ratio.fits else "doubtful" if of_log.fits else "inconsistent"
    x, se = float(ratio.value), float(error.value)
    step = f"z = {show(x)} ln({show(x)}) / {show(se)} = {show(x * math.log(x) / se)}, P = {show(of_ratio.value)}"
    return Check("p_from_hr_se", p, (of_ratio,), _ROUNDING, verdict, (of_log,), (step,))


def subgroup_mean(means: Sequence[str], ns: Sequence[int], total: str, other: Sequence[str] | None = None) -> Check:
    """Hold the mean of all against the means of its subgroups: sum(n m) / sum(n).

    Tried as well: the mean of the subgroup means without weights, and `other`, the means where figures that run
    together on the page are split elsewhere. `error` if only the other split fits: then it is known what went wrong.
    Raises StatsError for fewer than two subgroups, a size below 1, or text that is no number.
    """
    sizes = [checks.whole(n, f"ns, row {row},", 1) for row, n in enumerate(checks.rows(ns, "ns", 2), 1)]
    splits = {"means": means} if other is None else {"means": means, "other": other}
    columns = {name: checks.rows(cells, name, 2) for name, cells in splits.items()}
    checks.same_length({"ns": sizes, **columns})
    parts, *elsewhere = (
        [read_number(cell, f"{name}, row {row},") for row, cell in enumerate(cells, 1)]
        for name, cells in columns.items()
    )
    whole = read_number(total, "total")

    def reading(words: str, parts: Sequence[Printed], weights: Sequence[int]) -> Reading:
        value, low, high = (
            math.fsum(n * x for n, x in zip(weights, values, strict=True)) / sum(weights)
            for values in ([float(m.value) for m in parts], [m.low for m in parts], [m.high for m in parts])
        )
        return Reading(words, value, low, high, whole.overlaps(low, high))

    weighted, plain = reading("weighted by size", parts, sizes), reading("without weights", parts, [1] * len(sizes))
    split = [reading("weighted by size, split elsewhere", cells, sizes) for cells in elsewhere]
    terms = " + ".join(f"{n} x {part.text}" for n, part in zip(sizes, parts, strict=True))
    step = f"({terms}) / {sum(sizes)} = {float(weighted.value):.2f}"
    explained = "error" if any(found.fits for found in split) else "inconsistent"
    verdict = "consistent" if weighted.fits else explained
    return Check("subgroup_mean", total, (weighted,), _ROUNDING, verdict, (plain, *split), (step,))


def sem_not_sd(
    means: Sequence[str], spreads: Sequence[str], ns: Sequence[int], total: str, kind: str = "open"
) -> Check:
    """Ask whether spreads that are labelled SD are, by building the spread of all from that of the subgroups.

    Sum of squares of all = sum((n - 1) SD^2) + sum(n (m - mean)^2); SD = sqrt(it / (N - 1)); SEM = SD / sqrt(N).
    The total is read as SD and as SEM, and so are the subgroups where `kind` is "open" and not "sd". `consistent` if
    SD throughout fits, `error` if only another reading does, `inconsistent` if none does. The root of the sum of
    squares is the length of a vector, so rounding moves it by no more than the length of the roundings.
    Raises StatsError for fewer than two subgroups, a size below 2, or a spread that is not above 0.
    """
    means_read, spreads_read, sizes = _groups(means, spreads, ns)
    whole, persons = read_positive(total, "total"), sum(sizes)
    centres = [float(mean.value) for mean in means_read]
    grand = math.fsum(n * m for n, m in zip(sizes, centres, strict=True)) / persons
    readings = []
    for spread, of_all in product(KINDS[checks.known(kind, "kind", ("sd", "open"))], KINDS["open"]):
        squares, moves = [], []
        for n, centre, mean, sd in zip(sizes, centres, means_read, spreads_read, strict=True):
            factor = math.sqrt(n) if spread == "SEM" else 1.0
            squares += [(n - 1) * (factor * float(sd.value)) ** 2, n * (centre - grand) ** 2]
            moves += [(n - 1) * (factor * float(sd.half)) ** 2, n * float(mean.half) ** 2]
        divisor = math.sqrt(persons - 1) * (math.sqrt(persons) if of_all == "SEM" else 1.0)
        length, move = math.sqrt(math.fsum(squares)), math.sqrt(math.fsum(moves))
        low, high = max(0.0, length - move) / divisor, (length + move) / divisor
        words = f"subgroups {spread}, total {of_all}"
        readings.append(Reading(words, length / divisor, low, high, whole.overlaps(low, high)))
    as_labelled, others = readings[0], tuple(readings[1:])
    verdict = "consistent" if as_labelled.fits else "error" if any(other.fits for other in others) else "inconsistent"
    steps = (f"mean of all {grand:.2f}", *(f"{reading.words}: {show(reading.value)}" for reading in readings))
    return Check("sem_not_sd", total, (as_labelled,), _ROUNDING, verdict, others, steps)


def interval_asymmetry(estimate: str, ci: Sequence[str], scale: str = "raw") -> Check:
    """Ask whether an estimate lies in the middle of its interval, on the scale on which it should.

    The middle is (low + high)/2 on the raw scale and sqrt(low x high) on the log scale; the other scale is tried as
    well where all three are above 0. Off the middle is `doubtful`, as some methods give such intervals; outside the
    interval is `inconsistent`. Raises StatsError as `p_against_interval` does.
    """
    point, low, high = _interval(estimate, ci, checks.known(scale, "scale", SCALES))
    readings = {"raw": _middle(point, low, high, "raw")}
    if scale == "log" or min(point.low, low.low) > 0:
        readings["log"] = _middle(point, low, high, "log")
    expected = readings.pop(scale)
    outside = point.high < low.low or point.low > high.high
    verdict = "inconsistent" if outside else "consistent" if expected.fits else "doubtful"
    below, above = float(point.value - low.value), float(high.value - point.value)
    step = f"distances {show(below)} below and {show(above)} above; middle {show(expected.value)} ({scale})"
    shown = _shown(point, low, high)
    return Check("ci_asymmetry", shown, (expected,), _ROUNDING, verdict, tuple(readings.values()), (step,))


def interval_against_claim(estimate: str, ci: Sequence[str], significant: bool, scale: str = "log") -> Check:
    """Hold an interval against the word significant: a significant one leaves out no effect (0 raw, 1 log).

    `contradiction` if the two differ, `consistent` also where a limit rounds to no effect. Raises StatsError as
    `p_against_interval` does.
    """
    point, low, high = _interval(estimate, ci, checks.known(scale, "scale", SCALES))
    if not isinstance(significant, bool):
        raise StatsError(f"significant is {significant!r}; expected True or False.")
    null = 1 if scale == "log" else 0
    includes = low.value <= null <= high.value
    touches = low.low <= null <= low.high or high.low <= null <= high.high
    word = f"includes {null}" if includes else f"leaves out {null}"
    fits = touches or includes != significant
    expected = Reading("interval", word, None, None, fits)
    middle = _middle(point, low, high, scale)
    called = "significant" if significant else "not significant"
    return Check(
        "ci_includes_null",
        f"{_shown(point, low, high)}, called {called}",
        (expected,),
        "rounding of the limits",
        "consistent" if fits else "contradiction",
        (),
        (f"{low.text} to {high.text} {word}; its middle on the {scale} scale is {show(middle.value)}",),
    )


def constant_multiples(intervals: Mapping[str, tuple[str, str, str]]) -> Check:
    """Ask whether the limits of several ratios (estimate, low, high) are the same multiples of their estimates.

    Each estimate has a standard error of its own, so low/estimate and high/estimate differ. `error` if three or more
    estimates share both within rounding. Only multiples that rounding leaves exact to 2 % are compared.
    Raises StatsError unless all figures are above 0 and the limits rise.
    """
    named = {
        name: _interval(*_three(figures, f"intervals, {name},"), "log")
        for name, figures in checks.named(intervals, "intervals", FEWEST_SHARED).items()
    }
    spans, steps = {}, []
    for name, (point, low, high) in named.items():
        multiples = [float(limit.value / point.value) for limit in (low, high)]
        ranges = [(limit.low / point.high, limit.high / point.low) for limit in (low, high)]
        steps.append(f"{name}: {show(multiples[0])} and {show(multiples[1])} times the estimate")
        if all(b - a <= SHARPEST_MULTIPLE * middle for (a, b), middle in zip(ranges, multiples, strict=True)):
            spans[name] = ranges
    # Ranges that share a point share the start of one of them.
    starts = product(*({ranges[limit][0] for ranges in spans.values()} for limit in (0, 1)))
    groups = (
        [name for name, ranges in spans.items() if all(a <= x <= b for (a, b), x in zip(ranges, start, strict=True))]
        for start in sorted(starts)
    )
    shared = max(groups, key=len, default=[])
    found = len(shared) >= FEWEST_SHARED
    if found:
        steps.append(f"the same multiples within rounding: {', '.join(shared)}")
    words = f"{len(spans)} of {len(named)} exact enough to compare"
    expected = Reading(words, "multiples that differ", None, None, not found)
    printed = "; ".join(f"{name} {_shown(*figures)}" for name, figures in named.items())
    verdict = "error" if found else "consistent"
    return Check("ci_constant_ratio", printed, (expected,), _ROUNDING, verdict, (), tuple(steps))


def auc_against_summary(auc: str, means: Sequence[str], sds: Sequence[str], ns: Sequence[int]) -> Check:
    """Hold an area under the ROC curve against means and SDs: Phi(|m1 - m2| / sqrt(sd1^2 + sd2^2)), both groups normal.

    Tried as well: both log-normal, with log variance ln(1 + sd^2/m^2) and log mean ln(m) less half of it, and normal
    with the spreads read as SEM. An area is counted from persons and the formula is a model, so three standard errors
    of the area (Hanley and McNeil 1982, Radiology 143:29-36) are allowed, and beyond them the verdict is `doubtful`.
    Raises StatsError for anything but two groups, an area outside 0 to 1, or a spread that is not above 0.
    """
    area = read_number(auc, "auc")
    if not 0 <= area.value <= 1:
        raise StatsError(f"auc is {auc!r}; expected an area from 0 to 1.")
    means_read, sds_read, sizes = _two_groups(means, sds, ns)
    # Which group comes first is not printed: an area below one half is turned round.
    folded = Printed(max(area.value, 1 - area.value), area.half, area.text)
    centres = [float(mean.value) for mean in means_read]
    spreads = [float(sd.value) for sd in sds_read]

    def reading(words: str, value: float) -> Reading:
        margin = AUC_ERRORS * _auc_se(value, *sizes)
        low, high = max(0.5, value - margin), min(1.0, value + margin)
        return Reading(words, value, low, high, folded.overlaps(low, high))

    normal = reading("normal, SD", _binormal(centres, spreads))
    others = []
    if min(centres) >= checks.SMALLEST_POSITIVE:
        variances = [math.log1p((sd / mean) ** 2) for mean, sd in zip(centres, spreads, strict=True)]
        logs = [math.log(mean) - v / 2 for mean, v in zip(centres, variances, strict=True)]
        others.append(reading("log-normal, SD", _binormal(logs, [math.sqrt(v) for v in variances])))
    sd_of_sem = [sem_to_sd(sem, n) for sem, n in zip(spreads, sizes, strict=True)]
    fits = normal.fits or any(other.fits for other in others)
    others.append(reading("normal, SEM", _binormal(centres, sd_of_sem)))
    steps = tuple(f"{r.words}: area {show(r.value)}, from {show(r.low)} to {show(r.high)}" for r in (normal, *others))
    tolerance = f"{AUC_ERRORS} standard errors of the area; rounding of the printed area"
    return Check("auc", auc, (normal,), tolerance, "consistent" if fits else "doubtful", tuple(others), steps)


def _reading_of_p(words: str, p: str, value: float, low: float, high: float) -> Reading:
    """Return the reading that a recomputed p gives, with its limits; one-sided readings are separate ones."""
    low, high = min(low, value), max(high, value)
    fits = judge_p(p, RecomputedP(value, low, high, directional=False)).verdict == "reproduced"
    return Reading(words, value, low, high, fits)


def _normal_p(z: float) -> float:
    return 2 * normal_cdf(-abs(z))


def _r_and_n(r: str, n: int) -> tuple[Printed, int]:
    read = read_number(r, "r")
    checks.correlation(float(read.value), "r")
    return read, checks.whole(n, "n", 3)


def _reading_of_r(r: Printed, n: int, p: str | None, sides: int = 2, missing: int = 1) -> Reading:
    """Return the p of a correlation with its limits; without a printed p, one that can be below 0.05 fits."""
    words = f"{'two-sided' if sides == 2 else 'one-sided'}, n = {n}"
    smallest, largest = _sizes(r.low, r.high)
    sizes = ((abs(float(r.value)), n), (largest, n), (smallest, max(3, n - missing)))
    value, low, high = (sides / 2 * p_from_r(size, pairs).p for size, pairs in sizes)
    if p is None:
        return Reading(words, value, low, high, low < NS_LEVEL)
    return _reading_of_p(words, p, value, low, high)


def _step_of_r(r: Printed, n: int) -> str:
    test = p_from_r(float(r.value), n)
    return f"r = {r.text}, n = {n}: t = {show(test.t)}, df = {n - 2}, two-sided P = {show(test.p)}"


def _fitting_n(r: float, p: PrintedP) -> int | None:
    """Return the n whose p comes nearest to the printed one, or for an inequality the first n that obeys it.

    p falls as n grows: the n looked for is the last above the printed value or the first that is not. None where n
    would exceed a thousand million.
    """
    limit = NS_LEVEL if p.value is None else p.value
    above, below = 2, 4
    while p_from_r(r, below).p > limit:
        above, below = below, 2 * below
        if below > checks.LARGEST_SIZE:
            return None
    while below - above > 1:
        middle = (above + below) // 2
        above, below = (middle, below) if p_from_r(r, middle).p > limit else (above, middle)
    if above < 3 or p.operator in ("<", "<="):
        return below
    if p.operator != "=":
        return above
    return min((below, above), key=lambda n: abs(p_from_r(r, n).p - limit))


def _groups(means: Sequence[str], spreads: Sequence[str], ns: Sequence[int]) -> _Groups:
    rows = {name: checks.rows(values, name, 2) for name, values in (("means", means), ("spreads", spreads), ("ns", ns))}
    checks.same_length(rows)
    return (
        [read_number(value, f"means, row {row},") for row, value in enumerate(rows["means"], 1)],
        [read_positive(value, f"spreads, row {row},") for row, value in enumerate(rows["spreads"], 1)],
        [checks.whole(value, f"ns, row {row},", 2) for row, value in enumerate(rows["ns"], 1)],
    )


def _two_groups(means: Sequence[str], spreads: Sequence[str], ns: Sequence[int]) -> _Groups:
    groups = _groups(means, spreads, ns)
    if len(groups[2]) != 2:
        raise StatsError(f"means has {len(groups[2])} rows; expected two groups.")
    return groups


def _two_group_test(
    test: Callable[..., TTest], kind: str, means: Sequence[Printed], spreads: Sequence[Printed], ns: Sequence[int]
) -> tuple[TTest, tuple[float, float]]:
    """Return the test of the printed figures, and its p at the corners of what rounding and missing persons allow."""

    def run(difference: float, widths: Sequence[float], sizes: Sequence[int]) -> TTest:
        sds = [sem_to_sd(w, n) if kind == "SEM" else w for w, n in zip(widths, sizes, strict=True)]
        return test(difference, sds[0], sizes[0], 0.0, sds[1], sizes[1])

    differences = _sizes(means[0].low - means[1].high, means[0].high - means[1].low)
    widths = product(*((spread.low, spread.high) for spread in spreads))
    sizes = product(*({max(2, n - 1), n} for n in ns))
    ps = [run(*corner).p for corner in product(differences, widths, sizes)]
    centre = run(abs(float(means[0].value - means[1].value)), [float(spread.value) for spread in spreads], ns)
    return centre, (min(ps), max(ps))


def _interval(estimate: str, ci: Sequence[str], scale: str) -> tuple[Printed, Printed, Printed]:
    limits = checks.rows(ci, "ci", 2)
    if len(limits) != 2:
        raise StatsError(f"ci has {len(limits)} rows; expected a lower and an upper limit.")
    read = read_positive if scale == "log" else read_number
    point = read(estimate, "estimate")
    low, high = (read(limit, f"ci, {name} limit,") for name, limit in zip(("lower", "upper"), limits, strict=True))
    if low.value >= high.value:
        raise StatsError(f"ci is {low.text} to {high.text}; expected a lower limit below the upper one.")
    return point, low, high


def _middle(point: Printed, low: Printed, high: Printed, scale: str) -> Reading:
    """Return the middle of an interval with its limits, and whether the estimate rounds to it."""
    pairs = ((float(low.value), float(high.value)), (low.low, high.low), (low.high, high.high))
    value, least, most = ((a + b) / 2 if scale == "raw" else math.sqrt(a) * math.sqrt(b) for a, b in pairs)
    return Reading(f"middle, {scale} scale", value, least, most, point.overlaps(least, most))


def _shown(point: Printed, low: Printed, high: Printed) -> str:
    return f"{point.text} ({low.text} to {high.text})"


def _three(figures: object, name: str) -> tuple[str, tuple[str, str]]:
    point, *limits = checks.rows(figures, name, 3)
    return point, tuple(limits)


def _binormal(means: Sequence[float], sds: Sequence[float]) -> float:
    return normal_cdf(abs(means[0] - means[1]) / math.hypot(*sds))


def _auc_se(area: float, n1: int, n2: int) -> float:
    both, twice = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (n1 - 1) * (both - area**2) + (n2 - 1) * (twice - area**2)
    # At an area of 1 the variance is 0, and rounding may leave it just below.
    return math.sqrt(max(0.0, variance) / (n1 * n2))


def _sizes(low: float, high: float) -> tuple[float, float]:
    """Return the smallest and largest size, without sign, of a number from low to high."""
    smallest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return smallest, max(abs(low), abs(high))
