"""The parts of a request as people type them: ``--file``, ``--input``, ``--param``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from .exits import misused


def add_arguments(parser: CommandParser) -> None:
    """The options that :func:`read` reads."""
    parser.add_argument(
        "--file",
        action="append",
        default=[],
        metavar="[NAME=]PATH",
        help="a file, as the input NAME (file); repeatable",
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one field of the input; a value that is JSON is read as JSON; repeatable. "
        "@PATH reads all of it from a JSON file, @- from standard input",
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of the provider's parameters, as --input",
    )


def read(*, file: list[str], input: list[str], param: list[str], **options: Any) -> dict[str, Any]:
    """The arguments of ``jobs.submit``; ``CommandError`` for what can't be read."""
    return {
        "files": _files(file) or None,
        "input": _fields("--input", input),
        "provider_params": _fields("--param", param) or None,
    }


def _files(texts: list[str]) -> dict[str, str]:
    files: dict[str, str] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        # A path may have the sign, too.
        if not equals or not name.isidentifier() or Path(text).exists():
            name, path = "file", text
        if name in files:
            raise misused(
                f"--file {text}: the input {name!r} has {files[name]} already. Name another input: "
                "NAME=PATH. For another job, submit again."
            )
        files[name] = path
    return files


def _fields(option: str, texts: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for text in texts:
        if text.startswith("@"):
            fields |= _whole(option, text)
            continue
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise misused(f"{option} {text}: write it as NAME=VALUE, or as @PATH.")
        try:
            fields[name] = json.loads(value)
        except ValueError:
            fields[name] = value
    return fields


def _whole(option: str, text: str) -> dict[str, Any]:
    """A JSON object out of a file."""
    try:
        content = sys.stdin.read() if text == "@-" else Path(text[1:]).read_text(encoding="utf-8")
        found = json.loads(content)
    except (OSError, ValueError) as error:
        raise misused(f"{option} {text} can't be read: {error}.") from error
    if not isinstance(found, dict):
        raise misused(f"{option} {text}: it must hold a JSON object.")
    return found
