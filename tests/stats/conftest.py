"""What the tests of the statistics share."""

import importlib
import inspect
import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="session")
def reference():
    """Return the content of a file of reference results by its name."""
    return lambda name: json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def defaults():
    """Return what the functions of a module, given by name, take where a number is not given: names with values."""

    def of(name):
        module = importlib.import_module(f"il6review.stats.{name}")
        return {
            (parameter.name, parameter.default)
            for function in vars(module).values()
            if inspect.isfunction(function) and function.__module__ == module.__name__
            for parameter in inspect.signature(function).parameters.values()
            if isinstance(parameter.default, float)
        }

    return of
