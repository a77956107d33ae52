"""Break each formula of `stats/`, one at a time, and see whether a test of its module turns red: `make mutants`.

A mutant swaps + and -, * and /, or < and <=, adds 1 to a whole number of a formula or takes 1 from it, drops a minus,
or makes a factor a tenth smaller. Messages, type hints and checks that only raise are left alone, and so are numbers
below 1e-6 and from 1e6 up, which are limits of computing and not factors. The tests of the module run, in a fork of
one warm process and on a copy of the tree, until the first fails. See README.md.
"""

import argparse
import ast
import csv
import gc
import importlib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import Phase, settings
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
PACKAGE = "il6review.stats"
#: What the tests import and no mutant touches: loaded once, before the first fork.
WARM = ("mpmath", "numpy", "scipy.integrate", "scipy.optimize", "scipy.special", "scipy.stats", "hypothesis.strategies")
SWAPS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
#: Limits of one mutant: seconds of computing, as a busy machine must not decide, and bytes.
SECONDS, BYTES = 20, 4 * 2**30
LINE = ("module", "mutants", "tried", "killed", "timed_out", "survived")
SURVIVOR = ("module", "line", "was", "mutant")


@dataclass(frozen=True)
class Mutant:
    """One change of one module: `field` of `node` becomes `value`; `was` and `becomes` show the expression."""

    module: str
    node: ast.AST
    field: str
    value: object
    line: int
    was: str
    becomes: str


def mutants_of(module: str, tree: ast.Module) -> list[Mutant]:
    """List all mutants of a module, in the order of its lines."""
    found = []
    for shown, node, field, value in _changes(tree, tree, False):
        was, kept = ast.unparse(shown), getattr(node, field)
        setattr(node, field, value)
        found.append(Mutant(module, node, field, value, node.lineno, was, ast.unparse(shown)))
        setattr(node, field, kept)
    return sorted(found, key=lambda mutant: mutant.line)


def _changes(node: ast.AST, parent: ast.AST, in_formula: bool) -> Iterator[tuple[ast.AST, ast.AST, str, object]]:
    """Yield what can change at a node and below: the expression to show, the node, its field and the new value."""
    match node:
        case ast.JoinedStr() | ast.Raise() | ast.If(body=[ast.Raise()], orelse=[]):
            return
        case ast.BinOp(left=ast.List() | ast.Tuple()) | ast.BinOp(right=ast.List() | ast.Tuple()):
            return
        case ast.BinOp() | ast.AugAssign() if type(node.op) in SWAPS:
            yield node, node, "op", SWAPS[type(node.op)]()
        case ast.UnaryOp(op=ast.USub()):
            yield node, node, "op", ast.UAdd()
        case ast.Compare():
            for place, op in enumerate(node.ops):
                if type(op) in SWAPS:
                    yield node, node, "ops", [*node.ops[:place], SWAPS[type(op)](), *node.ops[place + 1 :]]
        case ast.Constant(value=float(value)) if value == 0 or 1e-6 <= value < 1e6:
            yield parent, node, "value", 0.9 * value or 0.1
        case ast.Constant(value=int(value)) if in_formula and not isinstance(value, bool):
            yield parent, node, "value", value + 1
            yield parent, node, "value", value - 1
    formula = isinstance(node, ast.BinOp | ast.AugAssign) or (in_formula and isinstance(node, ast.UnaryOp))
    for name, below in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in below if isinstance(below, list) else [below]:
            if isinstance(child, ast.expr | ast.stmt | ast.keyword | ast.arguments | ast.comprehension):
                yield from _changes(child, node if isinstance(node, ast.expr | ast.stmt) else child, formula)


def code_of(mutant: Mutant, tree: ast.Module, path: Path) -> CodeType:
    """Compile the module with its one change; the tree is as it was afterwards."""
    kept = getattr(mutant.node, mutant.field)
    setattr(mutant.node, mutant.field, mutant.value)
    try:
        return compile(tree, str(path), "exec")
    finally:
        setattr(mutant.node, mutant.field, kept)


class Broken(SourceFileLoader):
    """Find and load one module from the code given; all others as ever."""

    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        """Take the name of the module of `stats/`, its file and its code."""
        super().__init__(f"{PACKAGE}.{module}", str(path))
        self._code = code

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the module, and no other."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """Give the code."""
        return self._code


class Quick:
    """A pytest plugin: worked examples first, and a drawn example that fails is not made small, for nobody reads it."""

    def pytest_configure(self) -> None:
        """Change the profile that `conftest.py` has set."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", settings.get_profile("project"), phases=phases)
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the tests that draw hundreds of examples last."""
        items.sort(key=lambda item: hasattr(item.function, "hypothesis"))


def outcome(module: str, code: CodeType, root: Path) -> str:
    """Run the tests of a module against this code, in a fork: "killed", "timed_out" or "survived"."""
    child = os.fork()
    if not child:
        _run_tests(module, code, root)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return "timed_out"
    return "killed" if status else "survived"


def _run_tests(module: str, code: CodeType, root: Path) -> None:
    """Run the tests in a process of their own, which ends here."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    os.chdir(root)
    sys.meta_path.insert(0, Broken(module, stats_of(root) / f"{module}.py", code))
    command = "-x -q --tb=no --assert=plain -p no:cacheprovider -o addopts=--import-mode=importlib".split()
    os._exit(pytest.main([*command, f"tests/stats/test_{module}.py"], plugins=[Quick()]))


def draw(everyone: list[Mutant], sample: int | None, seed: int) -> list[Mutant]:
    """Draw so many mutants by chance, in the order of all; all without a number."""
    if sample is None or sample >= len(everyone):
        return everyone
    return [everyone[place] for place in sorted(random.Random(seed).sample(range(len(everyone)), sample))]


def measure(tried: list[Mutant], trees: dict[str, ast.Module], root: Path) -> tuple[dict[str, Counter], list[dict]]:
    """Try the mutants: how many came out how, for each module, and a line for each survivor."""
    outcomes: dict[str, Counter] = {}
    survivors = []
    for mutant in (bar := tqdm(tried, unit="mutant")):
        module, tree, path = mutant.module, trees[mutant.module], stats_of(root) / f"{mutant.module}.py"
        bar.set_description(module)
        if module not in outcomes:
            outcomes[module] = Counter()
            if outcome(module, compile(tree, str(path), "exec"), root) != "survived":
                sys.exit(f"tests/stats/test_{module}.py does not pass on the formulas as they are. Mend it first.")
        found = outcome(module, code_of(mutant, tree, path), root)
        outcomes[module][found] += 1
        if found == "survived":
            survivors.append(dict(zip(SURVIVOR, (module, mutant.line, mutant.was, mutant.becomes), strict=True)))
            bar.write(f"{module}.py:{mutant.line}: {mutant.was}  ->  {mutant.becomes}")
    return outcomes, survivors


def stats_of(root: Path) -> Path:
    """Give the folder of the formulas."""
    return root / "src" / "il6review" / "stats"


def keep(name: str, fields: tuple[str, ...], lines: list[dict], modules: list[str]) -> None:
    """Write a table beside this script; lines of modules that were not measured stay."""
    path = HERE / f"{name}.csv"
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            lines = [*lines, *(line for line in csv.DictReader(file) if line["module"] not in modules)]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=HERE, delete=False) as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(lines, key=lambda line: line["module"]))
    Path(file.name).chmod(0o644)
    os.replace(file.name, path)


def main() -> None:
    """Measure, print, and write `mutants.csv` and `survivors.csv`."""
    names = sorted(path.stem for path in stats_of(HERE.parent).glob("[!_]*.py"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", choices=names, help="only this module, or its part of the sample; other lines stay")
    parser.add_argument("--sample", type=int, help="only so many mutants, drawn by chance")
    parser.add_argument("--seed", type=int, default=6, help="of the sample")
    arguments = parser.parse_args()
    modules = [arguments.module] if arguments.module else names
    tqdm.monitor_interval = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("data", "src", "tests"):
            shutil.copytree(HERE.parent / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(HERE.parent / "pyproject.toml", root)
        sys.path.insert(0, str(root / "src"))
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.dont_write_bytecode = False  # Compiled once, in the copy, and not for every mutant.
        for name in WARM:
            importlib.import_module(name)
        gc.freeze()
        trees = {name: ast.parse((stats_of(root) / f"{name}.py").read_text(encoding="utf-8")) for name in names}
        everyone = [mutant for name, tree in trees.items() for mutant in mutants_of(name, tree)]
        tried = [mutant for mutant in draw(everyone, arguments.sample, arguments.seed) if mutant.module in modules]
        outcomes, survivors = measure(tried, trees, root)
    counts = Counter(mutant.module for mutant in everyone)
    lines = [
        {"module": name, "mutants": counts[name], "tried": found.total()} | {way: found[way] for way in LINE[3:]}
        for name, found in outcomes.items()
    ]
    keep("mutants", LINE, lines, modules)
    keep("survivors", SURVIVOR, survivors, modules)
    for line in lines:
        print(f"{line['module']:16}" + "  ".join(f"{line[name]:5} {name}" for name in LINE[1:]))


if __name__ == "__main__":
    main()
