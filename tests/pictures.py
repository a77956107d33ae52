"""Draw the two pictures of the README from the last run: `make pictures`.

Each carries what it shows, so that a test can tell a stale one: the forest plot is the figure itself, and the card is
a photograph of a page that keeps the ledger's entry in its metadata.
"""

import json
import shutil
from base64 import b64decode
from pathlib import Path
from re import search

from PIL import Image
from PIL.PngImagePlugin import PngInfo

ROOT = Path(__file__).resolve().parents[1]
CARD, FOREST = ROOT / ".github" / "card.png", ROOT / ".github" / "forest.svg"
CLAIM, FIGURE = "RA-25", "ra_serum_levels.forest"


def entry(ledger: Path) -> str:
    """Give the ledger's entry of the claim on the card."""
    return json.dumps(json.loads(ledger.read_text(encoding="utf-8"))["claims"][CLAIM], sort_keys=True)


def forest(figures: Path) -> bytes:
    """Give the picture inside the figure."""
    html = json.loads(figures.read_text(encoding="utf-8"))[FIGURE]["html"]
    return b64decode(search(r"base64,([^\"]+)", html)[1])


def draw() -> None:
    """Write both pictures."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 900}, device_scale_factor=1.5)
        page.goto((ROOT / "_build" / "book" / "ra_serum_levels.html").as_uri())
        page.locator(f"#{CLAIM.lower()}").screenshot(path=CARD)
        browser.close()
    note = PngInfo()
    note.add_text("entry", entry(ROOT / "ledger.json"))
    with Image.open(CARD) as picture:
        picture.convert("P", palette=Image.Palette.ADAPTIVE).save(CARD, pnginfo=note, optimize=True)
    FOREST.write_bytes(forest(ROOT / "_build" / "run" / "figures.json"))


if __name__ == "__main__":
    draw()
