import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from il6review import __version__, claims, cli, evidence, own_commands, publish, runs
from il6review.evidence import EvidenceError, Problem
from il6review.runs import FailedRun, Run, RunError


def ledger(**numbers):
    """Give a ledger of numbers by their text."""
    return {
        "claims": {},
        "numbers": {key: {"label": "ratio", "text": text, "unit": "", "rows": []} for key, text in numbers.items()},
    }


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with two tables and a committed ledger; the working folder lies inside it."""
    (tmp_path / "notebooks").mkdir()
    data = tmp_path / "data"
    data.mkdir()
    resources = [{"name": "a", "path": "a.csv"}, {"name": "b", "path": "b.csv"}]
    (data / "datapackage.json").write_text(json.dumps({"resources": resources}))
    (data / "a.csv").write_text('id,note\n1,"two\nlines"\n2,x\n')
    (data / "b.csv").write_text("id\n1\n")
    (data / "claims.csv").write_text("claim_id\nRA-9\nRA-10\n")
    claims.save(ledger(k="1.0", m="2"), tmp_path / claims.LEDGER)
    monkeypatch.delenv("IL6REVIEW_DATA", raising=False)
    monkeypatch.chdir(data)
    return tmp_path


def invoke(*arguments):
    """Call the command line; an error that is not told is raised."""
    result = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def raising(error):
    def call(*_, **__):
        raise error

    return call


def test_help_tells_exit_codes_and_version_is_that_of_the_package():
    assert "2 wrong use" in invoke("--help").output
    assert invoke("--version").output == f"il6review, version {__version__}\n"


def test_check_counts_tables_and_rows(root, monkeypatch):
    checked = []
    monkeypatch.setattr(evidence, "check", lambda folder: checked.append(folder) or [])
    result = invoke("check")
    assert (result.exit_code, result.output) == (0, "2 tables, 3 rows: no problem\n")
    assert checked == [root / "data"]


def test_check_takes_the_tables_of_the_named_project(root, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    checked = []
    monkeypatch.setattr(evidence, "check", lambda folder: checked.append(folder) or [])
    assert invoke("check", "--root", root).exit_code == 0
    assert checked == [root / "data"]


def test_check_prints_each_problem_and_fails(root, monkeypatch):
    problem = Problem("a.csv", 3, "note", "\x1b[31mred", "no colour", "type plain text.")
    monkeypatch.setattr(evidence, "check", lambda _folder: [problem, problem])
    result = invoke("check")
    assert result.exit_code == 1
    line = r'a.csv, line 3, column note: found "\x1b[31mred", expected no colour. Mend: type plain text.'
    assert result.output == f"{line}\n{line}\nProblems in {root / 'data'}: 2\n"


def test_evidence_that_cannot_be_read_fails_without_traceback(root, monkeypatch):
    problem = Problem("a.csv", None, None, None, "a table", "restore it.")
    monkeypatch.setattr(evidence, "check", raising(EvidenceError([problem])))
    result = invoke("check")
    assert (result.exit_code, result.stderr) == (1, "a.csv: expected a table. Mend: restore it.\n")


def test_folder_that_is_no_project_is_wrong_use(tmp_path):
    result = invoke("check", "--root", tmp_path)
    assert result.exit_code == 2
    assert "found no project in" in result.stderr
    assert "name it with --root" in result.stderr


def test_checkout_of_the_package_is_the_last_resort(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    top = tmp_path / "checkout"
    (top / "notebooks").mkdir(parents=True)
    (top / "data").mkdir()
    (top / "data" / "datapackage.json").touch()
    monkeypatch.setattr(cli, "HERE", top / "src" / "il6review" / "cli.py")
    assert cli._root(None, None, None) == top


@pytest.fixture
def run_of(monkeypatch):
    """Let `runs.run` end at once with a ledger; gives the calls it got."""
    calls = []

    def prepare(found):
        def run(names, given, out, *, root, report, tick, fresh, limit, scheduler):
            calls.append((names, given, out, root, fresh, limit, scheduler))
            ended = [runs.Outcome("anaemia", 1.25, peak=150_000), runs.Outcome("x", 0.0, reused=True)]
            tick("anaemia", 0, 2)
            outcomes = {outcome.name: outcome for outcome in report(iter(ended), 2)}
            why = {"anaemia": "data/\x1bgroups.csv changed", "x": "reused: as it was"}
            return Run(out, {name: out / name for name in outcomes}, outcomes, why, found)

        monkeypatch.setattr(runs, "run", run)
        return calls

    return prepare


def test_run_without_a_change_is_good(root, run_of):
    calls = run_of(ledger(k="1.0", m="2"))
    result = invoke("run")
    assert result.exit_code == 0
    assert result.stdout == (
        "notebook          seconds  peak MB\n"
        "anaemia   run         1.2      146\n"
        "x         reused      0.0\n"
        f"Ledger: {root / '_build' / 'run' / 'ledger.json'}\n"
        "Changes against the committed ledger: none.\n"
    )
    assert result.stderr == "anaemia: done\nx: reused\n"
    assert calls == [((), {}, root / "_build" / "run", root, False, None, "")]


def test_run_tells_why_and_passes_on_what_was_asked(root, run_of):
    calls = run_of(ledger(k="1.0", m="2"))
    result = invoke("run", "--why", "--fresh", "--limit", "2.5", "--scheduler", "tcp://far:1")
    assert "anaemia: data/\\x1bgroups.csv changed\nx: reused: as it was\n" in result.stdout
    assert calls == [((), {}, root / "_build" / "run", root, True, 2.5, "tcp://far:1")]


@pytest.mark.parametrize(("problem", "code", "said"), [("", 0, "none failed"), ("broke", 1, "1 failed")])
def test_sweep_names_its_files_and_fails_when_a_run_failed(root, monkeypatch, problem, code, said):
    (root / "grid.yml").write_text("k: [1, 2]")
    calls = []

    def sweep(name, grid, out, *, files, report, **options):
        calls.append((name, grid, out, options))
        lines = [runs.Line({"k": 1}, {}, {"x": 1.5}), runs.Line({"k": 2}, {}, {}, problem)]
        done = runs.Sweep(name, out, lines, 1)
        out.mkdir(parents=True)
        for file, text in files(done).items():
            (out / file).write_text(text)
        return done

    monkeypatch.setattr(runs, "sweep", sweep)
    result = invoke("sweep", "joint", "--grid", root / "grid.yml", "--number", "x", "--scheduler", "tcp://far:1")
    out = root / "_build" / "sweep" / "joint"
    assert (result.exit_code, result.stdout) == (
        code,
        f"{out / 'heat_map.html'}\n{out / 'heat_map.svg'}\n{out / 'table.csv'}\n2 runs: 1 reused, {said}.\n",
    )
    options = {"root": root, "fresh": False, "limit": None, "scheduler": "tcp://far:1"}
    assert calls == [("joint", {"k": [1, 2]}, out, options)]


def test_sweep_without_a_readable_grid_is_wrong_use(root):
    result = invoke("sweep", "joint", "--grid", root / "none.yml")
    assert result.exit_code == 2
    assert "none.yml: cannot be read" in result.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "soon"])
def test_time_limit_is_a_positive_number(root, limit):
    assert invoke("run", "--limit", limit).exit_code == 2


def test_moved_number_fails_a_run_with_the_declared_parameters(root, run_of):
    run_of(ledger(k="1.00", m="2"))
    result = invoke("run")
    assert result.exit_code == 1
    assert "k, number (ratio): 1.0 -> 1.00\nChanges against the committed ledger: 1.\n" in result.stdout


def test_moved_number_is_the_answer_to_own_parameters(root, run_of):
    calls = run_of(ledger(k="1.00", m="2"))
    result = invoke("run", "anaemia", "-p", "alpha", "0.1", "-p", "table", "my.csv", "--out", "mine")
    assert result.exit_code == 0
    assert "k, number (ratio): 1.0 -> 1.00" in result.stdout
    assert calls == [(("anaemia",), {"alpha": "0.1", "table": "my.csv"}, Path("mine"), root, False, None, "")]


def test_named_notebooks_are_compared_with_their_part_of_the_ledger(root, run_of):
    run_of(ledger(m="2"))
    assert invoke("run", "fatigue").exit_code == 0
    assert invoke("run").exit_code == 1
    run_of(ledger(m="3", new="4"))
    result = invoke("run", "fatigue")
    assert result.exit_code == 1
    assert "m, number (ratio): 2 -> 3" in result.stdout
    assert "new, number (ratio): - -> 4" in result.stdout


def test_run_without_a_committed_ledger_fails_with_the_mend(root, run_of):
    (root / claims.LEDGER).unlink()
    run_of(ledger(k="1"))
    result = invoke("run")
    assert result.exit_code == 1
    assert "il6review claims --accept" in result.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunError(["parameter x: found no such parameter."]), 2),
        (FailedRun(["a.ipynb, code cell 1, `x`: NameError: x\x1b[0m"]), 1),
        (claims.LedgerError("RA-1 is decided twice."), 1),
        (PermissionError(13, "Permission denied", "run"), 2),
    ],
)
def test_error_of_a_run_is_told_with_its_exit_code(root, monkeypatch, error, code):
    monkeypatch.setattr(runs, "run", raising(error))
    result = invoke("run")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == str(error).replace("\x1b", r"\x1b") + "\n"


def test_parameter_without_a_value_is_wrong_use(root):
    assert invoke("run", "-p", "alpha").exit_code == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("chek", "No such command 'chek'. Mend: did you mean \"check\"? See: il6review --help"),
        ("nonsense", "No such command 'nonsense'. Mend: il6review --help"),
        ("--foo", "No such option '--foo'. Mend: il6review --help"),
        ("run --encodng", "No such option '--encodng'. Mend: did you mean \"--encoding\"? See: il6review run --help"),
        ("run -p alpha", "Option '-p' requires 2 arguments. Mend: il6review run --help"),
        ("run --limit 0", "Invalid value for '--limit': 0.0 is not in the range x>0. Mend: il6review run --help"),
        (
            "run --data x.csv --scheduler tcp://x:1",
            "found --scheduler with a table of your own. Mend: leave it out; it runs here.",
        ),
        ("sweep anaemia", "Missing option '--grid'. Mend: il6review sweep --help"),
        ("claims --format xml", "one of 'text', 'markdown', 'json'. Mend: il6review claims --help"),
        ("new a b\x1b", "Got unexpected extra argument (b\\x1b). Mend: il6review new --help"),
        ("check --kind groups", "found an option (kind) and no FILE. Mend: name the file, or leave it out."),
    ],
)
def test_every_wrong_use_has_one_line_with_its_mend(given, told):
    result = invoke(*given.split(" "))
    assert (result.exit_code, result.stdout) == (2, "")
    (*usage, error) = result.stderr.splitlines()
    assert error.startswith("Error: ") and error.endswith(told)
    assert all(line.startswith("Usage: il6review") for line in usage)


def test_without_a_command_the_help_is_shown():
    assert "Error" not in invoke().output and "Commands:" in invoke().output


def test_help_and_an_error_of_use_import_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom il6review.cli import main\n"
        "for words in (['--help'], ['run', '--help'], ['run', '--limit', 'x']):\n    CliRunner().invoke(main, words)\n"
        "heavy = {'IPython', 'jupyter_client', 'matplotlib', 'nbformat', 'pandas', 'papermill', 'scipy', 'tqdm'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_a_run_with_its_exit_code(root, monkeypatch, number):
    before = signal.getsignal(number)
    monkeypatch.setattr(runs, "run", lambda *_, **__: signal.raise_signal(number))
    result = invoke("run")
    assert (result.exit_code, result.stdout) == (128 + number, "")
    assert result.stderr == "Stopped. The former run stays as it was; what has run is kept for the next.\n"
    assert signal.getsignal(number) is before


def test_claims_shows_the_committed_ledger(root):
    result = invoke("claims")
    assert (result.exit_code, result.output) == (0, claims.render(ledger(k="1.0", m="2"), 2) + "\n")


def test_claims_without_a_ledger_fails_with_the_mend(root):
    (root / claims.LEDGER).unlink()
    result = invoke("claims")
    assert result.exit_code == 1
    assert "Mend: il6review run" in result.stderr


@pytest.fixture
def last_run(root, monkeypatch):
    """Put a ledger where the last run keeps its own; the run counts as one of all notebooks with the defaults."""
    folder = root / "_build" / "run"
    folder.mkdir(parents=True)
    monkeypatch.setattr(runs, "is_default", lambda *_: True)

    def put(found):
        claims.save(found, folder / claims.LEDGER)

    return put


def test_accept_shows_the_changes_then_commits_the_ledger_of_the_last_run(root, last_run):
    last_run(ledger(k="1.1", m="2"))
    result = invoke("claims", "--accept")
    assert result.exit_code == 0
    assert result.output == (
        f"k, number (ratio): 1.0 -> 1.1\nChanges against the committed ledger: 1.\nAccepted: {root / 'ledger.json'}\n"
    )
    assert claims.loads(root / claims.LEDGER) == ledger(k="1.1", m="2")
    assert invoke("claims", "--accept").output == "Nothing to accept.\n"


@pytest.mark.parametrize("former", [None, "not json"])
def test_accept_needs_no_former_ledger(root, last_run, former):
    (root / claims.LEDGER).unlink()
    if former:
        (root / claims.LEDGER).write_text(former)
    last_run(ledger(k="1"))
    assert invoke("claims", "--accept").exit_code == 0
    assert claims.loads(root / claims.LEDGER) == ledger(k="1")


def test_ledger_that_cannot_be_written_is_told_without_traceback(root, last_run, monkeypatch):
    last_run(ledger(k="9"))
    monkeypatch.setattr(claims, "save", raising(PermissionError(13, "Permission denied", "ledger.json")))
    result = invoke("claims", "--accept")
    assert (result.exit_code, result.stderr) == (2, "[Errno 13] Permission denied: 'ledger.json'\n")


def notebook(text, output=""):
    """Write a notebook of one cell, with what it printed."""
    cell = nbformat.v4.new_code_cell(text, id="one")
    cell.outputs = [nbformat.v4.new_output("stream", text=output)] if output else []
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell])) + "\n"


def test_accept_takes_over_the_outputs_of_the_notebooks(root, last_run):
    last_run(ledger(k="1.0", m="2"))
    committed, executed = root / "notebooks" / "a.ipynb", root / "_build" / "run" / "notebooks" / "a.ipynb"
    executed.parent.mkdir()
    committed.write_text(notebook("print(1)"))
    executed.write_text(notebook("print(1)", "1"))
    assert "Outputs renewed: a.ipynb" in invoke("claims", "--accept").output
    assert committed.read_bytes() == executed.read_bytes()
    assert invoke("claims", "--accept").output == "Nothing to accept.\n"


def test_accept_refuses_a_notebook_that_was_edited_since_the_run(root, last_run):
    last_run(ledger(k="9"))
    committed, executed = root / "notebooks" / "a.ipynb", root / "_build" / "run" / "notebooks" / "a.ipynb"
    executed.parent.mkdir()
    committed.write_text(notebook("print(2)"))
    executed.write_text(notebook("print(1)", "1"))
    result = invoke("claims", "--accept")
    assert (result.exit_code, result.stderr) == (2, "a.ipynb was edited since the run. Mend: il6review run\n")
    assert committed.read_text() == notebook("print(2)")
    assert claims.loads(root / claims.LEDGER) == ledger(k="1.0", m="2")


def test_accept_without_a_run_is_wrong_use(root):
    before = (root / claims.LEDGER).read_bytes()
    (root / "notebooks" / "anaemia.ipynb").touch()
    result = invoke("claims", "--accept")
    assert result.exit_code == 2
    assert "found no run of all notebooks with the declared parameters" in result.stderr
    assert "Mend: il6review run" in result.stderr
    assert (root / claims.LEDGER).read_bytes() == before


def test_accept_refuses_a_run_of_some_notebooks_or_with_own_parameters(root, last_run, monkeypatch):
    last_run(ledger(k="9"))
    monkeypatch.setattr(runs, "is_default", lambda *_: False)
    assert invoke("claims", "--accept").exit_code == 2
    assert claims.loads(root / claims.LEDGER) == ledger(k="1.0", m="2")


def test_book_is_built_from_the_last_run_and_its_index_printed(root, last_run, monkeypatch):
    calls = []
    monkeypatch.setattr(publish, "book", lambda *call: calls.append((*call, Path.cwd())) or call[1] / "index.html")
    assert invoke("book").output == f"{root / '_build' / 'book' / 'index.html'}\n"
    assert invoke("book", "--out", "mine").output == f"{root / 'data' / 'mine' / 'index.html'}\n"
    assert calls[0] == (root / "_build" / "run", root / "_build" / "book", root, root)


def test_book_without_a_run_is_wrong_use(root):
    result = invoke("book")
    assert result.exit_code == 2
    assert "Mend: il6review run" in result.stderr


def test_failed_book_is_told_without_traceback(root, last_run, monkeypatch):
    monkeypatch.setattr(publish, "book", raising(publish.PublishError("index.md:3: WARNING: no key")))
    result = invoke("book")
    assert (result.exit_code, result.stderr) == (1, "index.md:3: WARNING: no key\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain −1 µg, 检查\n\tmore", "plain −1 µg, 检查\n\tmore"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("over\rwrite\x08\x00\x7f\x9b", r"over\rwrite\x08\x00\x7f\x9b"),
        ("\u202eright to left", r"\u202eright to left"),
        ("\udcff", r"\udcff"),
    ],
)
def test_control_characters_are_shown_escaped(text, shown):
    assert cli.plain(text) == shown


@given(st.text() | st.text("a\n\r\x1b\x9b\u202e\ud800"))
def test_shown_text_can_always_be_printed_and_steers_nothing(text):
    shown = cli.plain(text)
    shown.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e]", shown)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A reader's own table in a folder that is no project."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.csv").write_text("person;group;IL6\nP1;a;<1,5\nP2;a;2,1\nP3;a;3,4\nP4;a;9,8\n")
    return tmp_path


FILLED = ("--map", "value=IL6", "--set", "analyte=IL-6", "--set", "unit=pg/mL")


def test_check_of_an_own_file_says_how_it_was_read(own):
    result = invoke("check", "my.csv", *FILLED)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Read as UTF-8, semicolon between cells, decimal comma (found).",
        "Recognised by its columns: one row per person (--kind persons).",
        "Columns mapped: value from IL6.",
        "Filled in: analyte with IL-6, unit with pg/mL.",
        "Units: IL-6 in pg/mL (4 rows), compared in pg/mL.",
        "Below detection, IL-6, a: 1 of 4 (25 %). Mean (SD) in pg/mL with half the limit 4.01 (4.01), "
        "with limit/sqrt(2) 4.09 (3.93), by log-normal likelihood 4.19 (4.65)",
        "my.csv: one row per person, 4 rows: no problem",
    ]
    assert [path.name for path in own.iterdir()] == ["my.csv"]


def test_a_mapping_is_kept_and_used_again(own):
    first = invoke("check", "my.csv", *FILLED, "--save-mapping", "map.yml")
    assert "Mapping kept: map.yml" in first.stdout
    again = invoke("check", "my.csv", "--mapping", "map.yml")
    assert again.stdout == first.stdout.replace("Mapping kept: map.yml\n", "")
    changed = invoke("check", "my.csv", "--mapping", "map.yml", "--set", "unit=ng/mL")
    assert "Units: IL-6 in ng/mL (4 rows), compared in pg/mL." in changed.stdout


def test_problems_of_an_own_file_are_listed_and_counted(own):
    (own / "my.csv").write_text("person,group,analyte,value,unit\n" + "P1,a,IL-6,high,pg/mL\n" * 21)
    result = invoke("check", "my.csv")
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (1, "")
    assert lines[-2:] == ["and 21 more", "Problems in my.csv: 41"]
    assert sum("Mend: " in line for line in lines) == 20


def test_new_names_what_it_wrote_and_overwrites_nothing(own):
    result = invoke("new", "study")
    assert result.exit_code == 0
    assert set(map(Path, result.stdout.splitlines())) == {
        path.relative_to(own) for path in Path(own, "study").iterdir()
    }
    before = {path: path.read_bytes() for path in Path(own, "study").iterdir()}
    assert invoke("new", "study").exit_code == 2
    assert {path: path.read_bytes() for path in Path(own, "study").iterdir()} == before


def test_what_check_offers_is_what_the_evidence_knows():
    from il6review.claims import own_rows
    from il6review.evidence import grids, kinds, numerals
    from il6review.evidence import own as own_tables

    assert own_commands.KINDS == kinds.NAMES
    assert own_commands.ENCODINGS == tuple(grids.ENCODINGS)
    assert {mark: word for word, mark in own_commands.DECIMALS.items()} == numerals.MARKS
    assert set(own_commands.SPREADS) == set(own_tables.SPREADS) - {""}
    assert own_commands.MODES == own_rows.MODES


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two ledger files in a folder that is no project."""
    monkeypatch.chdir(tmp_path)

    def put(old, new):
        for name, found in (("old.json", old), ("new.json", new)):
            for entry in found["numbers"].values():
                entry |= {"value": float(entry["text"]), "digits": 1}
            claims.save(found, tmp_path / name)
        return "claims", "--diff", "old.json", "new.json"

    return put


def test_two_ledgers_that_say_the_same_do_not_differ(two):
    result = invoke(*two(ledger(k="1.0"), ledger(k="1.0")))
    assert result.exit_code == 0
    assert result.stdout == "None of 0 claims moved; nothing differs\n\nUntouched: 0 claims\n"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ((), "ratio [k], 1.0 -> 1.5: moved by +0.5, +50 % of its value"),
        (("--format", "text"), "ratio [k], 1.0 -> 1.5"),
        (("--format", "markdown"), "| ratio | 1.0 | 1.5 |"),
        (("--format", "json"), '"after": "1.5"'),
    ],
)
def test_two_ledgers_that_differ_end_with_one(two, form, told):
    result = invoke(*two(ledger(k="1.0"), ledger(k="1.5")), *form)
    assert result.exit_code == 1
    assert told in result.stdout


def test_the_difference_as_json_can_be_read_whatever_the_ledgers_hold(two):
    key = "k\x1b\x9b\u202e"
    result = invoke(*two(ledger(), ledger(**{key: "1"})), "--format", "json")
    assert json.loads(result.stdout)["numbers"][0]["key"] == key


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--diff", "old.json", "none.json"), "none.json is not there. Mend: "),
        (("--diff", "old.json", "bad.json"), "k: value is nan, expected a finite number. Mend: "),
        (("--diff", "old.json"), "requires 2 arguments"),
        (("--diff", "old.json", "new.json", "--accept"), "found --accept and --diff"),
        (("--diff", "old.json", "new.json", "--format", "html"), "'html' is not one of"),
        (("--format", "json"), "found --format and no --diff"),
    ],
)
def test_wrong_use_of_the_difference_ends_with_two(two, arguments, told):
    bad = ledger(k="1")
    two(ledger(), bad)
    bad["numbers"]["k"]["value"] = float("nan")
    Path("bad.json").write_text(json.dumps(bad))
    result = invoke("claims", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_pull_request_shows_what_it_changes_without_failing():
    workflow = (Path(__file__).parents[1] / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "il6review claims --diff" in workflow
    assert '>> "$GITHUB_STEP_SUMMARY" || [ $? -eq 1 ]' in workflow
    assert "secrets." not in workflow and "pull_request_target" not in workflow
