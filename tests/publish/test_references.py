import pytest
from pybtex.database import parse_string
from pybtex.richtext import Text

from il6review.claims.review import load
from il6review.publish.references import ShortNames, bibtex

MARKUP = 'a {b} \\c % & # _ $ ~ ^ "d" @article{x, and </script> é α ≤ 白'
#: The same as a reader is to see it: what BibTeX takes for markup even when it is escaped is gone.
SHOWN = 'a (b) c % & # _ $ "d" @article(x, and </script> é α ≤ 白'


@pytest.fixture(scope="module")
def sources():
    return load("").tables["sources"]


@pytest.fixture(scope="module")
def entries(sources):
    return parse_string(bibtex(sources, [row["source_key"] for row in sources]), "bibtex").entries


def source(**cells):
    return {
        "source_key": "Key",
        "authors_short": "Uson J et al",
        "title": "A title",
        "journal": "J Rheumatol",
        "year": 1997,
        "volume": "24",
        "pages": "2069-75",
        "doi": "",
        "pmid": "9375862",
        "url": "https://example.org/a",
    } | cells


def entry(**cells):
    return parse_string(bibtex([source(**cells)], ["Key"]), "bibtex").entries["Key"]


def shown(value):
    """Give a field as a style shows it to a reader."""
    return " ".join(str(Text.from_latex(value)).split())


def test_every_source_has_one_entry_in_the_order_of_the_keys(sources, entries):
    assert list(entries) == sorted(row["source_key"] for row in sources)


def test_every_title_author_and_address_of_the_evidence_reads_back_as_it_stands(sources, entries):
    for row in sources:
        found = entries[row["source_key"]]
        assert shown(found.fields["title"]) == (row["title"] or "[title not shown on the page read]")
        assert [shown(str(person)) for person in found.persons.get("author", ())] == list(
            filter(None, [row["authors_short"]])
        )
        if row["doi"]:
            assert (found.fields["doi"], "url" in found.fields) == (row["doi"], False)
        else:
            assert found.fields.get("url", "") == row["url"]


def test_only_the_sources_that_are_named_are_written(sources):
    text = bibtex(reversed(sources), ["Uson1997", "Robak1998", "NotThere"])
    assert list(parse_string(text, "bibtex").entries) == ["Robak1998", "Uson1997"]


def test_a_source_with_author_title_journal_and_year_is_an_article():
    found = entry()
    assert found.type == "article"
    assert found.fields["journal"] == "J Rheumatol" and "howpublished" not in found.fields
    assert [found.fields[name] for name in ("year", "volume", "pages", "pmid")] == ["1997", "24", "2069-75", "9375862"]


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        ({"journal": ""}, "journal"),
        ({"year": None}, "year"),
        ({"authors_short": ""}, "author"),
        ({"volume": ""}, "volume"),
        ({"pages": ""}, "pages"),
        ({"pmid": ""}, "pmid"),
        ({"doi": "10.1/x"}, "url"),
        ({"url": ""}, "url"),
    ],
)
def test_what_no_page_showed_is_left_out(cells, missing):
    found = entry(**cells)
    assert missing not in found.fields and missing not in found.persons
    assert (found.type == "misc") == (missing in ("journal", "year", "author"))


def test_the_journal_of_a_source_that_is_no_article_is_kept():
    assert entry(year=None).fields["howpublished"] == "J Rheumatol"


def test_a_short_list_of_authors_is_one_name_that_is_not_split():
    (author,) = entry(authors_short="Smith and Jones, de la Cruz et al").persons["author"]
    assert shown(str(author)) == "Smith and Jones, de la Cruz et al"


@pytest.mark.parametrize(
    ("authors", "cited"),
    [
        ("Uson J et al", "Uson et al"),
        ("Chiu WC, Lai HM, Ko CH", "Chiu et al"),
        ("van Leeuwen MA et al", "van Leeuwen et al"),
        ("Van Snick J", "Van Snick"),
    ],
)
def test_a_sentence_cites_the_first_surname(authors, cited):
    (author,) = entry(authors_short=authors).persons["author"]
    assert str(ShortNames().format(author)) == cited


def test_a_value_with_markup_stays_text():
    found = entry(**dict.fromkeys(("authors_short", "title", "journal", "volume", "pages", "pmid"), MARKUP))
    fields = [found.fields[name] for name in ("title", "journal", "volume", "pages", "pmid")]
    assert {shown(field) for field in [*fields, str(found.persons["author"][0])]} == {SHOWN}


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://example.org/a_b?c=d&e=%20#f", "https://example.org/a_b?c=d&e=%20#f"),
        ("https://example.org/~home", "https://example.org/%7Ehome"),
        ("https://example.org/{a}\\b c", "https://example.org/%7Ba%7D%5Cb%20c"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
    ],
)
def test_an_address_still_leads_where_it_led(address, written):
    assert entry(url=address).fields["url"] == written


def test_a_doi_is_not_escaped():
    assert entry(doi="10.4103/ijp.IJP_493_20").fields["doi"] == "10.4103/ijp.IJP_493_20"


def test_an_entry_cannot_break_out_of_its_field():
    text = bibtex([source(title='x"}, @misc{other, title = {y'), source(source_key="Next")], ["Key", "Next"])
    assert list(parse_string(text, "bibtex").entries) == ["Key", "Next"]
