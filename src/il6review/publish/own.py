"""What the book of a reader's own run has beside the default one: a banner on each page, a page of what changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

PAGE = "what_changed"
#: Lines of a table of numbers that are shown; the others lie under a fold.
SHOWN = 5
#: A claim by its number.
CLAIM = "[A-Z]+-[0-9]+[a-z]?"
#: What each line of a table begins with, and what the table ends with, as Markdown is rendered.
LINE, END = "<tr>\n<td", "</tbody>\n</table>"


@dataclass(frozen=True)
class Own:
    """A run with rows of one's own: its name, its tables, its reports as Markdown, and figures as HTML."""

    name: str
    evidence: Path
    reports: tuple[str, ...]
    figures: tuple[str, ...] = ()


def stage(own: Own, folder: Path) -> None:
    """Mark each page of the staged book, and add the page of what changed in front of the others."""
    config = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))
    options = config["sphinx"]["config"]["html_theme_options"]
    options["announcement"] = f"This book holds unpublished data of your own: run {escape(own.name)}."
    (folder / "_config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    toc = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    toc["parts"] = [{"caption": "Your data", "chapters": [{"file": PAGE}]}, *toc["parts"]]
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    lines = ["# What your data changed", "", "```{own-report}", "```", ""]
    (folder / f"{PAGE}.md").write_text("\n".join(lines), encoding="utf-8")
    (folder / "run" / "own.html").write_text(report(own), encoding="utf-8")


def report(own: Own) -> str:
    """Write figures and reports as HTML. The reports hold values as text: markup in them is shown, not obeyed."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    # The page has the title of the first report; those of the others stand one level below it.
    first, *others = own.reports
    moved = _scrolled(markdown.render(first.partition("\n")[2]), SHOWN)
    found = [_scrolled(markdown.render(f"#{text}".replace("\n#", "\n##"))) for text in others]
    return "\n".join([*own.figures, moved, *found])


def linked(html: str, links: Mapping[str, str]) -> str:
    """Let claims lead to their cards, by the addresses in `links`: those in headings, and the untouched, folded."""

    def link(found: re.Match) -> str:
        claim = found[0]
        return f'<a href="{escape(links[claim])}">{claim}</a>' if claim in links else claim

    def folded(found: re.Match) -> str:
        listed = re.sub(CLAIM, link, found["claims"])
        return f'{found["head"]}<details class="il6-fold"><summary>Which</summary>{listed}</details>'

    html = re.sub(f"(?<=<h3>){CLAIM}(?=: )", link, html)
    return re.sub(r"(?P<head><h2>Untouched \([0-9]+\)</h2>\n)(?P<claims><p>.*?</p>)", folded, html)


def _scrolled(html: str, shown: int | None = None) -> str:
    """Let each table be moved sideways; what follows its first `shown` lines lies under a fold."""

    def table(found: re.Match) -> str:
        head, *lines = found[0].removesuffix(END).split(LINE)
        # A single line takes no more room than the words of its fold.
        first = None if shown is None or len(lines) <= shown + 1 else shown
        rest = lines[first:] if first else []
        fold = f'<details class="il6-fold"><summary>{len(rest)} more lines</summary>{_scroll(head, rest)}</details>'
        return _scroll(head, lines[:first]) + (f"\n{fold}" if rest else "")

    return re.sub(r"<table>.*?</table>", table, html, flags=re.DOTALL)


def _scroll(head: str, lines: list[str]) -> str:
    table = f"{head}{''.join(f'{LINE}{line}' for line in lines)}{END}"
    return f'<div class="il6-scroll" role="group" aria-label="Table" tabindex="0">{table}</div>'
