"""Takes the pictures in ``docs/images`` anew: ``python docs/screenshots.py [name ...]``.

Runs the example project with data of its own, a worker and Chromium; needs no network. Without
names it takes all of them, each in Django's, or the site's, light and dark colours.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SAMPLES = ROOT / "example_project" / "samples"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE = ViewportSize(width=1100, height=760)
PORT = 8765
SITE = f"http://127.0.0.1:{PORT}"
#: A page costs something, so that the pictures show what that looks like.
SETTINGS = {
    "OFFLINE_PRICES": '{"rapidocr": {"page": "0.01", "reserve": "0.05"}}',
    "MONTHLY_BUDGET": "0.5",
}
#: Milliseconds for the start of the site, and for both jobs.
PATIENCE = 120_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def front(page: Page) -> None:
    """The front page, with what was read."""
    page.goto("/")


def scan(page: Page) -> None:
    """A page beside its text, and a word that is lit up in both."""
    _open(page, "scan.pdf")
    page.locator(".framed img").first.evaluate("(image) => image.decode()")
    page.locator("#text-1 [data-word]", has_text="boiler").hover()


def speech(page: Page) -> None:
    """A transcript, at a word that one has jumped to."""
    _open(page, "speech.wav")
    page.locator("audio").evaluate("(player) => { player.play = async () => {}; }")
    page.locator("[data-word]", has_text="tomorrow").click()
    expect(page.locator(".spoken")).to_have_text("tomorrow")


def job(page: Page) -> None:
    """The job in the admin."""
    _open(page, "scan.pdf")
    page.locator(".facts a", has=page.locator("code")).click()
    expect(page.get_by_text("Recognised text")).to_be_visible()


def _open(page: Page, title: str) -> None:
    page.goto("/")
    page.locator("[data-document]", has_text=title).first.click()


SHOTS: dict[str, Callable[[Page], None]] = {
    "site": front,
    "scan": scan,
    "speech": speech,
    "job": job,
}


def main(names: list[str]) -> None:
    """Take the named pictures."""
    if unknown := set(names) - set(SHOTS):
        sys.exit(f"There is no picture {', '.join(sorted(unknown))}; known: {', '.join(SHOTS)}.")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with served(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        bring(browser)
        for name in names or SHOTS:
            for scheme in SCHEMES:
                page = logged_in(browser, scheme)
                SHOTS[name](page)
                save(page.screenshot(), IMAGES / f"{name}-{scheme}.png")
                page.context.close()
        browser.close()


@contextmanager
def served() -> Iterator[None]:
    """The example project, empty, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        environment = {**os.environ, **SETTINGS, "EXAMPLE_VAR_DIR": folder}
        command = [sys.executable, "manage.py", "serve_demo", "--port", str(PORT)]
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            for line in process.stdout or ():
                if "Ctrl-C" in line:
                    break
            else:
                sys.exit("The example project didn't start; see above.")
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE / 1000)


def logged_in(browser: Browser, scheme: Literal["light", "dark"] = "light") -> Page:
    """A page of the user ``demo``."""
    page = browser.new_page(base_url=SITE, viewport=SIZE, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    page.goto("/account/log-in/")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()  # the scripts that take what is brought, too
    return page


def bring(browser: Browser) -> None:
    """Have both samples read."""
    page = logged_in(browser)
    page.set_input_files("input[type=file]", [SAMPLES / "speech.wav", SAMPLES / "scan.pdf"])
    for name in ("speech.wav", "scan.pdf"):
        entry = page.locator("[data-document]", has_text=name)
        expect(entry).to_have_attribute("data-settled", "yes", timeout=PATIENCE)
    page.context.close()


def save(picture: bytes, path: Path) -> None:
    """Keep a picture, small: 96 colours are enough for a page."""
    Image.open(BytesIO(picture)).convert("RGB").quantize(96).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
