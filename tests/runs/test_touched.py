"""Each kind of input of the real notebooks, changed in turn, runs those that it touches and no other."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
#: Five of the project, which take little time and together read most kinds of input.
NAMES = ("discovery", "errors_in_print", "exactness", "quoted_faithfully", "tocilizumab")
#: The command line with one warm process for all runs: it takes seconds to start.
SERVED = """
import json, sys
from click.testing import CliRunner
from il6review import cli
from il6review.runs import provisioner

end, provisioner.stop = provisioner.stop, lambda: None
for line in sys.stdin:
    done = CliRunner().invoke(cli.main, json.loads(line))
    print(json.dumps([done.exit_code, done.output]), flush=True)
end()
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project with five of its notebooks, and of the package, which runs them."""
    root = tmp_path_factory.mktemp("copy")
    for name in ("data", "src/il6review", "benchmarks", "tests/reference"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "notebooks").mkdir()
    for name in (*(f"notebooks/{name}.ipynb" for name in NAMES), "requirements.lock", "ledger.json"):
        shutil.copy(ROOT / name, root / name)
    with subprocess.Popen(
        [sys.executable, "-c", SERVED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
    ) as process:

        def run(*options):
            """Run all; gives the names of the notebooks that ran and why."""
            process.stdin.write(json.dumps(["run", *NAMES, "--why", *options]) + "\n")
            process.stdin.flush()
            code, output = json.loads(process.stdout.readline())
            assert code == 0, output
            ran = set(re.findall(r"(?m)^(\w+): done$", output))
            why = dict(re.findall(r"(?m)^(\w+): (?!done$|reused$)(.+)$", output))
            return {name: why[name] for name in ran}

        run()
        yield SimpleNamespace(root=root, run=run)
        process.stdin.close()


def edit(path, before, after):
    """Change a file once and keep its time."""
    stat, text = path.stat(), path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


WHOLE, ROWS = "changed", "changed in rows that it reads"


@pytest.mark.parametrize(
    ("file", "before", "after", "ran"),
    [
        ("data/defects.csv", "P does not fit", "p does not fit", {"errors_in_print": WHOLE}),
        ("data/effects.csv", "higher baseline", "Higher baseline", {}),
        ("data/comparisons.csv", ",abstract,", ",Abstract,", {}),
        ("data/proportions.csv", "TCZ 8,,,70", "TCZ 8,,,71", {"tocilizumab": ROWS}),
        ("data/citation_checks.csv", "in 1984,", "of 1984,", {"discovery": ROWS, "quoted_faithfully": WHOLE}),
        ("data/claims.csv", ",count,drugs,", ",count,Drugs,", {"tocilizumab": ROWS, "quoted_faithfully": WHOLE}),
        ("data/unverified.csv", "no address", "No address", {}),
        ("data/datapackage.json", "Evidence base:", "evidence base:", dict.fromkeys(NAMES, WHOLE)),
        ("requirements.lock", "==0.0.5", "==0.0.6", dict.fromkeys(NAMES, WHOLE)),
    ],
)
def test_value_of_a_table_the_schema_and_the_lock(copy, file, before, after, ran):
    assert copy.run() == {}
    edit(copy.root / file, before, after)
    assert copy.run() == {name: f"{file} {what}" for name, what in ran.items()}


def test_function_two_imports_away(copy):
    """Both reach it through a module of their own: claims.defects and exactness."""
    assert copy.run() == {}
    edit(
        copy.root / "src" / "il6review" / "stats" / "printed.py",
        '    return f"{value:.4g}"',
        '    print("edited")\n    return f"{value:.4g}"',
    )
    assert copy.run() == dict.fromkeys(("errors_in_print", "exactness"), "il6review/stats/printed.py changed")
    assert "edited" in (copy.root / "_build" / "run" / "notebooks" / "errors_in_print.ipynb").read_text()
    assert "edited" not in (copy.root / "_build" / "run" / "notebooks" / "exactness.ipynb").read_text()


def test_cell(copy):
    assert copy.run() == {}
    path = copy.root / "notebooks" / "exactness.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source += " "
    nbformat.write(notebook, path)
    assert copy.run() == {"exactness": "the notebook changed"}


def test_parameter(copy):
    assert copy.run() == {}
    assert copy.run("-p", "least", "11.5") == {"exactness": "another value of least"}
    assert copy.run() == {}


ARM = "source_key,chapter,trial,outcome,timepoint,arm,events,n,percent_reported,url,locator\n"


@pytest.fixture
def own(copy):
    """Write a table of two own arms of a trial beside the project; gives its path."""

    def write(chapter):
        path = copy.root.parent / f"{chapter}.csv"
        arms = (f"Mine,{chapter},mine,ACR20,week 24,{arm},,50,{percent},," for arm, percent in PERCENT.items())
        path.write_text(ARM + "".join(f"{arm}\n" for arm in arms), encoding="utf-8")
        return path

    yield write
    shutil.rmtree(copy.root / "runs")


PERCENT = {"TCZ 8": 60, "placebo": 20}


def test_own_rows_run_what_they_reach(copy, own):
    assert copy.run() == {}
    assert copy.run("--data", str(own("joint_damage"))) == {}
    ran = copy.run("--data", str(own("tocilizumab")))
    assert ran == {"tocilizumab": "data/proportions.csv changed in rows that it reads"}
    assert copy.run() == {}


def test_own_rows_give_what_a_fresh_run_gives(copy, own):
    path = str(own("tocilizumab"))
    copy.run("--data", path)
    reused = content(copy.root / "runs")
    assert copy.run("--data", path, "--fresh").keys() == set(NAMES)
    assert content(copy.root / "runs") == reused


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
