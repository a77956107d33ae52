"""The whole project, for tests that go from the tables to the page."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from il6review.cli import main

ROOT = Path(__file__).resolve().parents[1]


def il6review(*arguments) -> tuple[int, str]:
    """Give exit code and output of a command."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def project(folder: Path) -> Path:
    """Lay out a copy of the project that a test may change."""
    for name in ("benchmarks", "book", "data", "notebooks", "tests/reference"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("_config.yml", "ledger.json", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder
