"""The page of the operations in a real browser."""

from __future__ import annotations

import pytest

from tests.admin.browser.conftest import Open, judged, open_page

__all__ = ["judged", "open_page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def brightness(color: str) -> int:
    """Of ``rgb(20, 23, 27)``."""
    return sum(map(int, color.removeprefix("rgb(").removesuffix(")").split(", ")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_and_asks_no_other_host(open_page: Open, scheme: str, width: int) -> None:
    page = open_page("/v3/docs", color_scheme=scheme, viewport={"width": width, "height": 800})
    hosts = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    assert set(hosts) <= {page.evaluate("location.host")}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground, text = page.evaluate(
        "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
    )
    assert (brightness(ground) > brightness(text)) is (scheme == "light")
    assert page.get_by_role("heading", name="Create async job").count() == 1
