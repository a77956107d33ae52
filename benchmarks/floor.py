"""Run the code of all notebooks in this one process, in the working folder: the least that any way can take."""

import ast
import contextlib
import json
import os
import sys
from pathlib import Path


def run(path: Path) -> None:
    """Run the code cells of a notebook; what the last expression of a cell shows is made too."""
    names: dict = {"__name__": "__main__"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, str(path), "exec"), names)
            if last:
                shown = eval(compile(last, str(path), "eval"), names)
                getattr(shown, "_repr_mimebundle_", shown.__repr__)()


if __name__ == "__main__":
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for file in sys.argv[1:]:
            run(Path(file))
