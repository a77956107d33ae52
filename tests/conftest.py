"""What all tests share: settings, and a browser."""

import os
import shutil

import pytest
from hypothesis import settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

# The same examples on every machine, and no time limit on a busy one: a red test must mean a wrong number.
settings.register_profile("project", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("project")


@pytest.fixture(scope="module")
def browser():
    """Give a headless Chromium; without one the test is skipped, which CI takes for a failure."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium was found, and CI needs one: .ci/run installs it")
        pytest.skip("no Chromium was found: the pages were not opened in a browser")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=path, args=flags)
        yield found
        found.close()
