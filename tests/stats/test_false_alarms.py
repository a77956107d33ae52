"""How often the checks accuse a clean table: raw data, summarised and rounded as papers print them, then checked.

Groups of 8 to 60 persons from a normal or a log-normal distribution; means and spreads with one or two decimals, r and
ratios with two, p with two or three, or as an inequality. `false_alarms.json` holds the verdicts, counted; the checks
of units, years and marks compare facts, and chance has no part in them.
"""

import math
from collections import Counter
from random import Random
from statistics import correlation, fmean, stdev

import pytest

from il6review.stats import consistency as c
from il6review.stats.contingency import chi2_p, fisher_exact
from il6review.stats.distributions import f_sf, normal_cdf, t_quantile
from il6review.stats.granularity import debit, grim, grimmer, percent_of_n
from il6review.stats.p_values import p_from_r, student_p, welch_p
from il6review.stats.statements import direction_against_text, sign_pattern

TABLES = 300
SEED = 6
ALARMS = {"inconsistent", "error", "contradiction", "not_reproduced", "not_significant"}


def print_p(rng, p):
    """Print p with two or three decimals, or, in three of ten cases and where it would be 0, as an inequality."""
    digits = rng.choice((2, 3))
    if round(p, digits) == 0:
        return f"<{10**-digits:.{digits}f}"
    return f"{p:.{digits}f}" if rng.random() < 0.7 else ("<0.05" if p < 0.05 else "NS")


def groups(rng, draw):
    """Check one table of two groups: means, spreads, total, p, interval, area under the curve, direction."""
    ns = [rng.randint(8, 60) for _ in range(2)]
    shift = rng.choice((0, 0.3, 0.8))
    data = [[draw(rng, shift * group) for _ in range(n)] for group, n in enumerate(ns)]
    digits = rng.choice((1, 2))

    def shown(values):
        return [f"{value:.{digits}f}" for value in values]

    means, sds = [fmean(x) for x in data], [stdev(x) for x in data]
    sems = [sd / math.sqrt(n) for sd, n in zip(sds, ns, strict=True)]
    test = rng.choice((student_p, welch_p))(means[0], sds[0], ns[0], means[1], sds[1], ns[1])
    p, everybody = print_p(rng, test.p), data[0] + data[1]
    yield "p_from_summary, SD", c.p_against_summary(shown(means), shown(sds), ns, p, "sd")
    yield "p_from_summary, SEM", c.p_against_summary(shown(means), shown(sems), ns, p, "sem")
    yield "p_from_summary, open", c.p_against_summary(shown(means), shown(rng.choice((sds, sems))), ns, p, "open")
    yield "subgroup_mean", c.subgroup_mean(shown(means), ns, *shown([fmean(everybody)]))
    total = shown([stdev(everybody)])
    yield "sem_not_sd", c.sem_not_sd(shown(means), shown(sds), ns, *total, rng.choice(("sd", "open")))

    difference = means[0] - means[1]
    reach = abs(difference / test.t) * t_quantile(0.975, test.df)
    estimate, *ci = shown((difference, difference - reach, difference + reach))
    yield "p_from_ci, raw", c.p_against_interval(estimate, ci, p)
    yield "ci_asymmetry, raw", c.interval_asymmetry(estimate, ci)
    yield "ci_includes_null, raw", c.interval_against_claim(estimate, ci, test.p < 0.05, "raw")

    wins = fmean((x > y) + (x == y) / 2 for x in data[0] for y in data[1])
    yield "auc", c.auc_against_summary(f"{wins:.2f}", shown(means), shown(sds), ns)
    names = ("a", "b") if means[0] > means[1] else ("b", "a")
    yield "direction", direction_against_text(dict(zip("ab", shown(means), strict=True)), names[:1], names[1:])


def variances(rng, draw):
    """Check one F of an analysis of variance with its p."""
    data = [[draw(rng, shift) for _ in range(rng.randint(8, 60))] for shift in (0, 0.3, 0.6)[: rng.choice((2, 3))]]
    everybody = [value for group in data for value in group]
    df = len(data) - 1, len(everybody) - len(data)
    between = sum(len(group) * (fmean(group) - fmean(everybody)) ** 2 for group in data) / df[0]
    within = sum((value - fmean(group)) ** 2 for group in data for value in group) / df[1]
    f = between / within
    yield "p_from_f", c.p_against_f(f"{f:.{rng.choice((1, 2))}f}", *df, print_p(rng, f_sf(f, *df)))


def correlations(rng, draw):
    """Check one correlation with its p, and the signs of one relation at three sites."""
    n = rng.randint(8, 60)
    xs = [draw(rng, 0) for _ in range(n)]
    spread, strength = stdev(xs), rng.choice((0, 0.3, 0.6))
    rs = []
    for _ in range(3):
        ys = [strength * x / spread + math.sqrt(1 - strength**2) * rng.gauss(0, 1) for x in xs]
        rs.append(correlation(xs, ys))
    printed = [f"{r:.2f}" for r in rs]
    p = print_p(rng, p_from_r(rs[0], n).p)
    yield "p_from_r_n", c.p_against_r(printed[0], n, p)
    yield "one_sided_p", c.one_sided_p(printed[0], n, p)
    if all(float(r) for r in printed):
        yield "sign_pattern", sign_pattern(printed)


def ratios(rng, draw):
    """Check six ratios of one model: intervals, p, and limits against each other."""
    intervals = {}
    for name in "abcdef":
        log, se = rng.gauss(0.3, 0.5), rng.uniform(0.1, 0.5)
        p = 2 * normal_cdf(-abs(log / se))
        ratio, low, high = (f"{math.exp(log + z * se):.2f}" for z in (0, -1.96, 1.96))
        intervals[name] = ratio, low, high
        if name not in "ab" or low == high or "0.00" in (ratio, low):
            continue
        shown = print_p(rng, p)
        yield "p_from_ci, log", c.p_against_interval(ratio, (low, high), shown, "log")
        yield "ci_asymmetry, log", c.interval_asymmetry(ratio, (low, high), "log")
        yield "ci_includes_null, log", c.interval_against_claim(ratio, (low, high), p < 0.05)
        yield "p_from_hr_se", c.p_against_hazard_ratio(ratio, f"{math.exp(log) * se:.2f}", shown)
    yield "ci_constant_ratio", c.constant_multiples(intervals)


def whole_units(rng, draw):
    """Check scores of persons, yes-or-no data, percents and counts."""
    n, items = rng.randint(8, 60), rng.choice((1, 2, 3))
    scores = [fmean(rng.randint(1, 7) for _ in range(items)) for _ in range(n)]
    digits = rng.choice((1, 2))
    mean, sd = (f"{f(scores):.{digits}f}" for f in (fmean, stdev))
    yield "grim", grim(mean, n, "Likert", items)
    yield "grimmer", grimmer(mean, sd, n, "Likert", items)
    ns, chance = [n, rng.randint(8, 60)], rng.uniform(0.1, 0.9)
    answers = [[int(rng.random() < chance) for _ in range(size)] for size in ns]
    yield "debit", debit(*(f"{f(answers[0]):.2f}" for f in (fmean, stdev)), n, "binary")
    events = [sum(group) for group in answers]
    percent = f"{100 * events[0] / n:.{rng.choice((0, 1))}f}"
    yield "percent_of_n", percent_of_n(percent, n, rng.choice((None, events[0])))
    if 0 < sum(events) < sum(ns):
        table = [[count, size - count] for count, size in zip(events, ns, strict=True)]
        p = rng.choice((fisher_exact(table).p, chi2_p(table).p, chi2_p(table, yates=True).p))
        yield "p_from_counts", c.p_against_counts(events, ns, print_p(rng, p))


DRAWS = {
    "normal": lambda rng, shift: rng.gauss(20 + 5 * shift, 5),
    "log_normal": lambda rng, shift: math.exp(rng.gauss(2.5 + 0.6 * shift, 0.6)),
}


def simulate(name):
    """Return for each check how many tables got which verdict."""
    first, second, verdicts = Random(SEED), Random(SEED + 1), {}
    # Draws of their own for what was added later, so that the tables of the others stay what they were.
    parts = dict.fromkeys((groups, correlations, ratios, whole_units), first) | {variances: second}
    for _ in range(TABLES):
        for part, rng in parts.items():
            for check, outcome in part(rng, DRAWS[name]):
                verdicts.setdefault(check, Counter())[outcome.verdict] += 1
    return {check: dict(sorted(counted.items())) for check, counted in sorted(verdicts.items())}


def test_the_record_names_the_tables_of_each_distribution(reference):
    record = reference("false_alarms")
    assert record["tables"] == TABLES
    assert record["verdicts"].keys() == DRAWS.keys()


@pytest.mark.parametrize("name", DRAWS)
def test_the_verdicts_on_clean_tables_are_those_on_record(reference, name):
    assert simulate(name) == reference("false_alarms")["verdicts"][name]


@pytest.mark.parametrize("name", DRAWS)
def test_no_check_accuses_a_clean_table_in_one_of_a_hundred_cases(reference, name):
    for check, counted in reference("false_alarms")["verdicts"][name].items():
        accused = sum(count for verdict, count in counted.items() if verdict in ALARMS)
        assert accused <= 0.01 * sum(counted.values()), check
