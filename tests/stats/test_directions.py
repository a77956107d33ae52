import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from il6review.stats.directions import (
    DirectionCell,
    Outcome,
    SignTest,
    albatross_contour,
    albatross_points,
    direction_table,
    sign_test,
    vote_count,
)
from il6review.stats.errors import StatsError

votes = st.lists(st.sampled_from([1, 0, -1]), min_size=1, max_size=60)


def binomial_tail(events, k, p):
    """Return P(X >= events) of the binomial distribution."""
    return math.fsum(math.comb(k, i) * p**i * (1 - p) ** (k - i) for i in range(events, k + 1))


def test_null_studies_count_in_the_share_but_not_in_the_sign_test():
    result = vote_count([1, 1, 1, 1, 1, 0, 0, -1])
    assert (result.for_, result.null, result.against, result.k) == (5, 2, 1, 8)
    assert result.share == 5 / 8
    assert result.p_sign == 2 * (6 + 1) / 2**6
    assert result.confidence == 0.95


@given(votes, st.floats(0.5, 0.999))
def test_the_limits_put_half_of_the_error_in_each_binomial_tail(directions, confidence):
    result = vote_count(directions, confidence)
    tail = (1 - confidence) / 2
    if result.for_ > 0:
        assert binomial_tail(result.for_, result.k, result.ci_low) == pytest.approx(tail, rel=1e-9)
    else:
        assert result.ci_low == 0
    if result.for_ < result.k:
        assert binomial_tail(result.for_ + 1, result.k, result.ci_high) == pytest.approx(1 - tail, rel=1e-9)
    else:
        assert result.ci_high == 1
    assert result.ci_low <= result.share <= result.ci_high


@given(votes)
def test_turning_every_direction_swaps_the_counts_and_keeps_the_sign_test(directions):
    here, there = vote_count(directions), vote_count([-vote for vote in directions])
    assert (there.for_, there.null, there.against) == (here.against, here.null, here.for_)
    assert there.p_sign == here.p_sign
    assert here.for_ + here.null + here.against == here.k == len(directions)


@given(votes)
def test_the_sign_test_is_the_two_sided_binomial_test_of_one_half(directions):
    result = vote_count(directions)
    throws = result.for_ + result.against
    expected = min(1, 2 * binomial_tail(max(result.for_, result.against), throws, 0.5))
    assert result.p_sign == pytest.approx(expected, rel=1e-12)


def test_null_studies_alone_give_a_share_of_zero_and_no_evidence():
    result = vote_count([0, 0, 0])
    assert (result.share, result.ci_low, result.p_sign) == (0, 0, 1)
    assert result.ci_high == pytest.approx(1 - 0.025 ** (1 / 3), rel=1e-14)


def test_no_study_is_refused():
    with pytest.raises(StatsError, match="directions has 0 rows"):
        vote_count([])


@pytest.mark.parametrize("bad", [2, -2, 0.5, math.nan, None, "1", True])
def test_another_direction_is_refused_with_its_row(bad):
    with pytest.raises(StatsError, match=r"^directions, row 2, is "):
        vote_count([1, bad, -1])


@pytest.mark.parametrize("confidence", [0, 1, 95, math.nan])
def test_an_impossible_confidence_is_refused(confidence):
    with pytest.raises(StatsError, match=r"^confidence is "):
        vote_count([1, 0], confidence)


def test_the_sign_test_leaves_ties_out():
    assert sign_test([1, 1, 1, 1, 1, 0, 0, -1]) == SignTest(5, 1, 2, 2 * (6 + 1) / 2**6)
    assert sign_test([0, 0]).p == 1
    assert sign_test([1] * 9).p == pytest.approx(0.00390625)


@given(votes)
def test_the_vote_and_the_sign_test_agree(directions):
    vote, test = vote_count(directions), sign_test(directions)
    assert (vote.for_, vote.against, vote.null, vote.p_sign) == (test.for_, test.against, test.ties, test.p)


def outcomes(*directions, study="Ali", domain="pain"):
    return [Outcome(study, domain, direction) for direction in directions]


@pytest.mark.parametrize(
    ("directions", "direction", "conflicting", "agreeing"),
    [
        ((1,), 1, False, 1),
        ((0,), 0, False, 1),
        ((1,) * 7 + (-1,) * 3, 1, False, 0.7),
        ((-1,) * 7 + (0,) * 3, -1, False, 0.7),
        ((1,) * 69 + (-1,) * 31, 0, True, 0.69),
        ((1, 1, -1), 0, True, 2 / 3),
        ((1, 1, 0), 0, True, 2 / 3),
        ((1, -1), 0, True, 0.5),
        ((0, 0, 0, 1), 0, False, 0.75),
    ],
)
def test_seventy_percent_of_the_outcomes_make_a_studys_direction(directions, direction, conflicting, agreeing):
    (cell,) = direction_table(outcomes(*directions))
    assert cell == DirectionCell("Ali", "pain", direction, conflicting, len(directions), pytest.approx(agreeing))


def test_the_table_has_a_cell_for_each_study_and_domain_in_order_of_appearance():
    rows = [
        *outcomes(1, study="B"),
        *outcomes(-1, study="A", domain="fever"),
        *outcomes(-1, study="A"),
        *outcomes(1, study="B"),
    ]
    cells = direction_table(rows)
    assert [(cell.study, cell.domain, cell.direction) for cell in cells] == [
        ("B", "pain", 1),
        ("A", "fever", -1),
        ("A", "pain", -1),
    ]
    assert [cell.outcomes for cell in cells] == [2, 1, 1]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "outcomes has 0 rows"),
        ([("Ali", "pain", 1)], "outcomes, row 1, is .*expected an Outcome"),
        ([Outcome("Ali", "pain", 2)], "outcomes, row 1, direction is 2; expected 1"),
        ([Outcome("Ali", "pain", None)], "outcomes, row 1, direction is None"),
    ],
)
def test_what_is_no_outcome_is_refused_with_its_row(rows, message):
    with pytest.raises(StatsError, match=message):
        direction_table(rows)


def test_a_study_stands_at_the_logarithm_of_p_on_the_side_of_its_direction():
    right, left = albatross_points([0.001, 0.05], [100, 10], [1, -1])
    assert (right.n, right.x, right.y) == (100, pytest.approx(3), pytest.approx(4))
    assert (left.n, left.x, left.y) == (10, pytest.approx(math.log10(0.05)), 1)
    assert albatross_points([1], [2], [1])[0].x == 0


# By hand from n = z^2 (8 + d^2) / (2 d^2) and n = z^2 (1 - r^2) / r^2, the contours of the published program.
@pytest.mark.parametrize(
    ("kind", "effect", "size"),
    [("SMD", d, lambda z, d: z**2 * (8 + d**2) / (2 * d**2)) for d in (0.2, 0.5, 2)]
    + [("r", r, lambda z, r: z**2 * (1 - r**2) / r**2) for r in (0.1, 0.5, 0.9)],
)
def test_a_contour_gives_the_published_number_of_persons_for_its_p(kind, effect, size):
    for point in albatross_contour(effect, [10, 200, 1000], kind):
        z = -NormalDist().inv_cdf(10**-point.x / 2) if point.x < 12 else None
        if z:
            assert size(z, effect) == pytest.approx(point.n, rel=1e-6)
            assert point.y == pytest.approx(math.log10(point.n) ** 2)


def test_a_contour_is_finite_where_p_rounds_to_zero():
    (point,) = albatross_contour(2, [10_000])
    z = math.sqrt(2 * 10_000 * 4 / 12)
    assert point.x == pytest.approx((z**2 / 2 + math.log(z * math.sqrt(math.pi / 2))) / math.log(10), rel=1e-3)


@given(st.floats(0.01, 0.9), st.sampled_from(["SMD", "r"]))
def test_contours_mirror_and_go_outwards_with_size_and_effect(effect, kind):
    sizes = [5, 50, 500]
    here, there = albatross_contour(effect, sizes, kind), albatross_contour(-effect, sizes, kind)
    assert [point.x for point in there] == [-point.x for point in here]
    assert 0 <= here[0].x < here[1].x < here[2].x
    assert albatross_contour(effect * 1.05, sizes, kind)[2].x > here[2].x


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: albatross_points([], [], []), "ps has 0 rows"),
        (lambda: albatross_points([0], [5], [1]), "ps, row 1, is 0"),
        (lambda: albatross_points([0.1, 2], [5, 5], [1, 1]), "ps, row 2, is 2"),
        (lambda: albatross_points([0.1], [1], [1]), "ns, row 1, is 1"),
        (lambda: albatross_points([0.1, 0.2], [5, 5], [1, 0]), "directions, row 2, is 0; expected 1 or -1"),
        (lambda: albatross_points([0.1], [5], [1, 1]), "differ in length"),
        (lambda: albatross_contour(0, [5]), "effect is 0"),
        (lambda: albatross_contour(1, [5], "r"), "effect is 1; expected a correlation"),
        (lambda: albatross_contour(math.nan, [5]), "effect is nan"),
        (lambda: albatross_contour(0.5, []), "n_values has 0 rows"),
        (lambda: albatross_contour(0.5, [5, 2.5]), "n_values, row 2, is 2.5"),
        (lambda: albatross_contour(0.5, [5], "OR"), "kind is 'OR'; expected one of SMD, r"),
    ],
)
def test_what_has_no_place_on_the_albatross_plot_is_refused(call, message):
    with pytest.raises(StatsError, match=message):
        call()


def test_unless_said_confidence_is_95_percent(defaults):
    assert defaults("directions") == {("confidence", 0.95)}
