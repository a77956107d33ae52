import nbformat

from il6review import MIME
from il6review.runs import payloads
from il6review.runs.notebook import read, settle, tagged


def executed(source):
    """Give a notebook as papermill leaves it."""
    node = nbformat.from_dict(source)
    cell = nbformat.v4.new_code_cell("alpha = 0.1", execution_count=2)
    cell.metadata.tags = ["injected-parameters"]
    node.cells.insert(2, cell)
    for position, cell in enumerate(node.cells):
        cell.metadata.papermill = {"duration": position, "start_time": "2020-01-01"}
        cell.metadata.execution = {"iopub.status.busy": "2020-01-01"}
        cell.metadata.setdefault("tags", [])
    node.metadata.papermill = {
        "parameters": {"alpha": 0.1},
        "start_time": "2020-01-01",
        "environment_variables": {},
    }
    node.metadata.language_info = {"name": "python", "version": "3.11.7"}
    node.cells[-1].outputs = [
        nbformat.v4.new_output("stream", name="stderr", text=" \n"),
        nbformat.v4.new_output("stream", name="stderr", text="a warning\n"),
        nbformat.v4.new_output("display_data", data={MIME: {"kind": "numbers", "numbers": {}}}),
        nbformat.v4.new_output("display_data", data={"text/plain": "no payload"}),
        nbformat.v4.new_output("display_data", data={MIME: {"kind": "figure", "key": "a"}, "text/html": "<figure/>"}),
    ]
    return node


def test_settled_notebook_keeps_content_and_drops_what_changes(tmp_path, write_notebook):
    source = read(write_notebook(tmp_path / "a.ipynb", "1"))
    settled = settle(executed(source), source)
    assert settled.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "papermill": {"parameters": {"alpha": 0.1}},
    }
    assert [cell.id for cell in settled.cells] == ["title", "parameters", "cell-3", "code-0"]
    assert [dict(cell.metadata) for cell in settled.cells] == [
        {},
        {"tags": ["parameters"]},
        {"tags": ["injected-parameters"]},
        {},
    ]
    assert [output.get("text", "") for output in settled.cells[-1].outputs] == ["a warning\n", "", "", ""]
    nbformat.validate(settled)


def test_settling_leaves_the_executed_notebook_alone(tmp_path, write_notebook):
    source = read(write_notebook(tmp_path / "a.ipynb", "1"))
    before = executed(source)
    copy = nbformat.from_dict(before)
    settle(before, source)
    assert before == copy


def test_payloads_come_in_order_of_display(tmp_path, write_notebook):
    source = read(write_notebook(tmp_path / "a.ipynb", "1"))
    numbers, figure = payloads(executed(source))
    assert numbers["kind"] == "numbers"
    assert figure == {"kind": "figure", "key": "a", "html": "<figure/>"}


def test_cell_is_found_by_its_tag(tmp_path, write_notebook):
    source = read(write_notebook(tmp_path / "a.ipynb", "1"))
    assert tagged(source, "parameters") == 1
    assert tagged(source, "other") is None
