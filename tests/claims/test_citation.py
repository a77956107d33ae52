import pytest

from il6review.claims.citation import citation_finding


def test_a_claim_that_cites_nothing_has_nothing_to_check(make):
    # As Q001 of the evidence base: a row judged from a source that the document does not cite.
    review = make.review(citation_checks=[make.check("RA-901", "Wei2015", "supported")])
    finding = citation_finding(review, make.claim(cites=""))
    assert (finding.finding, finding.rows) == ("nothing_cited", ())


def test_a_cited_source_that_nobody_could_read_is_unverifiable(make):
    others = [make.check("RA-902", "Robak1998"), make.check("RA-901", "Uson1997", "contradicted")]
    finding = citation_finding(make.review(citation_checks=others), make.claim(cites="Robak1998"))
    assert (finding.finding, finding.rows) == ("unverifiable", ())


def test_the_gravest_check_of_the_cited_sources_counts_and_is_told(make):
    checks = [
        make.check("RA-901", "Robak1998", "supported", check_id="Q901"),
        make.check("RA-901", "Uson1997", "overstated", check_id="Q902", seed_says="always", source_says="once"),
        make.check("RA-901", "Wei2015", "contradicted", check_id="Q903", source_says="never"),
    ]
    finding = citation_finding(make.review(citation_checks=checks), make.claim(cites="Robak1998;Uson1997"))
    assert finding.finding == "overstated"
    assert finding.rows == ("Q901", "Q902")
    assert finding.why == "The document: always. The source: once."


def test_two_checks_of_one_gravity_are_both_told(make):
    checks = [make.check("RA-901", "Robak1998", "overstated", source_says=said) for said in ("one", "two")]
    finding = citation_finding(make.review(citation_checks=checks), make.claim(cites="Robak1998"))
    assert finding.why == "The document: this. The source: one. The document: this. The source: two."


@pytest.mark.parametrize(
    ("finding", "severity", "counts_as"),
    [
        ("contradicted", "minor", "supported_with_omission"),
        ("misattributed", "minor", "supported_with_omission"),
        ("overstated", "minor", "overstated"),
        ("contradicted", "major", "contradicted"),
        ("supported", "minor", "supported"),
    ],
)
def test_a_minor_slip_in_a_detail_counts_as_an_omission_and_is_told(make, finding, severity, counts_as):
    checks = [
        make.check("RA-901", "Robak1998", "supported", source_says="so"),
        make.check("RA-901", "Robak1998", finding, severity=severity, source_says="serum"),
    ]
    found = citation_finding(make.review(citation_checks=checks), make.claim(cites="Robak1998"))
    assert found.finding == counts_as
    assert "serum" in found.why


def test_in_the_chapter_a_check_of_an_uncited_source_is_not_read(serum):
    claim = serum.claim("WM-06")
    checked = [row for row in serum.tables["citation_checks"] if row["claim_id"] == claim.claim_id]
    assert checked and not claim.cites
    assert citation_finding(serum, claim).finding == "nothing_cited"
