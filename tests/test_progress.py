import pytest

from il6review.progress import Bars, Lines
from il6review.runs import Outcome

ENDED = [Outcome("a", 1.0), Outcome("b", 1.0, problem="broke"), Outcome("c", 0.0, reused=True)]


def test_lines_say_how_each_notebook_went():
    said = []
    shown = Lines(lambda text, *, err: said.append((text, err)))
    shown.cell("a", 0, 2)
    assert list(shown.outcomes(iter(ENDED), 3)) == ENDED
    assert said == [("a: done", True), ("b: failed", True), ("c: reused", True)]


def test_bars_show_the_cells_of_each_notebook_and_the_whole_with_the_time_left(capsys):
    shown = Bars()
    shown.cell("a", 0, 4)
    shown.cell("b", 0, 2)
    shown.cell("a", 2, 4)
    assert shown.cells == {"a": 2, "b": 0}
    assert list(shown.outcomes(iter(ENDED), 3)) == ENDED
    assert shown.cells == {}
    told = capsys.readouterr().err
    assert "a:   0%|" in told and "/4 [" in told and "/2 [" in told
    assert "notebooks: 100%|" in told and "3/3 [00:00<00:00" in told
    assert "done" not in told


def test_bars_are_closed_when_a_run_stops():
    shown = Bars()
    shown.cell("a", 1, 4)

    def stopped():
        yield ENDED[0]
        raise KeyboardInterrupt

    shown.cell("b", 1, 4)
    with pytest.raises(KeyboardInterrupt):
        list(shown.outcomes(stopped(), 3))
    assert shown.cells == {}
