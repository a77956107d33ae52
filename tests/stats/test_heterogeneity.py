import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from il6review.stats import heterogeneity
from il6review.stats.errors import StatsError

studies = st.lists(
    st.tuples(st.floats(-5, 5).map(lambda y: round(y, 3)), st.floats(0.001, 3)), min_size=2, max_size=12
).map(lambda rows: tuple(zip(*rows, strict=True)))
TAU2 = sorted(heterogeneity.TAU2)


def log_likelihood(y, v, tau2, restricted):
    """Return the likelihood from its definition, without a shared line of code."""
    weights = [1 / (x + tau2) for x in v]
    mu = sum(w * a for w, a in zip(weights, y, strict=True)) / sum(weights)
    squares = sum(w * (a - mu) ** 2 for w, a in zip(weights, y, strict=True))
    of_mean = math.log(sum(weights)) if restricted else 0.0
    return -0.5 * (sum(math.log(x + tau2) for x in v) + of_mean + squares)


@pytest.mark.parametrize("method", TAU2)
def test_tau2_agrees_with_50_digit_arithmetic_to_12_digits(reference, method):
    data = reference("pooling_metafor")["cases"]
    for name, case in reference("pooling_oracle")["cases"].items():
        tau2 = heterogeneity.TAU2[method](data[name]["yi"], data[name]["vi"])
        assert tau2 == pytest.approx(float(case[method]["tau2"]), rel=1e-12, abs=0)


@pytest.mark.parametrize("method", TAU2)
def test_tau2_of_hard_data_agrees_with_50_digit_arithmetic(reference, method):
    for case in reference("exact")["pooling"]:
        tau2 = heterogeneity.TAU2[method](case["yi"], case["vi"])
        assert tau2 == pytest.approx(float(case[method]["tau2"]), rel=1e-12, abs=0), case["name"]


def test_q_agrees_with_50_digit_arithmetic(reference):
    data = reference("pooling_metafor")["cases"]
    for name, case in reference("pooling_oracle")["cases"].items():
        q = heterogeneity.q_statistic(data[name]["yi"], data[name]["vi"])
        assert q == pytest.approx(float(case["Q"]), rel=1e-12, abs=0)


@pytest.mark.parametrize(("method", "restricted"), [("ML", False), ("REML", True)])
@given(data=studies)
@example(data=([-1.0, 1.0, *[0.0] * 8], [0.01, 0.01, *[100.0] * 8]))
def test_no_tau2_on_a_fine_grid_is_more_likely(method, restricted, data):
    y, v = data
    best = log_likelihood(y, v, heterogeneity.TAU2[method](y, v), restricted)
    for tau2 in (0.0, *(1e-5 * 10 ** (step / 12) for step in range(96))):
        assert log_likelihood(y, v, tau2, restricted) <= best + 1e-9


@pytest.mark.parametrize("method", ["DL", "HE", "HS", "PM", "ML", "REML"])
def test_a_tau2_far_below_the_variances_is_right_to_the_digits_of_the_variances(method):
    # With equal variances tau2 has a closed form, here far below the variance.
    lost = {"HS": 3 / 2, "ML": 3 / 2}.get(method, 1.0)
    variance, tau2 = 0.25, 2.0**-34
    half = math.sqrt(lost * (variance + tau2))
    found = heterogeneity.TAU2[method]([1 - half, 1.0, 1 + half], [variance] * 3)
    assert found == pytest.approx(tau2, rel=0, abs=5e-16)


@pytest.mark.parametrize("method", TAU2)
@given(data=studies, shift=st.integers(-20, 20), factor=st.floats(0.1, 10))
def test_tau2_is_not_negative_ignores_a_shift_and_scales_with_the_square(method, data, shift, factor):
    y, v = data
    tau2 = heterogeneity.TAU2[method](y, v)
    assert tau2 >= 0
    shifted = heterogeneity.TAU2[method]([a + shift for a in y], v)
    assert shifted == pytest.approx(tau2, rel=1e-6, abs=1e-9)
    scaled = heterogeneity.TAU2[method]([a * factor for a in y], [x * factor**2 for x in v])
    assert scaled == pytest.approx(tau2 * factor**2, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("method", ["DL", "HE", "PM", "REML"])
@given(y=st.lists(st.floats(-5, 5), min_size=2, max_size=10), variance=st.floats(0.01, 2))
def test_with_equal_variances_an_unbiased_estimator_is_the_sample_variance_less_the_sampling_variance(
    method, y, variance
):
    mean = math.fsum(y) / len(y)
    expected = max(0.0, math.fsum((a - mean) ** 2 for a in y) / (len(y) - 1) - variance)
    assert heterogeneity.TAU2[method](y, [variance] * len(y)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(studies)
def test_the_paule_mandel_tau2_brings_q_to_its_degrees_of_freedom(data):
    y, v = data
    tau2 = heterogeneity.tau2_pm(y, v)
    q = heterogeneity.weighted_mean(y, v, tau2).q
    assert q == pytest.approx(len(y) - 1, rel=1e-10) if tau2 > 0 else q <= len(y) - 1


@given(studies, st.floats(0.1, 0.99))
def test_the_q_profile_interval_holds_the_paule_mandel_tau2_and_widens_with_confidence(data, confidence):
    y, v = data
    low, high = heterogeneity.q_profile(y, v, confidence)
    wider_low, wider_high = heterogeneity.q_profile(y, v, (1 + confidence) / 2)
    assert wider_low <= low <= high <= wider_high
    if len(y) > 3 and confidence > 0.5:
        assert low <= heterogeneity.tau2_pm(y, v) <= high


def test_the_q_profile_interval_shrinks_to_zero_if_no_tau2_fits():
    assert heterogeneity.q_profile([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]) == (0.0, 0.0)


def test_i2_and_h2_of_dersimonian_and_laird_come_from_q():
    y, v = [0.1, 1.3, 0.5, 2.0], [0.04, 0.09, 0.05, 0.2]
    q, tau2 = heterogeneity.q_statistic(y, v), heterogeneity.tau2_dl(y, v)
    assert heterogeneity.i2(tau2, v) == pytest.approx(100 * (q - 3) / q, rel=1e-12)
    assert heterogeneity.h2(tau2, v) == pytest.approx(q / 3, rel=1e-12)


def test_the_typical_variance_of_equal_variances_is_that_variance():
    assert heterogeneity.typical_variance([0.3, 0.3, 0.3]) == pytest.approx(0.3, rel=1e-14)


def test_prediction_intervals_agree_by_five_conventions(reference):
    data = reference("pooling_metafor")["cases"]
    for case in reference("prediction_intervals")["cases"]:
        y, v = data[case["data"]]["yi"], data[case["data"]]["vi"]
        tau2 = heterogeneity.TAU2[case["method"]](y, v)
        for convention in heterogeneity.PREDICTIONS:
            interval = heterogeneity.prediction_interval(y, v, tau2, convention)
            assert interval == pytest.approx(case[convention], rel=1e-9, abs=0)


@given(studies.filter(lambda data: len(data[0]) > 2))
def test_a_prediction_interval_is_wider_with_fewer_degrees_of_freedom(data):
    y, v = data
    tau2 = heterogeneity.tau2_dl(y, v)
    widths = []
    for convention in ("normal", "t_k-1", "t_k-2"):
        low, high = heterogeneity.prediction_interval(y, v, tau2, convention)
        assert low < heterogeneity.weighted_mean(y, v, tau2).estimate < high
        widths.append(high - low)
    assert widths == sorted(widths)


@pytest.mark.parametrize("convention", ["t_k-2", "hk_t_k-2"])
def test_two_studies_leave_no_degree_of_freedom_for_k_less_2(convention):
    with pytest.raises(StatsError, match="at least three studies; there are 2"):
        heterogeneity.prediction_interval([0.1, 0.9], [0.1, 0.1], 0.2, convention)


def test_an_unknown_convention_is_answered_with_the_known_ones():
    with pytest.raises(StatsError, match="expected one of normal, t_k-1, t_k-2, hk_t_k-1, hk_t_k-2"):
        heterogeneity.prediction_interval([0.1, 0.9], [0.1, 0.1], 0.2, "t_k-3")


def test_equal_estimates_have_no_knapp_hartung_standard_error():
    mean = heterogeneity.weighted_mean([0.1, 0.1, 0.1], [0.1, 0.2, 0.3], 0.0)
    with pytest.raises(StatsError, match="All estimates are equal"):
        heterogeneity.knapp_hartung_se(mean)


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, None, 1e200])
def test_a_bad_tau2_is_refused(bad):
    for function in (
        lambda: heterogeneity.i2(bad, [1, 1]),
        lambda: heterogeneity.h2(bad, [1, 1]),
        lambda: heterogeneity.weighted_mean([1, 2], [1, 1], bad),
        lambda: heterogeneity.prediction_interval([1, 2], [1, 1], bad, "normal"),
    ):
        with pytest.raises(StatsError, match=r"^tau2 is "):
            function()


@pytest.mark.parametrize(
    "function",
    [heterogeneity.q_statistic, heterogeneity.q_profile, *heterogeneity.TAU2.values()],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize("bad", [math.nan, math.inf, None, "1", 1e300])
def test_a_bad_study_is_refused_with_its_row(function, bad):
    for row in range(3):
        y, v = [0.1, 0.5, 0.9], [0.1, 0.2, 0.3]
        y[row] = bad
        with pytest.raises(StatsError, match=f"^estimates, row {row + 1}, is "):
            function(y, v)
        y, v = [0.1, 0.5, 0.9], [0.1, 0.2, 0.3]
        v[row] = bad
        with pytest.raises(StatsError, match=f"^variances, row {row + 1}, is "):
            function(y, v)


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("heterogeneity") == {("confidence", 0.95)}
