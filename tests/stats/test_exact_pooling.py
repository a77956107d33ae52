"""200 random data sets, pooled by 50-digit arithmetic and by the package: 12 digits of every number."""

import random

import pytest
from mpmath import fdot, fsum, mp, mpf, sqrt

from il6review.stats.pooling import METHODS, fit

KINDS = ("typical", "two studies", "homogeneous", "huge", "tiny", "equal variances", "mixed variances", "large offset")
SEED = 20240607


def data_sets():
    """Return 200 data sets of eight kinds; two have 1,000 studies and two have 100."""
    draw, sets = random.Random(SEED), []
    for number in range(200):
        kind = KINDS[number % len(KINDS)]
        k = {0: 1000, 6: 1000, 8: 100, 14: 100}.get(
            number, 2 if kind == "two studies" else draw.choice((3, 5, 8, 13, 20))
        )
        scale = {"huge": 1e12, "tiny": 1e-14}.get(kind, 1.0)
        v = [scale * draw.uniform(0.01, 0.4) for _ in range(k)]
        if kind == "equal variances":
            v = [v[0]] * k
        elif kind == "mixed variances":
            v = [10 ** draw.uniform(-5, 5) for _ in range(k)]
        tau = 0.0 if kind == "homogeneous" else draw.choice((0.05, 0.3, 2.0)) * scale**0.5
        middle = (1e6 if kind == "large offset" else 0.3) * scale**0.5
        sets.append(([draw.gauss(middle, (x + tau**2) ** 0.5) for x in v], v))
    return sets


class Exact:
    """The estimators of tau2 from their definitions, in 50 digits."""

    def __init__(self, y, v):
        self.y, self.v, self.k = [mpf(a) for a in y], [mpf(x) for x in v], len(y)

    def at(self, tau2):
        w = [1 / (x + tau2) for x in self.v]
        mu = fdot(w, self.y) / fsum(w)
        return w, mu, [a - mu for a in self.y]

    def q(self, tau2):
        w, _, r = self.at(tau2)
        return fsum(a * b**2 for a, b in zip(w, r, strict=True))

    def squares(self):
        mean = fsum(self.y) / self.k
        return fsum((a - mean) ** 2 for a in self.y)

    def score(self, tau2, restricted):
        w, _, r = self.at(tau2)
        lost = fsum(a**2 for a in w) / fsum(w) if restricted else 0
        return fsum((a * b) ** 2 for a, b in zip(w, r, strict=True)) - fsum(w) + lost

    def tau2(self, method, found):
        """Return tau2; where it is a root, the one next to `found`."""
        w, k = self.at(0)[0], self.k
        if method == "EE":
            return mpf(0)
        if method == "DL":
            return max(mpf(0), (self.q(0) - (k - 1)) / (fsum(w) - fsum(a**2 for a in w) / fsum(w)))
        if method == "HE":
            return max(mpf(0), self.squares() / (k - 1) - fsum(self.v) / k)
        if method == "HS":
            return max(mpf(0), (self.q(0) - k) / fsum(w))
        if method == "SJ":
            start = self.squares() / k
            return start * self.q(start) / (k - 1)
        equation = {
            "PM": lambda tau2: self.q(tau2) - (k - 1),
            "ML": lambda tau2: self.score(tau2, restricted=False),
            "REML": lambda tau2: self.score(tau2, restricted=True),
        }[method]
        if found == 0:
            assert equation(mpf(0)) <= 0
            return mpf(0)
        before, now = mpf(found) * (1 + mpf(10) ** -12), mpf(found)
        at_before, at_now = equation(before), equation(now)
        while abs(now - before) > mpf(10) ** -30 * now and at_now != at_before:
            before, now = now, now - at_now * (now - before) / (at_now - at_before)
            at_before, at_now = at_now, equation(now)
        return now


@pytest.mark.parametrize("method", METHODS)
@mp.workdps(50)
def test_random_data_agree_with_50_digit_arithmetic_to_12_digits(method):
    for number, (y, v) in enumerate(data_sets()):
        wald, knapp_hartung = fit(y, v, method, "wald"), fit(y, v, method, "knapp_hartung")
        exact = Exact(y, v)
        tau2 = exact.tau2(method, wald.tau2)
        w, mu, _ = exact.at(tau2)
        expected = tau2, mu, 1 / sqrt(fsum(w)), sqrt(exact.q(tau2) / (exact.k - 1) / fsum(w))
        found = wald.tau2, wald.estimate, wald.se, knapp_hartung.se
        for name, one, other in zip(("tau2", "mu", "se", "se_knha"), found, expected, strict=True):
            assert one == pytest.approx(float(other), rel=1e-12, abs=0), (name, number)
