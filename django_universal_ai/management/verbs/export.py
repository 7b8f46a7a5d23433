"""Write all that is kept about an owner into a zip or a folder: JSON lines, and their files."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from ...models import UniversalAIFile
from . import owned
from .archive import Archive, archive
from .exits import LEFT
from .owners import find_owner
from .progress import Progress, tell
from .shown import add_json, print_json

logger = logging.getLogger("django_universal_ai")

_CHUNK = 1 << 20


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--owner", required=True, metavar="USERNAME")
    parser.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="PATH",
        help="a new zip, where it ends with .zip; else a new folder",
    )
    add_json(parser)


def handle(command: BaseCommand, *, owner: str, to: Path, as_json: bool, **options: Any) -> None:
    user = find_owner(owner)
    with archive(to) as target, Progress(command, "Wrote rows") as progress:
        contents, unreadable = _write_files(target, user)
        rows: dict[str, int] = {}
        for table in owned.tables():
            if table.rows(user).exists():
                rows[table.name] = _write(target, table, user, contents, progress)
        about = {
            "owner": owner,
            "exported_at": timezone.now(),
            "rows": rows,
            "files": len(contents),
            "unreadable_files": unreadable,
        }
        with target.open("about.json") as lines:
            lines.write(_line(about))
    if as_json:
        print_json(command, {"path": str(to), **about})
    else:
        for name, count in rows.items():
            command.stdout.write(f"{count:>8,}  {name}")
        command.stdout.write(
            f"{len(contents):>8,}  files\n{to} has all that is kept about {owner}."
        )
    if unreadable:
        tell(command, f"The content of {len(unreadable)} files can't be read; about.json has them.")
        sys.exit(LEFT)


def _write_files(target: Archive, user: Any) -> tuple[dict[UUID, str], list[str]]:
    """Write the contents; gives where each one is, and the ids of those that can't be read."""
    contents: dict[UUID, str] = {}
    unreadable: list[str] = []
    files = UniversalAIFile.objects.filter(owner=user).exclude(file="")
    for pk in list(files.values_list("pk", flat=True)):
        file = UniversalAIFile.objects.filter(pk=pk).first()
        if file is None or not file.file.name:
            continue  # it expired just now
        try:
            with file.open() as source:
                name = f"files/{file.pk}/{file.name}"
                with target.open(name) as copy:
                    shutil.copyfileobj(source, copy, _CHUNK)
            contents[file.pk] = name
        except Exception:  # each storage has errors of its own
            logger.warning("file %s: it can't be read for an export", file.pk, exc_info=True)
            unreadable.append(str(file.pk))
    return contents, unreadable


def _write(
    target: Archive,
    table: owned.Table,
    user: Any,
    contents: dict[UUID, str],
    progress: Progress,
) -> int:
    count = 0
    with target.open(f"{table.name}.jsonl") as lines:
        for page in table.pages(user):
            for row in page:
                said = owned.as_dict(row)
                if isinstance(row, UniversalAIFile):
                    said["content"] = contents.get(row.pk)
                lines.write(_line(said))
            count += len(page)
            progress.at(count)
    return count


def _line(value: dict[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
    return f"{text}\n".encode(errors="backslashreplace")
