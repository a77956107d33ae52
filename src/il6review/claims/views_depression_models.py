"""What the chapter on animal models of depression shows beside the answers: printed P values of one experiment."""

from collections.abc import Sequence

import pandas as pd

from ..stats.combining import holm
from ..stats.p_values import parse_p
from .model import Number, printed_p, significant
from .review import Review
from .views import Table


def adjusted(review: Review, claim_ids: Sequence[str], alpha: float) -> tuple[Table, dict[str, Number]]:
    """Adjust the P values printed with several claims by Holm; a printed bound such as "<0.05" counts as its limit.

    Gives a table and the numbers `tests`, `p_smallest` (the smallest adjusted P) and `below` (how many stay below
    `alpha`). Raises StatsError where a claim prints no P.
    """
    claims = [review.claim(claim_id) for claim_id in claim_ids]
    ps = holm([parse_p(claim.p_reported).value for claim in claims]).ps
    lines = [
        {
            "claim": claim.claim_id,
            "statement": claim.statement,
            "printed": printed_p(claim.p_reported),
            "Holm": f"{p:.2g}",
        }
        for claim, p in zip(claims, ps, strict=True)
    ]
    rows = tuple(
        row["comparison_id"]
        for row in review.rows("comparisons", {"source_key": claims[0].seed, "claim_ids": claim_ids})
    )
    numbers = {
        "tests": Number(len(ps), 0, "tests of mice without IL-6 with a printed P", rows=rows),
        "p_smallest": Number(
            min(ps), significant(min(ps), 2), "smallest of their P values, adjusted by Holm", rows=rows
        ),
        "below": Number(sum(p < alpha for p in ps), 0, f"of them below {alpha:g} after adjustment", rows=rows),
    }
    return Table(pd.DataFrame(lines)), numbers
