"""HTML of the pages that list claims, numbers and evidence rows. Values are text, never markup."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from html import escape, unescape

from ..claims.cards import words
from ..claims.entries import source_anchor
from ..claims.ledger import CHECKS, natural
from ..claims.model import printed_p
from ..plurals import counted

#: Evidence tables in the order in which their rows are shown: name, id column, heading.
TABLES = (
    ("citation_checks", "check_id", "Citations read against their source"),
    ("comparisons", "comparison_id", "Comparisons of two groups"),
    ("groups", "row_id", "Group summaries"),
    ("correlations", "row_id", "Correlations"),
    ("effects", "row_id", "Published effects"),
    ("proportions", "row_id", "Shares of persons"),
    ("defects", "defect_id", "Arithmetic checks of printed values"),
    ("rank_table", "row_id", "Grades of cytokines"),
)

#: What the claims of the ledger page can be filtered by.
FILTERS = ("headline", *CHECKS, "chapter", "document")
#: Filters that are named otherwise in the ledger.
COLUMNS = {"document": "said_by_title"}


def number_anchor(key: str) -> str:
    """Give the anchor of a number on the ledger page."""
    return "n-" + "".join(character if character.isalnum() else "-" for character in key.lower())


def ledger_table(ledger: Mapping, card_link: Callable[[str, Mapping], str]) -> str:
    """Write all claims as one table that a reader can filter, search and sort; without script all rows are shown."""
    claims = sorted(ledger["claims"].items(), key=lambda item: natural(item[0]))
    filters = "".join(_filter(name, [_value(entry, name) for _, entry in claims]) for name in FILTERS)
    filters += '<label>Words in the statement <input type="search" name="words"></label>'
    head = "".join(f'<th scope="col">{label}</th>' for label in ("Claim", "Statement", "Headline", *_titles(CHECKS)))
    body = []
    for claim_id, entry in claims:
        data = "".join(f' data-{name}="{escape(_value(entry, name))}"' for name in FILTERS)
        values = [_value(entry, name) for name in ("headline", *CHECKS)]
        cells = "".join(f'<td class="il6-{escape(value)}">{escape(words(value))}</td>' for value in values)
        link = f'<a href="{escape(card_link(claim_id, entry))}">{escape(claim_id)}</a>'
        body.append(f'<tr{data}><th scope="row">{link}</th><td>{escape(entry["statement"])}</td>{cells}</tr>')
    return (
        f'<form class="il6-filter" hidden><fieldset><legend>Show claims with</legend>{filters}</fieldset>'
        f'<p role="status" class="il6-count"></p></form>'
        + _scroll("Claims and findings", f'<table class="il6-ledger"><thead><tr>{head}</tr></thead>', body)
    )


def _titles(names: Iterable[str]) -> list[str]:
    return [name.capitalize() for name in names]


def _value(entry: Mapping, name: str) -> str:
    return entry[name]["finding"] if name in CHECKS else entry[COLUMNS.get(name, name)]


def _filter(name: str, values: list[str]) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(words(value))} ({values.count(value)})</option>'
        for value in dict.fromkeys(sorted(values))
    )
    return f'<label>{name.capitalize()} <select name="{name}"><option value="">any</option>{options}</select></label> '


def numbers_table(ledger: Mapping, row_link: Callable[[str], str]) -> str:
    """Write every number of the ledger with its meaning and the rows behind it."""
    head = "".join(f'<th scope="col">{label}</th>' for label in ("Number", "What it is, and its key", "Rows"))
    body = []
    for key, number in sorted(ledger["numbers"].items(), key=lambda item: natural(item[0])):
        rows = " ".join(f'<a href="{escape(row_link(row))}">{escape(row)}</a>' for row in number["rows"])
        unit = f" {number['unit']}" if number["unit"] else ""
        if len(number["rows"]) > 12:
            rows = f"<details><summary>{len(number['rows'])} rows</summary>{rows}</details>"
        body.append(
            f'<tr id="{number_anchor(key)}"><td class="il6-right">{escape(number["text"] + unit)}</td>'
            f"<td>{escape(number['label'])}<br><code>{escape(key)}</code></td><td>{rows}</td></tr>"
        )
    return _scroll("Numbers of the ledger", f'<table class="il6-numbers"><thead><tr>{head}</tr></thead>', body)


def _scroll(label: str, head: str, body: list[str]) -> str:
    return (
        f'<div class="il6-scroll" role="group" aria-label="{escape(label)}" tabindex="0">{head}'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def claim_list(claims: Iterable[tuple[str, Mapping]], card_link: Callable[[str, Mapping], str]) -> str:
    """Write claims under the place in the document where they stand, each linked to its card, with its headline."""
    places: dict[str, list[str]] = {}
    for claim_id, entry in claims:
        places.setdefault(entry["locator"], []).append(_line(claim_id, entry, card_link))
    return "".join(
        f'<h3 class="il6-place">{escape(place[:1].upper() + place[1:])}</h3><ul class="il6-lines">{"".join(lines)}</ul>'
        for place, lines in places.items()
    )


def consequential_list(
    chosen: Iterable[Mapping], claims: Mapping[str, Mapping], card_link: Callable[[str, Mapping], str]
) -> str:
    """Write the findings that matter most: what is asked, why it matters, and what was found of each claim."""
    items = []
    for item in chosen:
        lines = "".join(
            _line(claim_id, claims[claim_id], card_link, f": {claims[claim_id]['because']}.")
            for claim_id in item["claims"]
        )
        asks, because = escape(item["asks"]), escape(item["because"])
        items.append(f'<li><h3 class="il6-place">{asks}</h3><p>{because}</p><ul class="il6-lines">{lines}</ul></li>')
    return f"<ol>{''.join(items)}</ol>"


def _line(claim_id: str, entry: Mapping, card_link: Callable[[str, Mapping], str], because: str = ".") -> str:
    """Write one claim in one line: its id, its statement, its headline, and what follows the headline."""
    link, word = escape(card_link(claim_id, entry)), escape(entry["headline"])
    return (
        f'<li class="il6-{word}"><a href="{link}">{escape(claim_id)}</a> {escape(entry["statement"])} '
        f"<strong>{escape(words(entry['headline']).capitalize())}</strong>{escape(because)}</li>"
    )


def glossary_list(rows: Iterable[Mapping], names: Mapping[str, str]) -> str:
    """Write the glossary: term, meaning, and how the documents write it; `names` tells the documents by source."""
    lines = []
    for row in sorted(rows, key=lambda row: row["term_en"].casefold()):
        written = "".join(
            f' <span lang="{code}">{escape(row[f"term_{code}"])}</span>' for code in ("zh", "ja") if row[f"term_{code}"]
        )
        seen = ", ".join(escape(names[key]) for key in row["seen_in"].split(";") if key)
        lines.append(
            f'<dt id="{term_anchor(row["term_en"])}">{escape(row["term_en"])}{written}</dt>'
            f"<dd>{escape(row['meaning'])}" + (f" <small>In: {seen}.</small></dd>" if seen else "</dd>")
        )
    return f'<dl class="il6-glossary">{"".join(lines)}</dl>'


def term_anchor(term: str) -> str:
    """Give the anchor of a term on the glossary page."""
    return "term-" + "".join(character if character.isalnum() else "-" for character in term.lower())


def evidence_table(name: str, key: str, title: str, rows: Iterable[Mapping], source_link: Callable[[str], str]) -> str:
    """Write the rows of one table that the ledger rests on: what was compared, what is printed, and where."""
    head = "".join(f'<th scope="col">{label}</th>' for label in ("Row", "Source", "What", "What is there", "Where"))
    body = []
    for row in rows:
        source = row.get("source_key") or row["cited_source"]
        what, printed = SHOWN[name](row)
        body.append(
            f'<tr id="{escape(row[key].lower())}"><th scope="row">{escape(row[key])}</th>'
            f'<td><a href="{escape(source_link(source))}">{escape(source)}</a></td>'
            f"<td>{escape(what)}</td><td>{escape(printed)}</td><td>{_where(row)}</td></tr>"
        )
    return _scroll(title, f'<table class="il6-evidence"><thead><tr>{head}</tr></thead>', body)


def linked_cells(
    table: str,
    names: Mapping[str, str],
    row_ids: Collection[str],
    source_link: Callable[[str], str],
    row_link: Callable[[str], str],
) -> str:
    """Turn the cells of a notebook's table that hold a source's key or ids of rows into links to the evidence page.

    `names` gives the name of each source by its key. Any other cell stays as it is.
    """

    def cell(found: re.Match) -> str:
        text = unescape(found[1])
        if text in names:
            return f'<td><a href="{escape(source_link(text))}">{escape(names[text])}</a></td>'
        if text.split() and all(word in row_ids for word in text.split()):
            links = (f'<a href="{escape(row_link(word))}">{escape(word)}</a>' for word in text.split())
            return f"<td>{' '.join(links)}</td>"
        return found[0]

    return re.sub(r"<td>([^<]+)</td>", cell, table)


def sources_table(rows: Iterable[Mapping]) -> str:
    """Write the sources that the ledger rests on, with what could be read of each."""
    head = "".join(f'<th scope="col">{label}</th>' for label in ("Source", "Reference", "Kind", "Read as"))
    body = []
    for row in rows:
        year = "" if row["year"] is None else f" ({int(row['year'])})"
        journal = " ".join(filter(None, (row["journal"], row["volume"], row["pages"])))
        text = ". ".join(filter(None, (f"{row['authors_short']}{year}".strip(), row["title"], journal)))
        link = f'<a href="{escape(row["url"])}">{escape(text or row["url"])}</a>' if _web(row["url"]) else escape(text)
        body.append(
            f'<tr id="{escape(source_anchor(row["source_key"]))}"><th scope="row">{escape(row["source_key"])}</th>'
            f"<td>{link}</td><td>{escape(words(row['kind']))}</td><td>{escape(words(row['read_as']))}</td></tr>"
        )
    return _scroll("Sources", f'<table class="il6-sources"><thead><tr>{head}</tr></thead>', body)


def _web(url: str) -> bool:
    """Say whether an address from a table may become a link: only plain web addresses do."""
    return url.startswith(("https://", "http://"))


def _where(row: Mapping) -> str:
    text = escape(row.get("locator") or "page")
    return f'<a href="{escape(row["url"])}">{text}</a>' if _web(row.get("url", "")) else text


def _joined(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part not in ("", None))


def _n(value: object) -> str:
    return "n not printed" if value is None else f"n = {int(value)}"


def _group(row: Mapping) -> tuple[str, str]:
    what = _joined(row["population"], row["group_label"], row["analyte"], row["sample"], _n(row["n"]))
    return what, _joined(f"{row['as_reported']} {row['unit']}".strip(), words(row["statistic"]), row["defect"])


def _comparison(row: Mapping) -> tuple[str, str]:
    sizes = " against ".join(row[side] or "?" for side in ("n_a", "n_b"))
    what = _joined(row["outcome"], f"{row['group_a']} against {row['group_b']}", f"n {sizes}")
    p = printed_p(row["p_reported"]) if row["p_reported"] else "no P printed"
    direction = {"a_higher": "first group higher", "a_lower": "first group lower"}
    return what, _joined(direction.get(row["direction"], "no difference"), p, row["note"])


def _correlation(row: Mapping) -> tuple[str, str]:
    what = _joined(f"{row['x']} with {row['y']}", row["population"], row["sample"], _n(row["n"]))
    r = f"{row['direction']}, no r printed" if row["r"] is None else f"r = {row['r']:g}"
    return what, _joined(r, printed_p(row["p_reported"]) if row["p_reported"] else "", row["defect"])


def _effect(row: Mapping) -> tuple[str, str]:
    what = _joined(row["outcome"], row["contrast"], row["population"])
    size = "k not printed" if row["k"] is None else f"k = {int(row['k'])}"
    limits = [f"{row[end]:g}" for end in ("ci_low", "ci_high") if row[end] is not None]
    interval = " to ".join(limits)
    estimate = "" if row["estimate"] is None else f" {row['estimate']:g}"
    return what, _joined(f"{row['measure']}{estimate}", interval, size, row["heterogeneity"])


def _proportion(row: Mapping) -> tuple[str, str]:
    what = _joined(row["trial"], row["outcome"], row["timepoint"], row["arm"], _n(row["n"]))
    events = "" if row["events"] is None else f"{int(row['events'])} persons"
    share = "" if row["percent_reported"] is None else f"{row['percent_reported']:g} %"
    return what, _joined(events, share, row["note"])


def _citation(row: Mapping) -> tuple[str, str]:
    what = f"{row['claim_id']}, {words(row['aspect'])}: {row['seed_says']}"
    return what, _joined(f"{words(row['finding'])}: {row['source_says']}", row["note"])


def _defect(row: Mapping) -> tuple[str, str]:
    inputs = row["inputs"].strip("{}").replace('"', "")
    return row["what"], f"printed {row['printed']}; computed from {inputs}"


def _grade(row: Mapping) -> tuple[str, str]:
    return _joined(row["claim_id"], row["section"], row["effect"], row["cytokine"]), f"grade {row['grade']}"


SHOWN = {
    "citation_checks": _citation,
    "comparisons": _comparison,
    "groups": _group,
    "correlations": _correlation,
    "effects": _effect,
    "proportions": _proportion,
    "defects": _defect,
    "rank_table": _grade,
}


#: What stands for the digest of a selection that gives no row.
NO_ROWS = "no rows"


def made_from(made: Mapping) -> str:
    """Write what an analysis was made from, under a fold: the source, parameters, settings and files."""
    files = {name.rpartition("/")[2] if name.startswith("/") else name: text for name, text in made["files"].items()}
    for name, found in made["parts"].items():
        if "/own_" in name and set(found.values()) == {NO_ROWS}:
            continue  # asked whether there are rows of a reader's own, and there are none
        text = json.dumps(found, sort_keys=True)
        files[f"{name}, rows of {counted(len(found), 'selection')}"] = sha256(text.encode()).hexdigest()
    values = {f"parameter {name}": str(value) for name, value in made["values"].items()}
    python = {name: text for name, text in made["settings"].items() if name == "Python"}
    digests = {"source of the notebook": made["source"], **made["settings"], **dict(sorted(files.items()))}
    told = {**values, **python, **{name: text[:12] for name, text in digests.items() if text and name not in python}}
    lines = "".join(f"<li>{escape(name)} <code>{escape(text)}</code></li>" for name, text in told.items())
    tables = sum(name.partition(",")[0].endswith(".csv") for name in files)
    code = sum(name.endswith(".py") for name in files)
    rest = counted(len(files) - tables - code, "other file")
    summary = f"Made from {counted(tables, 'table')}, {counted(code, 'module')} and {rest}"
    return (
        f'<footer class="il6-made"><details><summary>{summary}; key <code>{escape(made["key"][:12])}</code></summary>'
        "<p>With the first twelve digits of the SHA-256 of each file, or of the rows taken from a table. While nothing "
        f"here changes, neither does the key, and the page is not made anew.</p><ul>{lines}</ul></details></footer>\n"
    )
