"""Read a notebook, make an executed one the same each time, and take the payloads out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .. import MIME
from .errors import RunError

if TYPE_CHECKING:
    from nbformat import NotebookNode

# nbformat takes long to import; a run that reuses all notebooks must not wait for it.

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read(path: Path) -> NotebookNode:
    """Read the notebook at `path`, set to run with the kernel `python3`.

    Raises RunError when the file is not a notebook.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (AttributeError, TypeError, ValueError, nbformat.ValidationError) as error:
        raise RunError(
            [
                f"{path.name}: expected a Jupyter notebook ({str(error).splitlines()[0]}). "
                "Mend: restore the file, or save it again from JupyterLab."
            ]
        ) from error
    notebook.metadata.kernelspec = KERNELSPEC
    return notebook


def tagged(notebook: NotebookNode, tag: str) -> int | None:
    """Give the position of the first cell that carries `tag`, or None."""
    cells = enumerate(notebook.cells)
    return next((position for position, cell in cells if tag in cell.metadata.get("tags", ())), None)


def settle(executed: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Give the executed notebook without what differs from run to run: times, paths, versions, random ids.

    papermill's metadata keep the parameters only. Cells that the source does not name are named by position.
    """
    import nbformat

    settled = nbformat.from_dict(executed)
    settled.metadata.kernelspec = KERNELSPEC
    settled.metadata.papermill = {"parameters": executed.metadata.papermill.parameters}
    settled.metadata.get("language_info", {}).pop("version", None)
    named = {cell.get("id") for cell in source.cells}
    for position, cell in enumerate(settled.cells, start=1):
        if cell.id not in named:
            cell.id = f"cell-{position}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _empty(output)]
    return settled


def _empty(output: NotebookNode) -> bool:
    """Tell whether an output is a stream without text."""
    return output.output_type == "stream" and not output.text.strip()


def payloads(notebook: Mapping) -> Iterator[dict]:
    """Give the JSON that the notebook's displays carry under our MIME type, in order.

    A figure comes with the HTML that stands beside its JSON: the picture is kept once in the notebook.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            payload = data.get(MIME)
            if payload:
                yield {**payload, "html": text(data.get("text/html", ""))} if payload["kind"] == "figure" else payload


def text(lines: str | list[str]) -> str:
    """Join a text that a notebook file holds as lines."""
    return lines if isinstance(lines, str) else "".join(lines)
