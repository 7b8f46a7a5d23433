"""Each language has every sentence of ours, and what is compiled is what was written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import global_settings

from .conftest import LANGUAGES, LOCALE, PACKAGE

#: ``%(name)s``, ``{name}``, and "%" that is one.
PLACEHOLDER = re.compile(r"%\([^)]*\)[a-z]|%%|\{[a-z_]*\}|%[a-z]")
#: Where a variable is translated: its words are marked where they were written, or Django's own.
LATER = {"admin/timeline.py", "gateway/admin/tokens.py"}

Said = tuple[str, str | None, str]


def key(entry: polib.POEntry | polib.MOEntry) -> Said:
    return entry.msgid, entry.msgctxt, entry.msgid_plural or ""


def all_of(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def test_the_languages_are_these_and_django_knows_them() -> None:
    assert sorted(path.name for path in LOCALE.iterdir()) == sorted(LANGUAGES)
    known = {code.lower() for code, _name in global_settings.LANGUAGES}
    assert {name.lower().replace("_", "-") for name in LANGUAGES} <= known


def test_each_sentence_of_the_source_is_there(
    source: polib.POFile, catalogue: polib.POFile
) -> None:
    """`make messages` puts in what is new, and takes out what is gone."""
    mine = {key(entry) for entry in catalogue if not entry.obsolete}
    assert mine == {key(entry) for entry in source}


def test_each_sentence_is_translated(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue if not all(all_of(entry))] == []
    assert catalogue.obsolete_entries() == []


def test_placeholders_are_the_same(catalogue: polib.POFile) -> None:
    wrong = []
    for entry in catalogue.translated_entries():
        said = all_of(entry)
        for number, text in enumerate(said):
            wanted = [placeholders(entry.msgid_plural or entry.msgid)]
            if number == 0 and len(said) > 1:  # "This job" tells no number
                wanted.append(placeholders(entry.msgid))
            if placeholders(text) not in wanted:
                wrong.append((entry.msgid, text))
    assert wrong == []


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def test_the_head_names_the_language(catalogue: polib.POFile) -> None:
    assert not catalogue.metadata_is_fuzzy
    assert catalogue.metadata["Language"] == Path(catalogue.fpath).parts[-3]
    assert "nplurals=" in catalogue.metadata["Plural-Forms"]
    assert "POT-Creation-Date" not in catalogue.metadata  # it would change with each make messages


def test_it_is_compiled(catalogue: polib.POFile) -> None:
    compiled = polib.mofile(str(Path(catalogue.fpath).with_suffix(".mo")))
    assert {key(entry): all_of(entry) for entry in compiled} == {
        key(entry): all_of(entry) for entry in catalogue
    }
    assert compiled.metadata == catalogue.metadata


def test_what_is_translated_when_it_runs_was_found_in_the_source(source: polib.POFile) -> None:
    """Under another name than gettext's, or in an f-string, xgettext overlooks a sentence."""
    known = {said for entry in source for said in (entry.msgid, entry.msgid_plural)}
    assert [f"{where}: {said}" for where, said in marked() if said not in known] == []


def marked() -> Iterator[tuple[str, str | None]]:
    """Where the code asks for a translation, and of what; ``None`` of what isn't written there."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name.asname or name.name: name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for name in node.names
            if "gettext" in name.name
        }
        where = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            for said in sentences(node, names.get(node.func.id, "")):
                text = ast.literal_eval(said) if isinstance(said, ast.Constant) else None
                if text is not None or where not in LATER:
                    yield f"{where}:{node.lineno}", text


def sentences(call: ast.Call, name: str) -> list[ast.expr]:
    """The arguments of ``gettext``, ``ngettext``, ``npgettext_lazy`` and so on that are words."""
    kind, is_one, _ = name.partition("gettext")
    first = 1 if "p" in kind else 0
    return call.args[first : first + (2 if "n" in kind else 1)] if is_one else []
