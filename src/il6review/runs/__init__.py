"""Run the notebooks with strict parameters, and gather what they decided."""

from .errors import FailedRun, RunError
from .execute import Run, is_default, run, take_over
from .jobs import Job, Outcome
from .notebook import payloads
from .sweeps import Line, Sweep, load_grid, sweep

__all__ = [
    "FailedRun",
    "Job",
    "Line",
    "Outcome",
    "Run",
    "RunError",
    "Sweep",
    "is_default",
    "load_grid",
    "payloads",
    "run",
    "sweep",
    "take_over",
]
