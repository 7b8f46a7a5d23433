"""What axe-core says of a page in a real browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

_axe = Axe()
#: Not a file that Chromium shows with elements of its own, nor a page whose scripts are off: there
#: axe-core would wait forever.
_CAN_BE_ASKED = """
document.contentType === "text/html" && matchMedia("(scripting: enabled)").matches
"""


def complaints(contexts: Iterable[BrowserContext], within: Sequence[str] = ()) -> list[str]:
    """The violations of all pages that are open."""
    pages = [page for context in contexts for page in context.pages]
    return [line for page in pages for line in violations(page, within)]


def violations(page: Page, within: Sequence[str] = ()) -> list[str]:
    """One line for each thing that keeps somebody from using the page as it is now shown.

    Selectors in ``within`` limit that to parts of the page; it must have one of them.
    """
    if not page.evaluate(_CAN_BE_ASKED):
        return []
    parts = [selector for selector in within if page.locator(selector).count()]
    assert parts or not within, f"{page.url} has none of {', '.join(within)}"
    found = _axe.run(page, context={"include": parts} if parts else None).response["violations"]
    return [
        f"{page.url}: {violation['help']} ({violation['id']}): {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
