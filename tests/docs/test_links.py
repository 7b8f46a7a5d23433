"""The checker of links finds what is broken; CI runs it over the built pages."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from .pages import ROOT


@pytest.fixture(scope="module")
def links() -> Any:
    spec = importlib.util.spec_from_file_location("links", ROOT / ".ci" / "links.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_lead_to_files_and_places(links: Any, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here"></a><a href="b.html#gone"></a><img src="c.png">'
        '<a href="https://example.com/x"></a><a href="#top"></a><p id="top"></p>'
    )
    (tmp_path / "b.html").write_text('<h2 id="here"></h2>')
    assert list(links.broken_in_pages(tmp_path)) == [
        "a.html: b.html#gone leads to no place of its page",
        "a.html: c.png leads to no file",
    ]
    assert links.main(str(tmp_path)) == 1


def test_markdown_leads_to_files(links: Any, tmp_path: Path) -> None:
    page = tmp_path / "A.md"
    page.write_text("[a](A.md#x) [b](gone.md) [c](https://example.com) [d](#here)")
    assert list(links.broken_in_markdown([page])) == ["A.md: gone.md leads to no file"]


def test_our_own_markdown_does(links: Any) -> None:
    assert list(links.broken_in_markdown(sorted(ROOT.glob("*.md")))) == []
