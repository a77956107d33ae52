import ast
import math
from pathlib import Path

import pytest

import il6review.stats
from il6review.stats import distributions
from il6review.stats.errors import NotConverged, StatsError

MODULES = sorted(Path(il6review.stats.__file__).parent.glob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_scipy_is_imported_by_this_module_alone():
    users = {path.stem for path in MODULES if any(name.startswith("scipy") for name in imported(path))}
    assert users == {"distributions"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_statistics_import_nothing_else_of_the_project_and_no_tables(path):
    for name in imported(path):
        top = name.split(".")[0]
        assert top not in ("numpy", "pandas", "matplotlib")
        assert top != "il6review" or name.startswith("il6review.stats")


def test_t_quantiles_agree_with_30_digit_arithmetic(reference):
    for case in reference("exact")["t_quantiles"]:
        t = -distributions.t_quantile(float(case["p"]), case["df"])
        assert t == pytest.approx(float(case["t"]), rel=1e-12, abs=0)


def test_t_tails_agree_with_30_digit_arithmetic(reference):
    for case in reference("exact")["t_tails"]:
        assert distributions.t_sf(case["t"], case["df"]) == pytest.approx(float(case["p"]), rel=1e-12, abs=0)


def test_chi_square_tails_agree_with_30_digit_arithmetic(reference):
    for case in reference("exact")["chi2"]:
        tail = distributions.chi2_sf(case["x"], case["df"])
        assert tail == pytest.approx(float(case["sf"]), rel=1e-12, abs=0)


@pytest.mark.parametrize("p", [1e-12, 0.025, 0.5, 0.975])
@pytest.mark.parametrize("df", [1, 4, 47])
def test_chi_square_quantiles_invert_the_tail(p, df):
    assert distributions.chi2_sf(distributions.chi2_upper_quantile(p, df), df) == pytest.approx(p, rel=1e-12, abs=0)
    upper = 1 - distributions.chi2_sf(distributions.chi2_quantile(p, df), df)
    assert upper == pytest.approx(p, rel=1e-12, abs=1e-15)


def test_the_normal_density_is_the_slope_of_the_normal_distribution():
    assert distributions.normal_density(0) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-15)
    for x in (-1.3, 0.4, 2.0):
        slope = (distributions.normal_cdf(x + 1e-5) - distributions.normal_cdf(x - 1e-5)) / 2e-5
        assert distributions.normal_density(x) == pytest.approx(slope, rel=1e-8)


def test_an_integral_is_found_to_the_last_digits():
    assert distributions.integrate(lambda x: x**2, (0, 1, 3)) == pytest.approx(9, rel=1e-14)
    narrow = distributions.integrate(lambda x: math.exp(-(((x - 1) * 1e6) ** 2)), (-5, 1 - 1e-5, 1, 1 + 1e-5, 5))
    assert narrow == pytest.approx(1e-6 * math.sqrt(math.pi), rel=1e-12)
    assert distributions.integrate(lambda x: 0.0, (0, 1, 2)) == 0


def test_an_integral_that_does_not_settle_is_a_named_error():
    with pytest.raises(NotConverged, match="The integral from 0 to 2 was not found"):
        distributions.integrate(lambda x: 1 / abs(x - 0.3), (0, 1, 2))


def test_the_normal_quantile_inverts_the_normal_distribution():
    assert distributions.normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-15, abs=0)
    assert distributions.normal_cdf(distributions.normal_quantile(1e-10)) == pytest.approx(1e-10, rel=1e-12, abs=0)


def test_the_beta_quantile_of_one_success_has_a_closed_form():
    assert distributions.beta_quantile(0.3, 4, 1) == pytest.approx(0.3**0.25, rel=1e-14, abs=0)


def test_a_root_is_found_to_the_last_digits():
    assert distributions.find_root(lambda x: x**3 - 2, 0, 1e6) == pytest.approx(2 ** (1 / 3), rel=1e-15, abs=0)


def test_no_change_of_sign_is_a_named_error():
    with pytest.raises(NotConverged, match="No root between 0 and 1"):
        distributions.find_root(lambda x: x + 1, 0, 1)


@pytest.mark.parametrize("p", [1e-4, 0.025, 0.5, 0.975, 0.9999])
@pytest.mark.parametrize("t", [-4.0, -0.7, 0.0, 2.1, 4.0])
@pytest.mark.parametrize("df", [3, 7.5, 58])
def test_a_noncentrality_gives_back_its_p(p, t, df):
    found = distributions.nct_noncentrality(p, t, df)
    assert distributions.nct_cdf(t, df, found) == pytest.approx(p, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("t", [0.0, 1e-300, -1e-101])
@pytest.mark.parametrize("noncentrality", [-1.5, 0.3, 4.0])
def test_at_0_a_noncentral_t_is_a_normal_tail(t, noncentrality):
    expected = distributions.normal_cdf(-noncentrality)
    assert distributions.nct_cdf(t, 5, noncentrality) == pytest.approx(expected, rel=1e-12)


def test_a_noncentral_t_without_value_is_a_named_error():
    with pytest.raises(StatsError, match="noncentral t"):
        distributions.nct_cdf(1.0, -1.0, 0.0)


def test_the_logarithm_of_the_normal_tail_stays_finite():
    assert distributions.normal_log_cdf(-1) == pytest.approx(math.log(distributions.normal_cdf(-1)), rel=1e-14)
    # By the continued fraction of Mills' ratio, x = 100.
    tail = -5000 - math.log(math.sqrt(2 * math.pi) * (100 + 1 / (100 + 2 / (100 + 3 / 100))))
    assert distributions.normal_log_cdf(-100) == pytest.approx(tail, rel=1e-13)


def test_the_f_tail_is_that_of_t_squared():
    for t, df in ((0.3, 4), (2.5, 11), (9, 30)):
        assert distributions.f_sf(t**2, 1, df) == pytest.approx(2 * distributions.t_sf(t, df), rel=1e-12, abs=0)
    # With two degrees of freedom above, the tail is (1 + 2 f / df2)^(-df2 / 2).
    assert distributions.f_sf(3, 2, 8) == pytest.approx((1 + 6 / 8) ** -4, rel=1e-12, abs=0)
