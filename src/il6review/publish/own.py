"""What the book of a reader's own run has beside the default one: a banner on each page, a page of what changed."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

PAGE = "what_changed"


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
    texts = [first.partition("\n")[2], *(f"#{text}".replace("\n#", "\n##") for text in others)]
    tables = '<div class="il6-scroll" role="group" aria-label="Table" tabindex="0"><table>'
    shown = [markdown.render(text) for text in texts]
    wrapped = [html.replace("<table>", tables).replace("</table>", "</table></div>") for html in shown]
    return "\n".join([*own.figures, *wrapped])
