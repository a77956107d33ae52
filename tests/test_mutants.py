"""The formulas that are broken on purpose: which changes are made, which are not, and how the outcome is counted."""

import ast
import csv
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "benchmarks" / "mutants.py"
specification = importlib.util.spec_from_file_location("mutants", SCRIPT)
mutants = importlib.util.module_from_spec(specification)
sys.modules["mutants"] = mutants
specification.loader.exec_module(mutants)


def changes(source: str) -> list[str]:
    """Give each mutant of a source as its changed expression."""
    return [mutant.becomes for mutant in mutants.mutants_of("toy", ast.parse(source))]


@pytest.mark.parametrize(
    ("formula", "changed"),
    [
        ("n - 1", ["n + 1", "n - 2", "n - 0"]),
        ("a * b", ["a / b"]),
        ("a / b", ["a * b"]),
        ("a ** 2", ["a ** 3", "a ** 1"]),
        ("-a", ["+a"]),
        ("a < b <= c", ["a <= b <= c", "a < b < c"]),
        ("a > b", ["a >= b"]),
        ("f(0.5, 2)", ["f(0.45, 2)"]),
        ("max(0.0, a)", ["max(0.1, a)"]),
        ("-2 * a", ["-2 / a", "+2", "-3", "-1"]),
    ],
)
def test_a_formula_is_changed_in_every_one_of_these_ways(formula, changed):
    assert changes(f"x = {formula}") == changed


def test_a_running_sum_is_changed_too():
    assert changes("x += 1") == ["x -= 1", "x += 2", "x += 0"]


@pytest.mark.parametrize(
    "source",
    [
        '"""One - 1."""',
        "def f(a: int | None = None) -> 'a - 1': pass",
        "if a - 1 < b:\n    raise ValueError(a - 1)",
        "raise ValueError(f'{a - 1}')",
        "x = f'{a - 1}'",
        "x = [0.5] * n",
        "x: Literal[0.5] = y",
        "@cache(maxsize=0.5)\ndef f(): pass",
        "x = values[0]",
        "x = True",
        "x = 1e-9",
        "x = 1e50",
    ],
)
def test_what_is_no_formula_is_left_alone(source):
    assert changes(source) == []


def test_every_mutant_acts_and_leaves_the_tree_as_it_was():
    source = "def f(a):\n    return (a - 1) / -2 if a < 0.5 else a ** 3"
    tree = ast.parse(source)
    codes = [compile(tree, "toy.py", "exec")]
    codes += [mutants.code_of(mutant, tree, Path("toy.py")) for mutant in mutants.mutants_of("toy", tree)]
    values = []
    for code in codes:
        space = {}
        exec(code, space)
        values.append(tuple(space["f"](a) for a in (0.48, 0.5, 3)))
    assert values[0] == (0.26, 0.125, 27)
    assert len(set(values)) == len(values) == 12
    assert ast.unparse(tree) == source


TOY = '''"""A formula that is tested in part."""


def df(n: int) -> int:
    """Return n - 1."""
    return n - 1


def half(a: float) -> float:
    """Return half of a."""
    return a / 2
'''
TESTS = """from il6review.stats.toy import df, half


def test_df():
    assert df(5) == 4


def test_half_of_0():
    assert half(0) == 0
"""


@pytest.fixture
def project(tmp_path):
    """Lay out a project with one module, whose second formula is hardly tested."""
    for path, text in {
        "src/il6review/__init__.py": "",
        "src/il6review/stats/__init__.py": "",
        "src/il6review/stats/toy.py": TOY,
        "tests/stats/test_toy.py": TESTS,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "data").mkdir()
    shutil.copy(SCRIPT, tmp_path / "benchmarks")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def measured(project, *arguments):
    """Run the script and read both tables."""
    command = [sys.executable, project / "benchmarks" / "mutants.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tables = []
    for name in ("mutants", "survivors"):
        with (project / "benchmarks" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return tables


def test_what_the_tests_notice_and_what_they_miss_is_counted_and_nothing_else_is_written(project):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    counts, survivors = measured(project)
    assert counts == [{"module": "toy", "mutants": "6", "tried": "6", "killed": "3", "timed_out": "0", "survived": "3"}]
    assert [line["mutant"] for line in survivors] == ["a * 2", "a / 3", "a / 1"]
    assert {(line["module"], line["line"], line["was"]) for line in survivors} == {("toy", "11", "a / 2")}
    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert {path.name for path in after.keys() - before.keys()} == {"mutants.csv", "survivors.csv"}
    assert {path: after[path] for path in before} == before


def test_a_sample_is_the_same_each_time(project):
    first = measured(project, "--sample", "3", "--module", "toy")
    assert first == measured(project, "--sample", "3", "--module", "toy")
    assert (first[0][0]["mutants"], first[0][0]["tried"]) == ("6", "3")


def test_tests_that_fail_without_a_change_are_told(project):
    (project / "tests" / "stats" / "test_toy.py").write_text("def test_it():\n    assert False\n", encoding="utf-8")
    command = [sys.executable, project / "benchmarks" / "mutants.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "test_toy.py does not pass on the formulas as they are" in done.stderr
    assert not (project / "benchmarks" / "mutants.csv").exists()
