"""Values below detection: the likelihood against 30-digit arithmetic and SciPy, the substitutions by hand."""

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from il6review.stats import censored
from il6review.stats.errors import StatsError

CASES = {
    "one limit": ([2.1, 3.4, 1.7, 9.8, 4.4, 2.9], [1.5, 1.5]),
    "two limits": ([2.1, 30.4, 1.7, 9.8, 4.4], [1.5, 3.0, 3.0]),
    "mostly below": ([2.1, 3.4, 9.8], [1.5] * 7),
    "nothing below": ([2.1, 3.4, 1.7, 9.8], []),
    "limit above values": ([0.5, 0.9, 2.0, 0.7], [4.0]),
    "large unit": ([2100.0, 3400.0, 1700.0, 9800.0], [1500.0]),
}


def exact(values, limits):
    """Maximise the likelihood with 30 digits; return mean and SD of the logs, their covariance, and the maximum."""
    with mpmath.workdps(30):
        ys, cs = [mpmath.log(v) for v in values], [mpmath.log(c) for c in limits]

        def log_likelihood(mu, sigma):
            own = sum(mpmath.log(mpmath.npdf((y - mu) / sigma) / sigma) - y for y in ys)
            return own + sum(mpmath.log(mpmath.ncdf((c - mu) / sigma)) for c in cs)

        def slope(mu, sigma):
            return [mpmath.diff(log_likelihood, (mu, sigma), n) for n in ((1, 0), (0, 1))]

        start = censored.log_normal(values, limits)
        mu, sigma = mpmath.findroot(slope, (start.mean_log * 1.001 + 0.001, start.sd_log * 1.01), tol=1e-20)
        bends = [
            [mpmath.diff(log_likelihood, (mu, sigma), n) for n in row] for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))
        ]
        cov = (-mpmath.matrix(bends)) ** -1
        return mu, sigma, cov, log_likelihood(mu, sigma)


@pytest.mark.parametrize("case", CASES)
def test_the_likelihood_agrees_with_thirty_digits(case):
    values, limits = CASES[case]
    found = censored.log_normal(values, limits)
    mu, sigma, cov, best = exact(values, limits)
    assert found.mean_log == pytest.approx(float(mu), rel=1e-11, abs=1e-12)
    assert found.sd_log == pytest.approx(float(sigma), rel=1e-11)
    assert found.se_mean_log == pytest.approx(float(mpmath.sqrt(cov[0, 0])), rel=1e-9)
    assert found.se_sd_log == pytest.approx(float(mpmath.sqrt(cov[1, 1])), rel=1e-9)
    assert found.log_likelihood == pytest.approx(float(best), rel=1e-11)
    log_mean = mu + sigma**2 / 2
    se = mpmath.sqrt(cov[0, 0] + 2 * sigma * cov[0, 1] + sigma**2 * cov[1, 1])
    z = mpmath.sqrt(2) * mpmath.erfinv(0.95)
    assert found.mean == pytest.approx(float(mpmath.exp(log_mean)), rel=1e-10)
    assert found.ci_low == pytest.approx(float(mpmath.exp(log_mean - z * se)), rel=1e-8)
    assert found.ci_high == pytest.approx(float(mpmath.exp(log_mean + z * se)), rel=1e-8)
    assert found.sd == pytest.approx(float(mpmath.exp(log_mean) * mpmath.sqrt(mpmath.expm1(sigma**2))), rel=1e-9)
    assert found.median == pytest.approx(float(mpmath.exp(mu)), rel=1e-11)


def test_scipy_finds_the_same_maximum():
    values, limits = CASES["two limits"]

    data = stats.CensoredData(uncensored=values, left=limits)

    def exact_enough(loss, start, args, disp):
        return optimize.minimize(loss, start, args, "Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13}).x

    sigma, _, scale = stats.lognorm.fit(data, floc=0, optimizer=exact_enough)
    found = censored.log_normal(values, limits)
    assert (found.median, found.sd_log) == pytest.approx((scale, sigma), rel=1e-6)


def test_without_limits_the_answer_is_that_of_the_logs():
    values = CASES["nothing below"][0]
    logs = [math.log(v) for v in values]
    mean = math.fsum(logs) / 4
    found = censored.log_normal(values, [])
    assert found.mean_log == pytest.approx(mean, rel=1e-14)
    assert found.sd_log == pytest.approx(math.sqrt(math.fsum((y - mean) ** 2 for y in logs) / 4), rel=1e-14)


def test_the_substitutions_are_those_of_hand():
    found = censored.below_detection([3.0, 5.0], [2.0, 4.0])
    assert (found.n, found.below, found.share) == (4, 2, 0.5)
    assert found.half.mean == pytest.approx((3 + 5 + 1 + 2) / 4)
    assert found.half.sd == pytest.approx(math.sqrt((0.25**2 + 2.25**2 + 1.75**2 + 0.75**2) / 3))
    root = [3, 5, 2 / math.sqrt(2), 4 / math.sqrt(2)]
    assert found.root.mean == pytest.approx(sum(root) / 4)
    assert found.root.factor == pytest.approx(1 / math.sqrt(2))


@pytest.mark.parametrize(
    ("values", "limits", "reason"),
    [
        ([3.0, 5.0], [2.0], "2 values were measured; expected at least 3."),
        ([3.0, 3.0, 3.0], [2.0], "All measured values are equal; expected values that differ."),
        ([0.0, 3.0, 5.0], [2.0], "values, row 1, is 0.0; expected a number above 0 (at least 1e-50)."),
        ([1e-40, 1.0, 1e40], [], "The logarithms vary too much (SD 75.2); the mean of the values is beyond bounds."),
    ],
)
def test_where_the_likelihood_has_no_answer_the_reason_stands_beside_the_substitutions(values, limits, reason):
    found = censored.below_detection(values, limits)
    assert (found.censored, found.reason) == (None, reason)
    assert found.half.mean > 0


@pytest.mark.parametrize(
    ("values", "limits", "confidence", "message"),
    [
        ([1.0], [], 0.95, "There are 1 values; expected at least 2."),
        ([1.0, -2.0], [1.5], 0.95, "values has -2.0; expected 0 or more."),
        ([1.0, 2.0], [0.0], 0.95, "limits, row 1, is 0.0; expected a number above 0 (at least 1e-50)."),
        ([1.0, float("nan")], [1.0], 0.95, "values, row 2, is nan; expected a finite number no larger than 1e+50."),
    ],
)
def test_what_cannot_be_computed_is_refused(values, limits, confidence, message):
    with pytest.raises(StatsError) as caught:
        censored.below_detection(values, limits, confidence)
    assert str(caught.value) == message


def test_a_confidence_outside_its_range_is_refused():
    with pytest.raises(StatsError, match="confidence is 1"):
        censored.log_normal([1.0, 2.0, 3.0], [], 1)


spread = st.floats(0.01, 1e4)


@given(st.lists(spread, min_size=3, max_size=20), st.lists(spread, max_size=20), st.floats(1e-3, 1e3))
def test_a_change_of_unit_changes_only_the_unit(values, limits, factor):
    try:
        found = censored.log_normal(values, limits)
        other = censored.log_normal([factor * v for v in values], [factor * v for v in limits])
    except StatsError:
        return
    assert other.median == pytest.approx(factor * found.median, rel=1e-6)
    assert other.sd_log == pytest.approx(found.sd_log, rel=1e-6)
