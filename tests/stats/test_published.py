"""Figures that public pages print come out to the printed digit.

Where tau2 was searched for, by ML or REML, the pages were made with metafor's default control, which stops at the
fourth or fifth digit: there a twenty-thousandth of the value is allowed besides.
"""

import math

import pytest

from il6review.stats.heterogeneity import q_profile
from il6review.stats.influence import cumulative
from il6review.stats.pooling import pool
from il6review.stats.regression import meta_regression
from il6review.stats.small_study import begg, trim_and_fill


@pytest.fixture
def printed(reference):
    return reference("published_pooling")


@pytest.fixture
def studies(reference):
    cases = reference("pooling_metafor")["cases"]
    return lambda name: (cases[name]["yi"], cases[name]["vi"])


def assert_printed(values, texts, method="REML"):
    """Hold values against texts: each value rounds to its text."""
    part = 5e-5 if method in ("ML", "REML") else 1e-12
    for value, text in zip(values, texts, strict=True):
        half = 0.5 * 10 ** -len(text.partition(".")[2])
        assert abs(value - float(text)) <= half + part * abs(value), (value, text)


def test_pooled_values_are_those_of_public_pages(printed, studies):
    for case in printed["pooled"]:
        y, v = studies(case["data"])
        found = pool(y, v, case["method"], "wald")
        values = vars(found) | {"z": found.estimate / found.se}
        for name in ("estimate", "se", "z", "tau2", "i2", "h2", "q"):
            if name in case:
                assert_printed([values[name]], [case[name]], case["method"])
        if "ci" in case:
            assert_printed([found.ci_low, found.ci_high], case["ci"], case["method"])
        if "q_profile" in case:
            assert_printed(q_profile(y, v), case["q_profile"], "exact")


def test_a_meta_regression_is_that_of_public_pages(printed, reference):
    case = printed["moderators"]
    data = reference("regression_metafor")["data"][case["data"]]
    names = case["moderators"]
    found = meta_regression(data["y"], data["v"], [data[name] for name in names], names, interval="wald")
    assert_printed([coefficient.estimate for coefficient in found.coefficients], case["estimates"])
    assert_printed([coefficient.se for coefficient in found.coefficients], case["ses"])
    assert_printed(
        [found.tau2, found.qe, found.qm, found.qm_p, found.r2],
        [case[name] for name in ("tau2", "qe", "qm", "qm_p", "r2")],
    )


def test_trim_and_fill_is_that_of_public_pages(printed, studies):
    for case in printed["trim_and_fill"]:
        found = trim_and_fill(*studies("bcg_RR"), method=case["method"])
        assert (found.missing, found.side) == (case["missing"], "right")
        for name in ("estimate", "se", "q", "tau2"):
            if name in case:
                assert_printed([getattr(found.pooled, name)], [case[name]], case["method"])


def test_the_rank_test_is_that_of_public_pages(printed, studies):
    for case in printed["begg"]:
        found = begg(*studies(case["data"]))
        assert_printed([found.tau, found.p], [case["tau"], case["p"]], "exact")


def test_cumulative_pooling_by_year_is_that_of_public_pages(printed, studies, reference):
    y, v = studies("bcg_RR")
    years = reference("regression_metafor")["data"]["bcg"]["year"]
    first = y[min(range(len(y)), key=years.__getitem__)]
    found = cumulative(y, v, years, interval="wald")
    assert_printed([first, *(result.estimate for result in found)], printed["cumulative"])
    assert not any(math.isnan(result.se) for result in found)
