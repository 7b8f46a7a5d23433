"""``llms.txt`` names every page, and tells what each one is about."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from .pages import DOCS


@pytest.fixture(scope="module")
def llms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("llms", DOCS / "llms.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def built(llms: Any, tmp_path: Path) -> Path:
    config = SimpleNamespace(project="django-universal-ai", llms_summary="Jobs.")
    builder = SimpleNamespace(format="html")
    llms.write(SimpleNamespace(builder=builder, srcdir=DOCS, outdir=tmp_path, config=config), None)
    return tmp_path


def test_every_page_is_named_and_there(built: Path) -> None:
    index = (built / "llms.txt").read_text()
    pages = [path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    wanted = {str(page) for page in pages if page.parts[0] not in {"examples", "index.md"}}
    assert {name for name in wanted if f"]({name})" not in index} == set()
    assert {name for name in wanted if not (built / name).is_file()} == set()
    assert index.startswith("# django-universal-ai\n\n> Jobs.\n")


def test_what_only_sphinx_understands_is_gone(built: Path) -> None:
    text = (built / "llms-full.txt").read_text()
    assert "{toctree}" not in text
    assert "{code-block}" not in text
    assert "`scans/models.py`:\n\n```python\n" in text
    assert "Keep a Changelog" in text  # what is included from elsewhere


def test_pages_are_described(llms: Any) -> None:
    page = "# A *title*\n\n```python\nx = 1\n```\n\nOne [link](a.md) and\nmore. Then others.\n"
    assert llms.described(page) == ("A *title*", "One link and more.")
