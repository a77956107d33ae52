"""The claim card: what a reader sees of a decision. Values are text, never markup."""

from collections.abc import Callable, Mapping
from html import escape

CHECK_WORDS = {
    "citation": "Does the source say so?",
    "recomputation": "Can the figures be rebuilt?",
    "evidence": "Do independent studies agree?",
}


def words(finding: str) -> str:
    """Turn a finding into words: `supported_with_omission` becomes `supported with omission`."""
    return finding.replace("_", " ")


def card(
    claim_id: str,
    entry: Mapping,
    row_link: Callable[[str], str] | None = None,
    source_link: Callable[[str], str] | None = None,
    source_name: Callable[[str], str] = str,
    foot: str = "",
) -> str:
    """Write a claim card as HTML.

    `row_link` and `source_link` give the address of an evidence row and of a source, where there is a page to point to,
    `source_name` the name of a cited source, which is its key if nothing else is told; `foot` is HTML of the caller
    that is set under the findings.
    """
    said_by = _linked(entry["said_by_title"], source_link and source_link(entry["said_by"]))
    cites = ", ".join(_linked(source_name(key), source_link and source_link(key)) for key in entry["cites"])
    lines = [
        f'<article class="il6-card il6-{escape(entry["headline"])}" id="{escape(claim_id.lower())}">',
        f'<header><p class="il6-id">{escape(claim_id)}</p>'
        f'<p class="il6-headline">{escape(entry["headline"])}</p></header>',
        f'<p class="il6-statement">{escape(entry["statement"])}</p>',
        f'<p class="il6-said">Said by {said_by}, {escape(entry["locator"])}'
        + (f"; cites {cites}" if cites else "; cites nothing")
        + f'. <span class="il6-because">{escape(words(entry["headline"]).capitalize())}: '
        f"{escape(entry['because'])}.</span></p>",
        "<dl>",
    ]
    for check, question in CHECK_WORDS.items():
        finding = entry[check]
        reason = f" ({words(finding['reason'])})" if finding["reason"] else ""
        lines.append(
            f'<dt>{question}</dt><dd><strong class="il6-{escape(finding["finding"])}">'
            f"{escape(words(finding['finding']))}{escape(reason)}</strong> {escape(_sentence(finding['why']))}"
            f"{_robust(finding.get('robust', ''))}{_rows(finding['rows'], row_link)}</dd>"
        )
    return "\n".join([*lines, "</dl>", foot, "</article>"])


def _sentence(text: str) -> str:
    """Begin with a capital; a word with a capital of its own, such as sIL-6R or mRNA, stays as it is."""
    return text if any(map(str.isupper, text.partition(" ")[0])) else text[:1].upper() + text[1:]


def _linked(text: str, address: str | None) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)


def _robust(sentence: str) -> str:
    return f"<details><summary>How robust is this?</summary>{escape(sentence)}</details>" if sentence else ""


def _rows(rows: list[str], row_link: Callable[[str], str] | None) -> str:
    if not rows:
        return ""
    links = " ".join(_linked(row, row_link and row_link(row)) for row in rows)
    if len(rows) < 7:
        return f' <span class="il6-rows">Rows: {links}</span>'
    return f' <details class="il6-rows"><summary>{len(rows)} rows</summary>{links}</details>'
