"""The recomputation check: can the reported figures be rebuilt, and do they cohere?"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..stats.p_values import effects_from_p
from .model import Claim, Finding, Number, printed_p, significant
from .review import Review, Row, whole
from .rules import recomputation_method

COUNT_WORDS = {
    word: count
    for count, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
}


@dataclass(frozen=True)
class Sizes:
    """Smallest and largest size that each of two groups can have."""

    n1: tuple[int, int]
    n2: tuple[int, int]
    rows: tuple[str, ...]
    stages: int | None = None
    total: int | None = None


def recomputation_finding(review: Review, claim: Claim) -> Finding:
    """Answer the recomputation check by the method that the declared table names for this claim."""
    sizes = group_sizes(review, claim)
    method = recomputation_method(claim.kind, claim.quantitative, bool(claim.p_reported), sizes is not None)
    return METHODS[method](review, claim, sizes)


def stages_named(review: Review, claim: Claim) -> tuple[int, tuple[str, ...]]:
    """Count the activity stages that the contrasts of the document name, with the rows that name them."""
    found: dict[str, str] = {}
    for row in review.tables["comparisons"]:
        if row["source_key"] == claim.seed and row["chapter"] == claim.chapter:
            for group in (row["group_a"], row["group_b"]):
                match = re.search(r"stage (\d+)$", group)
                if match:
                    found.setdefault(match[1], row["comparison_id"])
    return len(found), tuple(found.values())


def cited_total(review: Review, claim: Claim) -> tuple[int, Row] | None:
    """Give the number of patients that the cited source compares, with its row."""
    for row in review.tables["comparisons"]:
        size = whole(row["n_a"])
        if row["source_key"] in claim.cites and size is not None:
            return size, row
    return None


def _printed_sizes(claim: Claim) -> list[int]:
    return [size for size in (whole(claim.n_a), whole(claim.n_b)) if size is not None]


def group_sizes(review: Review, claim: Claim) -> Sizes | None:
    """Give the sizes of the two groups: as printed, or limited by the total where stages share it.

    A stage that was compared holds two persons at least, so with a total N in S stages one stage holds at most
    N - 2(S - 1), and two stages together at most N - 2(S - 2). For two stages the even split of that sum bounds
    the effect from below. Returns None where nothing limits a size.
    """
    printed = _printed_sizes(claim)
    if len(printed) == 2:
        return Sizes((printed[0],) * 2, (printed[1],) * 2, ())
    total, (stages, named) = cited_total(review, claim), stages_named(review, claim)
    if not total or not stages or "stage" not in claim.comparison:
        return None
    persons, row = total
    rows = (row["comparison_id"], *named)
    if printed:
        return Sizes((printed[0],) * 2, (2, persons - 2 * (stages - 1)), rows, stages, persons)
    together = persons - 2 * (stages - 2)
    return Sizes((2, together // 2), (2, together - together // 2), rows, stages, persons)


def _count(review: Review, claim: Claim, sizes: Sizes | None) -> Finding:
    """Set a printed count beside the same count in the cited source, or in the contrasts of the document itself."""
    printed = _printed_sizes(claim)
    if printed:
        sized = [
            (row, [whole(row["n_a"]), whole(row["n_b"])])
            for row in review.tables["comparisons"]
            if row["source_key"] in claim.cites
        ]
        sized = [(row, sizes) for row, sizes in sized if None not in sizes]
        if not sized:
            return _not_recomputable("no_group_size", "No page read of the cited source prints the sizes.")
        row, found = sized[0]
        numbers = {
            "n_a": Number(found[0], 0, "first group, in the cited source", rows=(row["comparison_id"],)),
            "n_b": Number(found[1], 0, "second group, in the cited source", rows=(row["comparison_id"],)),
        }
        why = f"Printed {' and '.join(map(str, printed))}; the cited source has {' and '.join(map(str, found))}."
        word = "reproduced" if found == printed else "inconsistent"
        return Finding("recomputation", word, why, rows=(row["comparison_id"],), numbers=numbers)
    words = [COUNT_WORDS[word] for word in re.findall(r"[a-z]+", claim.statement.lower()) if word in COUNT_WORDS]
    stages, named = stages_named(review, claim)
    if len(words) != 1 or not stages:
        return _not_recomputable("no_value_published", "No table read holds this count.")
    numbers = {"stages": Number(stages, 0, "stages named by the contrasts of the document", rows=named)}
    why = f"Printed {words[0]}; the contrasts of the document name {stages} stages. The size of none is printed."
    word = "reproduced" if stages == words[0] else "inconsistent"
    return Finding("recomputation", word, why, rows=named, numbers=numbers)


def _bounds(review: Review, claim: Claim, sizes: Sizes) -> Finding:
    """Give the set of effects that fits the printed p and the sizes."""
    p = printed_p(claim.p_reported)
    bounds = effects_from_p(claim.p_reported, sizes.n1, sizes.n2)
    rows = sizes.rows
    numbers = {"g_low": Number(bounds.g_low, significant(bounds.g_low), f"smallest |g| that fits {p}", rows=rows)}
    if sizes.n1[0] != sizes.n1[1]:
        who = f"two stages that share at most {sizes.n1[1] + sizes.n2[1]} patients"
        numbers["n_pair"] = Number(sizes.n1[1] + sizes.n2[1], 0, "most patients that two stages can hold", rows=rows)
        return Finding(
            "recomputation",
            "bounded",
            f"{who[0].upper()}{who[1:]}, at {p}: |g| is {bounds.g_low:.3g} or more. "
            "No mean and no stage size is printed.",
            rows=rows,
            numbers=numbers,
        )
    if sizes.n2[0] == sizes.n2[1]:
        why = f"{sizes.n1[0]} against {sizes.n2[0]} at {p}: |g| is {bounds.g_low:.3g} or more."
        return Finding("recomputation", "bounded", why, rows=rows, numbers=numbers)
    largest, known = sizes.n2[1], sizes.n1[0]
    mean_stage = sizes.total // sizes.stages
    tight = effects_from_p(claim.p_reported, known, mean_stage)
    numbers |= {
        "n_known": Number(known, 0, "size of the group that is known", rows=rows),
        "n_largest": Number(largest, 0, "most patients that one stage can hold", rows=rows),
        "n_mean": Number(mean_stage, 0, "patients that the smallest stage can hold at most", rows=rows),
        "g_low_mean": Number(tight.g_low, significant(tight.g_low), "smallest |g| for the smallest stage", rows=rows),
    }
    why = (
        f"{known} against a stage of unknown size at {p}: |g| is {bounds.g_low:.3g} or more if the "
        f"stage holds {largest}, and {tight.g_low:.3g} or more for the smallest stage, which holds {mean_stage} at "
        "most. No mean and no stage size is printed."
    )
    return Finding("recomputation", "bounded", why, rows=rows, numbers=numbers)


def _not_recomputable(reason: str, why: str) -> Finding:
    return Finding("recomputation", "not_recomputable", why, reason=reason)


METHODS: dict[str, Callable[[Review, Claim, Sizes | None], Finding]] = {
    "count": _count,
    "bounds": _bounds,
    "qualitative": lambda *_: _not_recomputable("qualitative", "The statement gives no figure."),
    "no_value_published": lambda *_: _not_recomputable(
        "no_value_published", "Neither a value nor a P for this contrast is printed on any page read."
    ),
    "no_group_size": lambda *_: _not_recomputable(
        "no_group_size", "A P is printed, but nothing limits the group sizes."
    ),
}
