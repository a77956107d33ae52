"""Run the notebooks with strict parameters, and gather what they decided."""

from .errors import FailedRun, RunError
from .execute import Run, is_default, run, take_over
from .jobs import Job, Outcome
from .notebook import payloads

__all__ = ["FailedRun", "Job", "Outcome", "Run", "RunError", "is_default", "payloads", "run", "take_over"]
