"""The recomputation check: can the reported figures be rebuilt, and do they cohere?"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..stats.p_values import effects_from_p, parse_p
from ..stats.ranks import friedman
from .model import Claim, Finding, Number, printed_p, significant
from .review import Review, Row, whole
from .rules import load, recomputation_method

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
    method = recomputation_method(
        claim.kind, claim.quantitative, bool(claim.p_reported), sizes is not None, source_read(review, claim)
    )
    return METHODS[method](review, claim, sizes)


def source_read(review: Review, claim: Claim) -> bool:
    """Say whether some page of a cited source could be read; a claim that cites nothing hangs on no source."""
    return not claim.cites or any(review.source(key)["read_as"] != "citation_only" for key in claim.cites)


def stages_named(review: Review, claim: Claim) -> tuple[int, tuple[str, ...]]:
    """Count the activity stages that the contrasts of the document name, with the rows that name them."""
    found: dict[str, str] = {}
    for row in review.rows("comparisons", {"source_key": claim.seed, "chapter": claim.chapter}):
        for group in (row["group_a"], row["group_b"]):
            match = re.search(r"stage (\d+)$", group)
            if match:
                found.setdefault(match[1], row["comparison_id"])
    return len(found), tuple(found.values())


def cited_total(review: Review, claim: Claim) -> tuple[int, Row] | None:
    """Give the number of patients that the cited source compares, with its row."""
    for row in review.rows("comparisons", {"source_key": claim.cites}):
        size = whole(row["n_a"])
        if size is not None:
            return size, row
    return None


def _size(text: str) -> tuple[int, int] | None:
    """Read a printed size, a whole number or a range such as 6-12; None where nothing is printed."""
    ends = [int(end) for end in text.split("-") if end.isdigit()]
    return (ends[0], ends[-1]) if ends else None


def _printed_sizes(review: Review, claim: Claim) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Give the sizes printed with the claim, or else those of the linked contrasts of the cited source, as ranges."""
    own = [size for size in (_size(claim.n_a), _size(claim.n_b)) if size]
    if own:
        return own, ()
    found, rows = [], []
    for row in review.rows("comparisons", {"source_key": claim.cites, "claim_ids": claim.claim_id}):
        sizes = [_size(row["n_a"]), _size(row["n_b"])]
        if all(sizes):
            found.append(sizes)
            rows.append(row["comparison_id"])
    if not found:
        return [], ()
    return [(min(low for low, _ in side), max(high for _, high in side)) for side in zip(*found, strict=True)], tuple(
        rows
    )


def group_sizes(review: Review, claim: Claim) -> Sizes | None:
    """Give the sizes of the two groups: as printed, or limited by the total where stages share it.

    A stage that was compared holds two persons at least, so with a total N in S stages one stage holds at most
    N - 2(S - 1), and two stages together at most N - 2(S - 2). For two stages the even split of that sum bounds
    the effect from below. Returns None where nothing limits a size.
    """
    printed, row_ids = _printed_sizes(review, claim)
    if len(printed) == 2:
        return Sizes(*printed, row_ids or _linked(review, claim))
    total, (stages, named) = cited_total(review, claim), stages_named(review, claim)
    if not total or not stages or "stage" not in claim.comparison:
        return None
    persons, row = total
    rows = (row["comparison_id"], *named)
    if printed:
        return Sizes(printed[0], (2, persons - 2 * (stages - 1)), rows, stages, persons)
    together = persons - 2 * (stages - 2)
    return Sizes((2, together // 2), (2, together - together // 2), rows, stages, persons)


def _linked(review: Review, claim: Claim) -> tuple[str, ...]:
    """Give the contrasts of the document itself that are linked to the claim."""
    return tuple(
        row["comparison_id"]
        for row in review.rows("comparisons", {"source_key": claim.seed, "claim_ids": claim.claim_id})
    )


def _count(review: Review, claim: Claim, sizes: Sizes | None) -> Finding:
    """Set a printed count beside the same count in the cited source, in the contrasts, or in the list it counts."""
    if whole(claim.n_a) is not None or whole(claim.n_b) is not None:
        return _sizes_of_source(review, claim)
    words = [COUNT_WORDS[word] for word in re.findall(r"[a-z]+", claim.statement.lower()) if word in COUNT_WORDS]
    if len(words) != 1:
        return _not_recomputable("no_value_published", "No table read holds this count.")
    stages, named = stages_named(review, claim)
    if stages:
        numbers = {"stages": Number(stages, 0, "stages named by the contrasts of the document", rows=named)}
        why = f"Printed {words[0]}; the contrasts of the document name {stages} stages. The size of none is printed."
        return Finding("recomputation", _same(stages, words[0]), why, rows=named, numbers=numbers)
    items = listed(claim.statement)
    why = f"The document says {words[0]} and lists {items}."
    return Finding("recomputation", _same(items, words[0]), why)


def _same(found: object, printed: object) -> str:
    return "reproduced" if found == printed else "inconsistent"


def listed(statement: str) -> int:
    """Count the items of the list that a statement holds: after its colon, or before what stands in brackets."""
    _, colon, tail = statement.partition(":")
    text = re.sub(r"\([^)]*\)", "", tail if colon else statement)
    return len([item for item in re.split(r"[,;]|\band\b", text) if item.strip(" .")])


def _sizes_of_source(review: Review, claim: Claim) -> Finding:
    """Set the printed sizes, both or one, beside those that the cited source prints."""
    sized = [
        (row, [whole(row["n_a"]), whole(row["n_b"])]) for row in review.rows("comparisons", {"source_key": claim.cites})
    ]
    sized = [(row, sizes) for row, sizes in sized if None not in sizes]
    if not sized:
        reason = "no_group_size" if source_read(review, claim) else "source_out_of_reach"
        return _not_recomputable(reason, "No page read of the cited source prints the sizes.")
    row, found = sized[0]
    rows = (row["comparison_id"],)
    numbers = {
        "n_a": Number(found[0], 0, "first group, in the cited source", rows=rows),
        "n_b": Number(found[1], 0, "second group, in the cited source", rows=rows),
    }
    both = [(size, other) for size, other in zip(map(whole, (claim.n_a, claim.n_b)), found, strict=True) if size]
    printed, theirs = [size for size, _ in both], [other for _, other in both]
    why = f"Printed {_and(printed)}; the cited source has {_and(theirs)}."
    return Finding("recomputation", _same(theirs, printed), why, rows=rows, numbers=numbers)


def _and(numbers: list[int]) -> str:
    return " and ".join(map(str, numbers))


def _event_year(review: Review, claim: Claim, sizes: Sizes | None) -> Finding:
    """Set the year of a statement beside the years that the literature gives, as recorded in the citation checks."""
    (printed,) = re.findall(r"\b(?:19|20)\d\d\b", claim.statement)
    checks = review.rows("citation_checks", {"claim_id": claim.claim_id, "aspect": "date"})
    decided = [row for row in checks if row["finding"] != "unverifiable"]
    rows = tuple(row["check_id"] for row in decided)
    if not decided:
        return _not_recomputable("source_out_of_reach", "No page read settles the year of this event.")
    years = sorted({year for row in decided for year in re.findall(r"\b(?:19|20)\d\d\b", row["source_says"])})
    why = f"Printed {printed}; the literature gives {' and '.join(years)}."
    return Finding("recomputation", _same(years, [printed]), why, rows=rows)


def _grades(review: Review, claim: Claim, sizes: Sizes | None) -> Finding:
    """Set the grades of a statement beside the graded table, or test the whole table by ranks."""
    table = review.tables["rank_table"]
    own = [row for row in table if row["claim_id"] == claim.claim_id]
    if own:
        grades = [f"{row['cytokine']} {row['grade']}" for row in own]
        why = f"The graded table of the document has {', '.join(grades)}; no measurement stands behind a grade."
        word = "reproduced" if claim.statement.endswith(f"{', '.join(grades)}.") else "inconsistent"
        return Finding("recomputation", word, why, rows=tuple(row["row_id"] for row in own))
    graded = {row["claim_id"] for row in table}
    cited = {row["cites"] for row in review.rows("claims", {"claim_id": sorted(graded)})}
    if ";".join(claim.cites) not in cited:
        return _not_recomputable("no_value_published", "No page read holds what this order rests on.")
    return _ranking(table)


def _ranking(table: Sequence[Row]) -> Finding:
    """Test by Friedman's ranks whether the graded table puts one cytokine above the others."""
    code = load("words.yaml")["grades"]
    effects: dict[str, dict[str, float]] = {}
    for row in table:
        effects.setdefault(row["claim_id"], {})[row["cytokine"]] = code[row["grade"]]
    first, *others = next(iter(effects.values()))
    found = friedman([list(grades.values()) for grades in effects.values()])
    alone = sum(all(grades[first] > grades[other] for other in others) for grades in effects.values())
    rows = tuple(row["row_id"] for row in table)
    numbers = {
        "effects": Number(len(effects), 0, "effects graded", rows=rows),
        "leads": Number(alone, 0, f"effects in which {first} has the highest grade alone", rows=rows),
        "chi2": Number(found.chi2, 2, "Friedman's chi-square over the graded table", rows=rows),
        "p": Number(found.p, 4, "P of Friedman's test", rows=rows),
    }
    for name, rank in zip((first, *others), found.mean_ranks, strict=True):
        numbers[f"rank_{name}"] = Number(rank, 2, f"mean rank of {name}", rows=rows)
    word = "reproduced" if max(found.mean_ranks) == found.mean_ranks[0] else "inconsistent"
    why = (
        f"By its own grades {first} leads alone in {alone} of {len(effects)} effects; mean rank "
        f"{found.mean_ranks[0]:.2f}, Friedman's chi-square {found.chi2:.2f}, P = {found.p:.4f}. The grades are opinion."
    )
    return Finding("recomputation", word, why, rows=rows, numbers=numbers)


def _bounds(review: Review, claim: Claim, sizes: Sizes) -> Finding:
    """Give the set of effects that fits the printed p and the sizes."""
    p, rows = printed_p(claim.p_reported), sizes.rows
    bounds = effects_from_p(claim.p_reported, sizes.n1, sizes.n2)
    if parse_p(claim.p_reported).operator in (">", ">=", "NS"):
        numbers = {"g_high": _bound(bounds.g_high, f"largest |g| that fits {p}", rows)}
        unknown = NO_MEAN if sizes.stages is None else NO_STAGE
        why = f"{_range(sizes.n1)} against {_range(sizes.n2)} at {p}: |g| is {bounds.g_high:.3g} or less. {unknown}"
        return Finding("recomputation", "bounded", why, rows=rows, numbers=numbers)
    numbers = {"g_low": _bound(bounds.g_low, f"smallest |g| that fits {p}", rows)}
    if sizes.stages is None:
        why = f"{_range(sizes.n1)} against {_range(sizes.n2)} at {p}: |g| is {bounds.g_low:.3g} or more"
        if sizes.n1[0] != sizes.n1[1] or sizes.n2[0] != sizes.n2[1]:
            small = effects_from_p(claim.p_reported, sizes.n1[0], sizes.n2[0])
            numbers["g_low_small"] = _bound(small.g_low, f"smallest |g| that fits {p} with the smallest groups", rows)
            why += f" with the largest groups, and {small.g_low:.3g} or more with the smallest"
        return Finding("recomputation", "bounded", f"{why}. {NO_MEAN}", rows=rows, numbers=numbers)
    if sizes.n1[0] != sizes.n1[1]:
        pair = sizes.n1[1] + sizes.n2[1]
        numbers["n_pair"] = Number(pair, 0, "most patients that two stages can hold", rows=rows)
        why = f"Two stages that share at most {pair} patients, at {p}: |g| is {bounds.g_low:.3g} or more. {NO_STAGE}"
        return Finding("recomputation", "bounded", why, rows=rows, numbers=numbers)
    known, largest, mean_stage = sizes.n1[0], sizes.n2[1], sizes.total // sizes.stages
    tight = effects_from_p(claim.p_reported, known, mean_stage)
    numbers |= {
        "n_known": Number(known, 0, "size of the group that is known", rows=rows),
        "n_largest": Number(largest, 0, "most patients that one stage can hold", rows=rows),
        "n_mean": Number(mean_stage, 0, "patients that the smallest stage can hold at most", rows=rows),
        "g_low_mean": _bound(tight.g_low, "smallest |g| for the smallest stage", rows),
    }
    why = (
        f"{known} against a stage of unknown size at {p}: |g| is {bounds.g_low:.3g} or more if the stage holds "
        f"{largest}, and {tight.g_low:.3g} or more for the smallest stage, which holds {mean_stage} at most. {NO_STAGE}"
    )
    return Finding("recomputation", "bounded", why, rows=rows, numbers=numbers)


NO_MEAN = "No mean is printed."
NO_STAGE = "No mean and no stage size is printed."


def _bound(g: float, label: str, rows: tuple[str, ...]) -> Number:
    return Number(g, significant(g), label, rows=rows)


def _range(size: tuple[int, int]) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]} to {size[1]}"


def _not_recomputable(reason: str, why: str) -> Finding:
    return Finding("recomputation", "not_recomputable", why, reason=reason)


METHODS: dict[str, Callable[[Review, Claim, Sizes | None], Finding]] = {
    "count": _count,
    "event_year": _event_year,
    "grades": _grades,
    "bounds": _bounds,
    "qualitative": lambda *_: _not_recomputable("qualitative", "The statement gives no figure."),
    "no_value_published": lambda *_: _not_recomputable(
        "no_value_published", "Neither a value nor a P for this statement is printed on any page read."
    ),
    "source_out_of_reach": lambda *_: _not_recomputable(
        "source_out_of_reach", "No page of the cited source could be read, and no P is printed."
    ),
    "no_group_size": lambda *_: _not_recomputable(
        "no_group_size", "A P is printed, but nothing limits the group sizes."
    ),
}
