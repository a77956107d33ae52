import json
from pathlib import Path

import pytest

from il6review.claims import LedgerError, dumps, loads
from il6review.claims.review import load
from il6review.publish import PublishError, book, build
from il6review.publish.pages import TABLES

ROOT = Path(__file__).parents[2]
KEYS = {name: key for name, key, _ in TABLES}


@pytest.fixture(scope="module")
def committed():
    return loads(ROOT / "ledger.json")


@pytest.fixture
def run(tmp_path, committed):
    """Give a run without a notebook, with the ledger of the project and one figure."""
    folder = tmp_path / "run"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "ledger.json").write_text(dumps(committed), encoding="utf-8")
    figures = {"serum.forest": {"html": "<figure/>", "rows": ["G301"]}}
    (folder / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    (folder / "runs.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path):
    """Give a project with a narrative of one page."""
    folder = tmp_path / "project"
    (folder / "book").mkdir(parents=True)
    (folder / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    (folder / "book" / "index.md").write_text("# Index\n", encoding="utf-8")
    (folder / "book" / ".hidden").write_text("a draft", encoding="utf-8")
    (folder / "_config.yml").write_text("title: A book\n", encoding="utf-8")
    (folder / "data").mkdir()
    descriptor = json.dumps({"version": "0.1.0", "resources": []})
    (folder / "data" / "datapackage.json").write_text(descriptor, encoding="utf-8")
    return folder


@pytest.fixture
def former(tmp_path):
    """Give the book of a former build."""
    folder = tmp_path / "out" / "book"
    folder.mkdir(parents=True)
    for name in ("index.html", "searchindex.js"):
        (folder / name).write_text("the last good book", encoding="utf-8")
    return folder


def builder(pages):
    """Stand in for Jupyter Book: write these pages."""

    def build(stage, work):
        for name, text in pages.items():
            path = work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return work

    return build


class TestReached:
    def test_every_row_that_the_ledger_names_is_held_in_its_table(self, committed):
        tables = build.reached(committed, {})
        held = {row[KEYS[name]] for name in KEYS if name not in build.ALL_SHOWN for row in tables[name]}
        findings = [entry[check] for entry in committed["claims"].values() for check in build.CHECKS]
        named = {row for owner in [*findings, *committed["numbers"].values()] for row in owner["rows"]}
        assert held == {row for row in named if row[0] not in "QF"}

    def test_the_rows_of_a_figure_are_held_too(self, committed):
        empty = {"claims": {}, "numbers": {}}
        tables = build.reached(empty, {"serum.forest": {"rows": ["G301", "C018"]}})
        assert [row["row_id"] for row in tables["groups"]] == ["G301"]
        assert [row["row_id"] for row in tables["correlations"]] == ["C018"]
        assert tables["comparisons"] == []

    def test_every_source_citation_check_and_defect_is_held_whatever_rests_on_it(self):
        tables = build.reached({"claims": {}, "numbers": {}}, {})
        whole = load("").tables
        assert {name: len(rows) for name, rows in tables.items() if rows} == {
            name: len(whole[name]) for name in (*build.ALL_SHOWN, "sources")
        }


class TestStage:
    def test_narrative_notebooks_ledger_rows_and_references_lie_in_one_folder(self, run, root, tmp_path, committed):
        (run / "notebooks" / "serum.ipynb").write_text("{}", encoding="utf-8")
        stage = tmp_path / "stage"
        build.stage_sources(run, stage, root)
        names = {str(path.relative_to(stage)) for path in stage.rglob("*") if path.is_file()}
        cards = {f"downloads/cards/{claim_id}.json" for claim_id in committed["claims"]}
        assert names - cards == {
            "downloads/ledger.csv",
            "downloads/ledger.json",
            "run/version.json",
            "_toc.yml",
            "_config.yml",
            "index.md",
            "analysis/serum.ipynb",
            "run/ledger.json",
            "run/runs.json",
            "run/figures.json",
            "run/tables.json",
            "references.bib",
        }
        assert cards <= names
        assert loads(stage / "run" / "ledger.json") == committed
        assert "{Robak1998," in (stage / "references.bib").read_text(encoding="utf-8")
        tables = json.loads((stage / "run" / "tables.json").read_text(encoding="utf-8"))
        assert "G301" in [row["row_id"] for row in tables["groups"]]
        assert "Hepcidin" in [row["term_en"] for row in tables["glossary"]]


class TestBook:
    def test_a_book_is_built_apart_and_takes_its_place(self, run, root, former, monkeypatch):
        pages = {"index.html": '<div role="list" class="citation-list">', "searchindex.js": "new"}
        monkeypatch.setattr(build, "_build", builder(pages))
        assert book(run, former, root) == former / "index.html"
        assert (former / "index.html").read_text(encoding="utf-8") == '<div class="citation-list">'
        assert [path.name for path in former.parent.iterdir()] == ["book"]

    def test_a_book_is_built_where_none_was(self, run, root, tmp_path, monkeypatch):
        monkeypatch.setattr(build, "_build", builder({"index.html": "new"}))
        assert book(run, tmp_path / "deep" / "er" / "book", root).read_text(encoding="utf-8") == "new"

    @pytest.mark.parametrize("error", [PublishError("index.md:3: WARNING: typed number"), KeyboardInterrupt()])
    def test_a_build_that_fails_leaves_the_former_book(self, run, root, former, monkeypatch, error):
        def fail(stage, work):
            work.mkdir()
            (work / "index.html").write_text("half", encoding="utf-8")
            raise error

        monkeypatch.setattr(build, "_build", fail)
        with pytest.raises(type(error)):
            book(run, former, root)
        assert (former / "index.html").read_text(encoding="utf-8") == "the last good book"
        assert [path.name for path in former.parent.iterdir()] == ["book"]

    @pytest.mark.parametrize("missing", ["ledger.json", "figures.json", "runs.json"])
    def test_a_run_that_is_not_there_says_how_to_make_one(self, run, root, former, missing):
        (run / missing).unlink()
        with pytest.raises(PublishError, match=rf"^{missing} is not in run/\. Mend: il6review run\.$"):
            book(run, former, root)

    @pytest.mark.parametrize(("missing", "folder"), [("_toc.yml", "book"), ("_config.yml", "project")])
    def test_a_narrative_that_is_not_there_is_named(self, run, root, former, missing, folder):
        next(root.rglob(missing)).unlink()
        with pytest.raises(PublishError, match=rf"^{missing} is not in {folder}/"):
            book(run, former, root)

    def test_a_folder_that_is_no_book_is_not_replaced(self, run, root, tmp_path, monkeypatch):
        monkeypatch.setattr(build, "_build", builder({"index.html": "new"}))
        foreign = tmp_path / "thesis"
        foreign.mkdir()
        (foreign / "chapter.txt").write_text("years of work", encoding="utf-8")
        with pytest.raises(PublishError, match=r"^thesis is not a book and is not replaced\. Mend: "):
            book(run, foreign, root)
        assert (foreign / "chapter.txt").read_text(encoding="utf-8") == "years of work"

    def test_a_ledger_that_is_none_is_refused(self, run, root, former):
        (run / "ledger.json").write_text("[]", encoding="utf-8")
        with pytest.raises(LedgerError, match="is not a ledger"):
            book(run, former, root)
        assert (former / "index.html").read_text(encoding="utf-8") == "the last good book"
