import math
from dataclasses import replace

import pytest

from il6review.figures import FunnelRow, funnel
from il6review.stats.pooling import pool
from il6review.stats.small_study import egger, trim_and_fill

Y = (0.05, 0.1, 0.3, 0.2, 0.5, 0.6, 0.9, 0.7, 1.1, 1.4)
V = (0.01, 0.02, 0.04, 0.05, 0.1, 0.12, 0.2, 0.25, 0.3, 0.4)


def rows(count=10):
    pairs = list(zip(Y, V, strict=True))[:count]
    return [FunnelRow(f"Study {i}", y, math.sqrt(v), (f"G{i}", "G0")) for i, (y, v) in enumerate(pairs, 1)]


def draw(studies=None, count=10, log=True, null=0.0, **options):
    studies = studies or rows(count)
    return funnel(
        "ra.funnel", studies, pool(Y[:count], V[:count], "EE", "wald"), "ratio of means", null, log=log, **options
    )


def judged(count=10):
    return {"egger": egger(Y[:count], V[:count]), "trimmed": trim_and_fill(Y[:count], V[:count], method="EE")}


def test_the_picture_is_the_same_to_the_byte_each_time():
    assert draw(**judged()).svg == draw(**judged()).svg


def test_each_study_has_one_mark_and_each_line_is_drawn_once(names):
    svg = draw().svg
    assert names(svg, "study-") == [f"study-{i}" for i in range(1, 11)]
    for name in ("limit-low", "limit-high", "pooled", "no-effect"):
        assert names(svg, name) == [name]
    assert names(svg, "added-") == []


def test_precise_studies_stand_on_top_and_larger_estimates_to_the_right(names, place):
    svg = draw().svg
    places = [place(svg, f"study-{i}") for i in range(1, 11)]
    assert [y for _, y in places] == sorted(y for _, y in places)
    assert [x for x, _ in sorted(places)] == [places[i][0] for i in sorted(range(10), key=Y.__getitem__)]


def test_the_limits_meet_at_the_pooled_value_and_open_downwards(place):
    svg = draw().svg
    ends = []
    for name in ("limit-low", "limit-high"):
        path = svg.split(f'<g id="{name}">')[1].split('d="')[1].split('"')[0].split()
        numbers = [float(part) for part in path if part not in "MLz"]
        ends.append((numbers[:2], numbers[2:]))
    (apex_low, foot_low), (apex_high, foot_high) = ends
    centre = place(svg, "pooled")[0]
    assert apex_low == apex_high
    assert apex_low[0] == pytest.approx(centre, abs=1e-3)
    assert centre - foot_low[0] == pytest.approx(foot_high[0] - centre, abs=1e-3)
    # On the scale of two studies that are known: 1.96 standard errors at the foot.
    (x1, y1), (x2, y2) = place(svg, "study-1"), place(svg, "study-10")
    width = (x2 - x1) / (Y[-1] - Y[0])
    height = (y2 - y1) / (math.sqrt(V[-1]) - math.sqrt(V[0]))
    se = (foot_high[1] - apex_high[1]) / height
    assert (foot_high[0] - centre) / width == pytest.approx(1.959964 * se, rel=1e-3)


def test_added_studies_are_hollow_and_not_in_the_evidence(names):
    figure = draw(**judged())
    missing = judged()["trimmed"].missing
    assert missing > 0
    assert names(figure.svg, "added-") == [f"added-{i}" for i in range(1, missing + 1)]
    parts = [figure.svg.split(f'<g id="{name}">')[1].split("</g>")[0] for name in ("added-1", "study-1")]
    assert ["fill: #ffffff" in part for part in parts] == [True, False]
    assert len(figure.table) == 10 + missing + 1
    # The mirror image of one of the largest estimates has its standard error.
    assert [line[::2] for line in figure.table[10:-1]] == [
        (f"Added {i}", row[2])
        for i, row in enumerate(sorted(figure.table[:10], key=lambda line: float(line[1]))[-missing:], 1)
    ]
    assert figure.rows == ("G1", "G0", *(f"G{i}" for i in range(2, 11)))


def test_logarithms_are_written_as_ratios_and_other_values_as_they_are(texts):
    ratios, plain = draw(), draw(log=False)
    assert ratios.columns == ("Study", "ratio of means", "Standard error (log scale)")
    assert ratios.table[4] == ("Study 5", "1.65", "0.316")
    assert plain.columns[2] == "Standard error"
    assert plain.table[4] == ("Study 5", "0.500", "0.316")
    assert ratios.table[-1][0] == plain.table[-1][0] == "Pooled"
    assert {"Ratio of means", "Standard error (log scale)", "1", "2"} <= set(texts(ratios.svg))


def test_the_words_are_made_from_the_numbers():
    figure = draw(caption="Serum", **judged())
    pooled = figure.table[-1][1]
    assert figure.alt.startswith(f"Funnel plot of 10 studies. Pooled ratio of means {pooled}, 7 studies above it. ")
    assert "Standard errors (log scale) 0.100 to 0.632. Egger's test: p < 0.001; asymmetric." in figure.alt
    trimmed = judged()["trimmed"]
    with_them = f"{math.exp(trimmed.pooled.estimate):.2f}"
    assert figure.alt.endswith(f"Trim and fill: {trimmed.verdict}; pooled with them {with_them}.")
    assert figure.caption.startswith("Serum. Ratio of means of 10 studies over its standard error (log scale)")
    assert "95 % limits about it if chance alone spreads the studies; dashed line: no effect (1)." in figure.caption
    assert "Hollow: added by trim and fill, not observed." in figure.caption
    assert "logarithmic" in figure.caption
    bare = draw(log=False)
    assert "no effect (0)" in bare.caption
    for word in ("Egger", "Trim", "Hollow", "logarithmic"):
        assert word not in bare.caption + bare.alt
    assert "Egger's test: p = 0.038;" in draw(egger=replace(judged()["egger"], slope=slope(0.0381))).alt


def slope(p):
    return replace(judged()["egger"].slope, p=p)


def test_too_few_studies_give_the_reason_in_place_of_a_verdict():
    figure = draw(count=9, **judged(9))
    reason = "no verdict (9 studies; below 10 these tests cannot tell asymmetry from chance)"
    for words in (figure.alt, figure.caption):
        assert f"Trim and fill: {reason}." in words
        assert words.count(reason) == 2


def test_labels_from_a_table_are_kept_as_they_are(hostile, texts):
    studies = [replace(row, label=text) for row, text in zip(rows(8), hostile, strict=True)]
    fit = pool(Y[:8], V[:8], "EE", "wald")
    figure = funnel("x", studies, fit, hostile[0], 0.0)
    assert "<script" not in figure.svg + figure.html()
    assert "<script>alert(1)</script>" in texts(figure.svg)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused(count):
    with pytest.raises(ValueError, match="a funnel plot needs at least two rows"):
        funnel("x", rows()[:count], pool(Y, V), "x", 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"estimate": math.nan}, "Study 1: estimate is nan"),
        ({"se": math.inf}, "Study 1: se is inf"),
        ({"se": 0}, "Study 1: se is 0, expected more than 0"),
        ({"estimate": 301}, "Study 1: estimate is 301, expected the logarithm of a ratio"),
        ({"estimate": -301}, "Study 1: estimate is -301, expected the logarithm of a ratio"),
    ],
)
def test_a_study_that_cannot_be_drawn_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        draw([replace(rows()[0], **change), *rows()[1:]])


def test_results_over_other_studies_are_refused():
    with pytest.raises(ValueError, match="the pooled value rests on 9 studies, but 10 are shown"):
        funnel("x", rows(), pool(Y[:9], V[:9]), "x", 0.0)
    with pytest.raises(ValueError, match="Egger's test rests on 9 studies"):
        draw(egger=judged(9)["egger"])
    with pytest.raises(ValueError, match="trim and fill rests on 9 studies"):
        draw(trimmed=judged(9)["trimmed"])


def test_a_null_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="null_value is nan"):
        draw(null=math.nan)
