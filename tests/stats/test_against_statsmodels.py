"""Whatever statsmodels also computes, beside it; its answers were never copied into a file."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_generic
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import binom_test, proportion_confint, proportions_chisquare
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from il6review.stats.combining import bonferroni, holm
from il6review.stats.contingency import chi2_p
from il6review.stats.directions import vote_count
from il6review.stats.p_values import anova_p, paired_p, paired_p_from_groups, student_p, welch_p
from il6review.stats.power import power_two_sample, sample_size_for

some = settings(max_examples=15)
samples = st.lists(st.floats(-10, 10), min_size=3, max_size=12).filter(lambda values: np.std(values) > 0.1)


def summary(values):
    return float(np.mean(values)), float(np.std(values, ddof=1)), len(values)


@given(st.floats(0, 1), st.integers(2, 60), st.floats(0.2, 2), st.floats(0.001, 0.2))
@some
def test_power(d, n1, ratio, alpha):
    # Larger designs give nan there.
    n2 = max(2, round(ratio * n1))
    theirs = TTestIndPower().power(effect_size=d, nobs1=n1, ratio=n2 / n1, alpha=alpha, alternative="two-sided")
    assert power_two_sample(d, n1, n2, alpha) == pytest.approx(theirs, rel=1e-8)


@given(st.floats(0.2, 1.5), st.floats(0.5, 0.95), st.sampled_from([1, 2, 3]))
@some
def test_sample_size(d, power, ratio):
    theirs = TTestIndPower().solve_power(effect_size=d, power=power, alpha=0.05, ratio=ratio)
    assert sample_size_for(d, power, 0.05, ratio).n1 == math.ceil(theirs)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=2, max_size=5))
@some
def test_chi_square_of_proportions_and_of_tables(counts):
    test = chi2_p(counts)
    events, totals = [row[0] for row in counts], [sum(row) for row in counts]
    statistic, p, _ = proportions_chisquare(events, totals)
    assert (test.chi2, test.p) == pytest.approx((statistic, p), rel=1e-9, abs=1e-12)
    table = Table(np.array(counts), shift_zeros=False).test_nominal_association()
    assert (test.chi2, test.p, test.df) == pytest.approx((table.statistic, table.pvalue, table.df), rel=1e-9, abs=1e-12)


@given(st.lists(st.sampled_from([1, -1]), min_size=1, max_size=40), st.floats(0.5, 0.99))
@some
def test_the_interval_of_a_share_and_the_sign_test(directions, confidence):
    found = vote_count(directions, confidence)
    theirs = proportion_confint(found.for_, found.k, alpha=1 - confidence, method="beta")
    assert (found.ci_low, found.ci_high) == pytest.approx(theirs, rel=1e-9)
    assert found.p_sign == pytest.approx(binom_test(found.for_, found.k, 0.5), rel=1e-9)


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=12))
@some
def test_adjusted_p_values(ps):
    assert holm(ps).ps == pytest.approx(multipletests(ps, method="holm")[1], rel=1e-9)
    assert bonferroni(ps).ps == pytest.approx(multipletests(ps, method="bonferroni")[1], rel=1e-12)


@given(samples, samples)
@some
def test_t_tests_of_two_groups(first, second):
    compared = CompareMeans(DescrStatsW(first), DescrStatsW(second))
    for test, usevar in ((student_p, "pooled"), (welch_p, "unequal")):
        found, theirs = test(*summary(first), *summary(second)), compared.ttest_ind(usevar=usevar)
        assert (found.t, found.p, found.df) == pytest.approx(theirs, rel=1e-8, abs=1e-12)


@given(samples, st.floats(0.1, 2))
@some
def test_paired_t_tests(first, factor):
    second = [factor * value + math.sin(7 * row) for row, value in enumerate(first)]
    differences = np.array(first) - np.array(second)
    assume(min(np.std(second), np.std(differences)) > 0.1)
    theirs = pytest.approx(DescrStatsW(differences).ttest_mean(0), rel=1e-6, abs=1e-9)
    found = paired_p(*summary(differences))
    assert (found.t, found.p, found.df) == theirs
    (m1, sd1, n), (m2, sd2, _) = summary(first), summary(second)
    found = paired_p_from_groups(m1, sd1, m2, sd2, n, float(np.corrcoef(first, second)[0, 1]))
    assert (found.t, found.p, found.df) == theirs


@given(st.lists(samples, min_size=2, max_size=5))
@some
def test_analysis_of_variance(groups):
    means, sds, ns = map(np.array, zip(*map(summary, groups), strict=True))
    found = anova_p(means.tolist(), sds.tolist(), ns.tolist())
    theirs = anova_generic(means, sds**2, ns, use_var="equal", welch_correction=False)
    assert (found.f, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-8, abs=1e-12)
    assert (found.df1, found.df2) == pytest.approx(theirs.df)
