"""Builds ``llms.txt`` and ``llms-full.txt``: the documentation for those who read Markdown alone.

An extension of Sphinx, which ``conf.py`` names. The form is that of https://llmstxt.org/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_TREE = re.compile(r"```\{toctree\}\n(.*?)```", re.S)
_TITLE = re.compile(r"^# (.+)$", re.M)
_DIRECTIVE = re.compile(r"^(```|:::)\{(raw|image|eval-rst)\}.*?^\1\n", re.M | re.S)
_FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
_INCLUDE = re.compile(r"```\{include\} (\S+)\n(?::[^\n]*\n)*```\n?")
_CODE = re.compile(r"^```\{code-block\} (\w+)\n:caption: (.+)\n\n", re.M)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("llms_summary", "", "html")
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, problem: Exception | None) -> None:
    """Put both files beside the pages, and each page's Markdown beside its HTML."""
    if problem or app.builder.format != "html":
        return
    source, out = Path(app.srcdir), Path(app.outdir)
    head = f"# {app.config.project}\n\n> {app.config.llms_summary}\n"
    index, full = [head], [head]
    for caption, names in sections(source / "index.md"):
        index.append(f"\n## {caption}\n\n")
        for name in names:
            text = plain(source / f"{name}.md")
            page = out / f"{name}.md"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, "utf-8")
            title, about = described(text)
            index.append(
                f"- [{title}]({name}.md): {about}\n" if about else f"- [{title}]({name}.md)\n"
            )
            full.append(f"\n\n<!-- {name}.md -->\n\n{text}")
    (out / "llms.txt").write_text("".join(index), "utf-8")
    (out / "llms-full.txt").write_text("".join(full), "utf-8")


def sections(index: Path) -> Iterator[tuple[str, list[str]]]:
    """The captions of the table of contents, each with its pages; those of pages below, too."""
    for tree in _TREE.findall(index.read_text("utf-8")):
        lines = tree.strip().splitlines()
        caption = next((line.split(": ")[1] for line in lines if line.startswith(":caption")), "")
        yield (
            caption,
            [page for line in lines if line and line[0] != ":" for page in below(index, line)],
        )


def below(index: Path, name: str) -> Iterator[str]:
    """A page, and those of its own table of contents."""
    yield name
    page = index.parent / f"{name}.md"
    for _, names in sections(page):
        yield from (str(Path(name).parent / inner) for inner in names)


def plain(page: Path) -> str:
    """The Markdown of a page without what only Sphinx understands."""
    text = page.read_text("utf-8")
    text = _INCLUDE.sub(lambda found: (page.parent / found[1]).resolve().read_text("utf-8"), text)
    text = _DIRECTIVE.sub("", _TREE.sub("", text))
    return _CODE.sub(r"`\2`:\n\n```\1\n", text).strip() + "\n"


def described(text: str) -> tuple[str, str]:
    """The title of a page, and the first sentence below it."""
    found = _TITLE.search(text)
    title = found[1] if found else ""
    rest = _FENCE.sub("", text[found.end() :] if found else text)
    paragraph = next((part for part in rest.split("\n\n") if part[:1].isalpha()), "")
    sentence = re.split(r"(?<=[.?!])\s", " ".join(paragraph.split()))[0]
    return title, re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", sentence)
