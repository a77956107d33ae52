import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.correlations import fisher_z, pool_correlations
from il6review.stats.errors import StatsError
from il6review.stats.pooling import METHODS, pool

tables = st.lists(
    st.tuples(st.floats(-0.95, 0.95).map(lambda r: round(r, 2)), st.integers(4, 300)), min_size=2, max_size=10
)


def test_fisher_z_agrees_with_metafor(reference):
    (case,) = [case for case in reference("effect_sizes_metafor")["cases"] if case["args"]["measure"] == "ZCOR"]
    z = fisher_z(case["args"]["ri"], case["args"]["ni"])
    assert (z.estimate, z.variance) == pytest.approx((case["yi"], case["vi"]), rel=1e-12, abs=0)
    assert z.se == math.sqrt(z.variance)


@pytest.mark.parametrize(("r", "n", "z", "variance"), [(0.62, 15, 0.725, 0.0833), (0.99, 6, 2.6467, 0.3333)])
def test_fisher_z_agrees_with_published_values(r, n, z, variance):
    result = fisher_z(r, n)
    assert (round(result.estimate, 4), round(result.variance, 4)) == (z, variance)


@given(tables, st.sampled_from(METHODS))
def test_the_pooled_correlation_is_the_pooled_z_turned_back(rows, method):
    rs, ns = zip(*rows, strict=True)
    result = pool_correlations(rs, ns, method, "wald", 0.9)
    z = pool([math.atanh(r) for r in rs], [1 / (n - 3) for n in ns], method, "wald", 0.9)
    assert result.z == z
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        assert math.atanh(getattr(result, name)) == pytest.approx(getattr(z, name), rel=1e-6, abs=1e-9) or (
            abs(getattr(z, name)) > 8
        )


@given(tables)
def test_limits_are_correlations_around_the_estimate(rows):
    rs, ns = zip(*rows, strict=True)
    result = pool_correlations(rs, ns, interval="wald")
    assert -1 <= result.pi_low <= result.ci_low <= result.estimate <= result.ci_high <= result.pi_high <= 1
    assert min(rs) - 1e-12 <= result.estimate <= max(rs) + 1e-12


def test_the_default_is_reml_with_knapp_hartung_and_95_percent():
    result = pool_correlations([0.2, 0.5, 0.6], [30, 50, 20])
    assert (result.z.method, result.z.interval, result.z.pi_method) == ("REML", "knapp_hartung", "hk_t_k-1")
    assert result == pool_correlations([0.2, 0.5, 0.6], [30, 50, 20], confidence=0.95)


@pytest.mark.parametrize("r", [1, -1, 1.01, math.nan, None, "0.5"])
def test_an_impossible_correlation_is_refused_with_its_row(r):
    with pytest.raises(StatsError, match=r"^rs, row 2, is "):
        pool_correlations([0.2, r, 0.3], [20, 20, 20])
    with pytest.raises(StatsError, match=r"^r is "):
        fisher_z(r, 20)


@pytest.mark.parametrize("n", [3, 0, 20.5, math.nan, None, "20"])
def test_an_impossible_size_is_refused_with_its_row(n):
    with pytest.raises(StatsError, match=r"^ns, row 3, is "):
        pool_correlations([0.2, 0.1, 0.3], [20, 20, n])
    with pytest.raises(StatsError, match=r"^n is "):
        fisher_z(0.5, n)


def test_columns_of_different_length_and_too_few_studies_are_refused():
    with pytest.raises(StatsError, match="rs 2, ns 1 rows"):
        pool_correlations([0.2, 0.3], [20])
    with pytest.raises(StatsError, match="One study"):
        pool_correlations([0.2], [20])
    with pytest.raises(StatsError, match="no study"):
        pool_correlations([], [])


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("correlations") == {("confidence", 0.95)}
