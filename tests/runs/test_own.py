"""Own tables run in a small project: the real tables, one notebook with a few claims."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from il6review import MIME, claims, cli, evidence, runs
from il6review.claims import decisions, review
from il6review.evidence import templates
from il6review.runs import FailedRun, Run, RunError, accept, own

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    'from il6review.claims import decisions, review\nserum = review.load("ra_serum_levels", alpha=alpha)',
    'decisions.decide(serum, "RA-26")',
)
COMPARISONS = "outcome,group_a,group_b,direction,p_reported,claim_ids,url,locator\n"


def silent(outcomes, _total):
    return outcomes


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def kept(root):
    """Give all that a run must leave as it is."""
    kept = {name: content(root / name) for name in ("data", "notebooks", "_build/run")}
    return kept | {name: (root / name).read_bytes() for name in ("ledger.json", "CHANGELOG.md")}


@pytest.fixture(scope="module")
def template(tmp_path_factory, write_notebook):
    """A project that was run once."""
    root = tmp_path_factory.mktemp("project") / "it"
    shutil.copytree(ROOT / "data", root / "data")
    write_notebook(root / "notebooks" / "ra_serum_levels.ipynb", *CODE, parameters="alpha: float = 0.05  # level")
    for name in ("CHANGELOG.md", "requirements.lock"):
        shutil.copyfile(ROOT / name, root / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("IL6REVIEW_DATA", raising=False)
        done = runs.run([], {}, root / "_build" / "run", root=root, report=silent)
    runs.take_over(done.folder, root)
    claims.save(done.ledger, root / claims.LEDGER)
    return root


@pytest.fixture
def root(template, tmp_path, monkeypatch):
    """A copy of the project for one test; the working folder lies elsewhere."""
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)
    shutil.copytree(template, tmp_path / "it")
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "it"


@pytest.fixture
def comparison(root):
    """Write a table of one comparison in the working folder, and give its path."""

    def write(name="study.csv", direction="a_lower", claim="RA-26", url="", locator=""):
        row = f"IL-6 (serum),active,remission,{direction},0.01,{claim},{url},{locator}\n"
        Path(name).write_text(COMPARISONS + row, encoding="utf-8")
        return Path(name)

    return write


@pytest.fixture
def quick(monkeypatch, template):
    """Let notebooks be decided in this process: what a kernel would show, without one."""

    def run(names, given, out, *, root, **_):
        if "1 / 0" in (root / "notebooks" / "ra_serum_levels.ipynb").read_text(encoding="utf-8"):
            raise FailedRun(["ra_serum_levels.ipynb, code cell 2, `1 / 0`: ZeroDivisionError: division by zero"])
        serum = review.load("ra_serum_levels")
        payloads = [decisions.decide(serum, "RA-26")._repr_mimebundle_()[MIME]]
        shutil.copytree(template / "_build" / "run", out)
        ledger = claims.collect(payloads)
        (out / claims.LEDGER).write_text(claims.dumps(ledger), encoding="utf-8")
        (out / "runs.json").write_text("{}", encoding="utf-8")
        return Run(out, {"ra_serum_levels": out / "notebooks" / "ra_serum_levels.ipynb"}, {}, {}, ledger)

    monkeypatch.setattr(own, "run", run)
    monkeypatch.setattr(accept, "run", run)


def invoke(root, command, *arguments):
    result = CliRunner().invoke(cli.main, [command, *map(str, arguments), "--root", str(root)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def cell(path, number, column):
    with path.open(encoding="utf-8", newline="") as file:
        return next(row[column] for row in csv.DictReader(file) if row["comparison_id"] == number)


def test_run_with_own_rows_writes_one_folder_and_changes_nothing_else(root, comparison):
    before = kept(root)
    result = invoke(root, "run", "--data", comparison("my study.csv"), "--set", "chapter=ra_serum_levels")
    assert result.exit_code == 0, result.output
    folder = root / "runs" / "my_study"
    assert sorted(path.name for path in folder.iterdir()) == [
        "delta.json",
        "delta.md",
        "evidence",
        "figures.json",
        "ledger.json",
        "notebooks",
        "own.csv",
        "runs.json",
    ]
    assert kept(root) == before
    assert [path.name for path in (root / "runs").iterdir()] == ["my_study"]
    assert "2 against -> 26 for, 8 neither, 3 against" in result.stdout
    assert "evidence: 1 row of yours entered: OWN001" in result.stdout
    assert claims.loads(folder / "ledger.json")["claims"]["RA-26"]["evidence"]["rows"].count("OWN001") == 1
    assert evidence.check(folder / "evidence") == []
    assert json.loads((folder / "delta.json").read_text())
    assert (folder / "own.csv").read_text().splitlines()[1].startswith("2,mystudy,RA-26")


def test_second_run_is_identical_to_the_byte_and_reuses_what_it_made(root, comparison):
    table = comparison()
    arguments = ("run", "--data", table, "--name", "one")
    assert invoke(root, *arguments).exit_code == 0
    before = content(root / "runs" / "one")
    again = invoke(root, *arguments)
    assert "ra_serum_levels: reused" in again.stderr
    assert content(root / "runs" / "one") == before


def test_a_problem_in_the_table_writes_nothing(root, comparison):
    before = kept(root)
    result = invoke(root, "run", "--data", comparison(direction="a_highest"))
    assert result.exit_code == 1
    assert 'found "a_highest"' in result.stdout
    assert "Problems in study.csv: 1" in result.stdout
    assert not (root / "runs").exists()
    assert kept(root) == before


def test_a_notebook_that_fails_leaves_the_former_result(quick, root, comparison, write_notebook):
    table = evidence.read_own(comparison())
    done = own.run_own(table, "one", [], {}, root=root, report=silent)
    before = content(done.folder)
    write_notebook(root / "notebooks" / "ra_serum_levels.ipynb", "1 / 0", parameters="alpha: float = 0.05")
    with pytest.raises(FailedRun, match="ZeroDivisionError"):
        own.run_own(table, "one", [], {}, root=root, report=silent)
    assert content(done.folder) == before
    assert [path.name for path in (root / "runs").iterdir()] == ["one"]


def test_a_row_that_reaches_no_claim_is_said(quick, root):
    Path("relations.csv").write_text("x,y,n,r,sample\nIL-6,my index,40,0.4,serum\n", encoding="utf-8")
    arguments = ("run", "ra_serum_levels", "--data", "relations.csv")
    result = invoke(root, *arguments)
    assert result.exit_code == 0
    assert "OWN001: reaches no claim. Mend: name one with --claims." in result.stdout
    named = invoke(root, *arguments, "--claims", "RA-26")
    assert "reaches no claim" not in named.stdout
    assert "evidence: 1 row of yours entered: OWN001" in named.stdout


@pytest.fixture
def trial(root):
    """Write a trial that names its arm in its own words."""
    cells = (
        "outcome,arm,events,n,url,locator\nACR20,{},34,60,unpublished,log 1\nACR20,placebo,12,58,unpublished,log 2\n"
    )

    def write(arm):
        Path("trial.csv").write_text(cells.format(arm), encoding="utf-8")
        return Path("trial.csv")

    return write


def test_a_claim_that_no_row_enters_is_said_with_what_it_reads(quick, root, trial):
    result = invoke(root, "run", "--data", trial("tocilizumab 8 mg/kg"), "--claims", "RA-26,RA-97")
    assert result.exit_code == 0, result.output
    assert "RA-26: no row of yours enters it. It reads comparisons; correlations of IL-6" in result.stdout
    assert "Mend: name your rows so" in result.stdout
    assert "RA-97: no row" not in result.stdout
    assert "no claim" not in result.stdout
    alone = invoke(root, "run", "--data", Path("trial.csv"), "--claims", "RA-26")
    assert "OWN001, OWN002: reach no claim.\n" in alone.stdout


def test_accept_wants_the_arm_of_a_trial_by_its_word(quick, root, trial):
    for arm, lacking in (("tocilizumab 8 mg/kg", True), ("TCZ 8", False)):
        assert invoke(root, "run", "--data", trial(arm), "--claims", "RA-97").exit_code == 0
        result = invoke(root, "accept", "trial", "--dry-run")
        assert result.exit_code == lacking, result.output
        assert ("expected an arm by its word: TCZ 8, TCZ 8 + MTX, TCZ 8 + DMARD" in result.stderr) == lacking


def test_an_unknown_claim_is_told(root, comparison):
    result = invoke(root, "run", "--data", comparison(claim=""), "--claims", "RA-2600")
    assert result.exit_code == 1
    assert 'found "RA-2600", expected a claim of claims.csv' in result.stdout


def test_rows_alone_are_the_only_votes(quick, root, comparison):
    result = invoke(root, "run", "--data", comparison(direction="a_higher"), "--as", "alone", "--name", "alone")
    assert result.exit_code == 0
    numbers = claims.loads(root / "runs" / "alone" / "ledger.json")["numbers"]
    text = (root / "runs" / "alone" / "evidence" / "comparisons.csv").read_text(encoding="utf-8")
    assert "K206" in text
    assert "OWN001" in numbers["RA-26.for"]["rows"]


@pytest.mark.parametrize("name", ["../up", "a b", "/etc", ".hidden", "a/b/c", ""])
def test_a_name_that_leads_elsewhere_is_wrong_use(root, comparison, name):
    table = evidence.read_own(comparison())
    with pytest.raises(RunError, match="Mend: --name"):
        own.run_own(table, name, [], {}, root=root, report=silent)
    assert not (root / "runs").exists()


def test_a_folder_of_something_else_is_not_replaced(root, comparison):
    (root / "runs" / "study").mkdir(parents=True)
    (root / "runs" / "study" / "thesis.txt").write_text("mine")
    result = invoke(root, "run", "--data", comparison())
    assert result.exit_code == 2
    assert "choose another --name" in result.stderr
    assert (root / "runs" / "study" / "thesis.txt").read_text() == "mine"


def test_options_of_own_tables_need_a_table(root):
    for arguments in (["--as", "add"], ["--claims", "RA-25"], ["--decimal", "comma"]):
        result = invoke(root, "run", *arguments)
        assert result.exit_code == 2
        assert "--data FILE" in result.stderr


def test_each_gives_a_result_for_each_file_and_a_table_over_all(quick, root, comparison):
    Path("cohorts").mkdir()
    for name, direction in (("a.csv", "a_higher"), ("b.csv", "a_highest"), ("c.tsv", "a_lower"), ("c.csv", "a_lower")):
        comparison(f"cohorts/{name}", direction)
    result = invoke(root, "run", "--each", "cohorts/*", "--name", "all")
    assert result.exit_code == 1
    with (root / "runs" / "all" / "cohorts.csv").open(encoding="utf-8", newline="") as file:
        lines = {row["file"]: row for row in csv.DictReader(file)}
    assert [row["result"] == "ok" for row in lines.values()] == [True, False, True, False]
    assert "a_highest" in lines["cohorts/b.csv"]["result"]
    assert "rename one of them" in lines["cohorts/c.tsv"]["result"]
    assert (lines["cohorts/a.csv"]["moved"], lines["cohorts/a.csv"]["flipped"]) == ("1", "none")
    assert "RA-26.share" in lines["cohorts/a.csv"]["estimates"]
    assert sorted(path.name for path in (root / "runs" / "all").iterdir()) == ["a", "c", "cohorts.csv"]
    again = invoke(root, "run", "--each", "cohorts/a.csv", "--name", "all")
    assert again.exit_code == 0


def test_each_without_a_file_is_wrong_use(root):
    result = invoke(root, "run", "--each", "nowhere/*.csv")
    assert result.exit_code == 2
    assert "quote the pattern" in result.stderr


def test_accept_wants_provenance_and_writes_nothing_without(quick, root, comparison):
    assert invoke(root, "run", "--data", comparison()).exit_code == 0
    before = content(root)
    result = invoke(root, "accept", "study")
    assert result.exit_code == 1
    assert "column url: found an empty cell, expected an address, or the word unpublished" in result.stderr
    assert "column locator" in result.stderr
    assert "run again with --name study" in result.stderr
    assert content(root) == before


def test_accept_takes_rows_ledger_outputs_and_changelog_together(root, comparison):
    table = comparison(url="unpublished", locator="log book 3")
    assert invoke(root, "run", "--data", table).exit_code == 0
    before = content(root)
    result = invoke(root, "accept", "study")
    assert result.exit_code == 0, result.output
    assert evidence.check(root / "data") == []
    changed = {name for name, raw in content(root).items() if before.get(name) != raw and "_build" not in name}
    assert changed == {
        "data/comparisons.csv",
        "data/sources.csv",
        "data/README.md",
        "ledger.json",
        "CHANGELOG.md",
        "notebooks/ra_serum_levels.ipynb",
    }
    number = result.stdout.partition("comparisons.csv: ")[2].split()[0]
    assert cell(root / "data" / "comparisons.csv", number, "source_key") == "study"
    assert cell(root / "data" / "comparisons.csv", number, "url") == "unpublished"
    assert number in claims.loads(root / "ledger.json")["claims"]["RA-26"]["evidence"]["rows"]
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "### Data\n- Rows of study accepted: 1 in `comparisons.csv`.\n" in changelog
    taken = invoke(root, "accept", "study")
    assert taken.exit_code == 1
    assert "a key that no other source has" in taken.stderr
    assert invoke(root, "run").exit_code == 0


def test_a_dry_run_of_accept_writes_nothing(quick, root, comparison):
    table = comparison(url="https://example.org/1", locator="Table 2")
    assert invoke(root, "run", "--data", table).exit_code == 0
    before = content(root)
    result = invoke(root, "accept", "study", "--dry-run")
    assert result.exit_code == 0, result.output
    assert f"Would write: {root / 'data' / 'comparisons.csv'}" in result.stdout
    assert content(root) == before


def test_accepting_what_is_not_there_is_wrong_use(root):
    result = invoke(root, "accept", "nothing")
    assert result.exit_code == 2
    assert "found no result" in result.stderr


def test_a_result_of_an_earlier_version_is_not_accepted(quick, root, comparison):
    invoke(root, "run", "--data", comparison(url="unpublished", locator="sheet 1"), "--name", "one")
    (root / "runs" / "one" / "evidence" / "own_sources.csv").unlink()
    result = invoke(root, "accept", "one")
    assert result.exit_code == 2
    assert "as an earlier version left it. Mend: il6review run --data FILE --name one" in result.stderr


def test_accept_takes_no_tables_that_lie_elsewhere(quick, root, comparison, tmp_path, monkeypatch):
    table = comparison(url="unpublished", locator="log book 3")
    assert invoke(root, "run", "--data", table).exit_code == 0
    shutil.copytree(root / "data", tmp_path / "other")
    before = content(tmp_path)
    monkeypatch.setenv("IL6REVIEW_DATA", str(tmp_path / "other"))
    result = invoke(root, "accept", "study")
    assert result.exit_code == 2
    assert "expected the tables of the project" in result.stderr
    assert "Mend: unset IL6REVIEW_DATA" in result.stderr
    assert content(tmp_path) == before


def test_a_cohort_of_persons_is_reported_beside_the_difference(quick, root):
    Path("cohort.csv").write_text(templates.files()["synthetic_persons.csv"], encoding="utf-8")
    result = invoke(root, "run", "--data", "cohort.csv")
    assert result.exit_code == 0, result.output
    assert "P values are adjusted by Holm over 8 contrasts of IL-6" in result.stdout
    report = (root / "runs" / "cohort" / "cohort.md").read_text(encoding="utf-8")
    assert report.count("| RA-25 |") == report.count("| RA-26 |") == 4
    entry = claims.loads(root / "runs" / "cohort" / "ledger.json")["claims"]["RA-26"]
    assert sum(row.startswith("OWN") for row in entry["evidence"]["rows"]) == 4
