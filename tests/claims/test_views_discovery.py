import pytest

from il6review.claims.review import load
from il6review.claims.views_discovery import checks_table, event_lines


@pytest.fixture(scope="module")
def history():
    return load("discovery")


def events(review):
    return {line["label"]: line for line in event_lines(review)}


def synthetic(make, says, aspect="date", **source):
    claim = make.claim_row(kind="event_year", statement="In 1990 it was named.", outcome="naming")
    check = {"check_id": "Q1", "claim_id": "RA-901", "cited_source": "Paper", "aspect": aspect, "source_says": says}
    return make.review(claims=[claim], citation_checks=[check], sources=[make.source("Paper", **source)])


def found(review):
    return event_lines(review)[0]["found"]


def test_each_event_of_the_slide_has_its_year_and_rows(history):
    told = {label: (line["said"], line["row_ids"]) for label, line in events(history).items()}
    assert told == {
        "First report": (1984, ("Q025",)),
        "Cloning": (1986, ("Q026",)),
        "Naming": (1990, ("Q027", "Q028")),
    }


def test_each_year_found_is_given_to_the_source_that_tells_it(history):
    lines = events(history)
    assert lines["First report"]["found"] == ((1971, "Hirano 2014"), (1985, "Int J Biol Sci 2012"))
    assert lines["Naming"]["found"] == ((1987, "AnonDruglead"), (1988, "Houssiau et al 1988"))


def test_the_year_of_a_publication_is_no_year_of_the_event(make):
    assert found(synthetic(make, "named in 1987 (see Review 2014)")) == ((1987, "see Review 2014"),)


def test_several_years_of_one_source_stand_in_order(make):
    review = synthetic(make, "named in 1989, proposed in 1987", authors_short="Poe A", year=2001)
    assert found(review) == ((1987, "Poe 2001"), (1989, "Poe 2001"))


def test_a_check_of_another_aspect_gives_no_year(make):
    assert found(synthetic(make, "a paper of 1987", aspect="omission")) == ()


def test_an_event_of_another_chapter_is_not_shown(make):
    review = synthetic(make, "a paper of 1987")
    review.tables["claims"][0]["chapter"] = "elsewhere"
    assert event_lines(review) == []


def test_the_checks_of_the_claims_named_are_listed_as_read(history):
    frame = checks_table(history, ["RA-04"]).frame
    assert list(frame["row"]) == ["Q029", "Q030"]
    assert list(frame["finding"]) == ["supported", "supported with omission"]
    assert list(frame["source"]) == ["Hirano et al 1986", "Van Snick 1990"]
    assert frame["the document says"].iloc[1] == "four earlier names"


def test_a_claim_without_checks_has_an_empty_table(history):
    assert checks_table(history, ["RA-06"]).frame.empty
