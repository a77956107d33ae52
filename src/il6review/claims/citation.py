"""The citation check: does the source say what it is cited for?"""

from .model import Claim, Finding
from .review import Review
from .rules import weight, worst_citation


def citation_finding(review: Review, claim: Claim) -> Finding:
    """Join the recorded checks of what the claim cites; the gravest counts, a minor slip as an omission.

    A check of a source that the claim does not cite is evidence for or against, and is not read here.
    """
    if not claim.cites:
        return Finding("citation", "nothing_cited", "The document gives no source for this statement.")
    checks = [row for row in review.rows("citation_checks", {"claim_id": claim.claim_id, "cited_source": claim.cites})]
    if not checks:
        return Finding(
            "citation", "unverifiable", "A source is cited; what could be read of it does not bear on this statement."
        )
    weights = [weight(row["finding"], row["severity"]) for row in checks]
    word = worst_citation(weights)
    gravest = [row for row, counted in zip(checks, weights, strict=True) if counted == word]
    why = ". ".join(f"The document: {row['seed_says']}. The source: {row['source_says']}" for row in gravest)
    return Finding("citation", word, why + ".", rows=tuple(row["check_id"] for row in checks))
