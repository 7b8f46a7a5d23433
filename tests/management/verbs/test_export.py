from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from pytest_django import Settings

from django_universal_ai.gateway.models import Token
from django_universal_ai.management.verbs import owned
from django_universal_ai.management.verbs.exits import LEFT
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.management.owners import CONTENT, fill
from tests.storage import ObjectStore, files_in

from .conftest import Said

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Any:
    return get_user_model().objects.create_user("ann")


@pytest.fixture
def job(ann: Any) -> UniversalAIJob:
    fill(get_user_model().objects.create_user("bob"))
    return fill(ann)


def lines(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.decode().splitlines()]


def test_a_zip_has_rows_and_contents(
    universal_ai: Command, job: UniversalAIJob, tmp_path: Path
) -> None:
    said = universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann.zip")

    assert said.code == 0
    assert f"{tmp_path / 'ann.zip'} has all that is kept about ann." in said.out
    with ZipFile(tmp_path / "ann.zip") as archive:
        names = set(archive.namelist())
        (told,) = lines(archive.read("universal_ai/universalaijob.jsonl"))
        (file,) = lines(archive.read("universal_ai/universalaifile.jsonl"))
        assert archive.read(file["content"]) == CONTENT
        about = json.loads(archive.read("about.json"))
    assert (told["id"], told["output"]) == (str(job.pk), {"text": "Dear Ann"})
    tables = {table.name for table in owned.tables()}
    assert names == {"about.json", file["content"], *(f"{name}.jsonl" for name in tables)}
    assert about["owner"] == "ann"
    assert about["rows"] == dict.fromkeys(tables, 1)


def test_a_folder_has_the_same(universal_ai: Command, job: UniversalAIJob, tmp_path: Path) -> None:
    said = universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann", "--json")

    told = json.loads(said.out)
    assert (told["path"], told["files"]) == (str(tmp_path / "ann"), 1)
    found = {str(path.relative_to(tmp_path / "ann")) for path in (tmp_path / "ann").rglob("*.*")}
    assert {"about.json", "universal_ai/jobevent.jsonl"} < found
    assert any(name.endswith("letter.pdf") for name in found)


@pytest.mark.parametrize("name", ["ann.zip", "ann"])
def test_nobody_else_may_read_it(
    universal_ai: Command, job: UniversalAIJob, tmp_path: Path, name: str
) -> None:
    universal_ai("export", "--owner", "ann", "--to", tmp_path / name)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_no_token_opens_a_door_with_it(
    universal_ai: Command, job: UniversalAIJob, tmp_path: Path
) -> None:
    universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann")
    everything = b"".join(path.read_bytes() for path in (tmp_path / "ann").rglob("*.*l"))
    for token in Token.objects.all():
        assert token.hash.encode() not in everything


def test_what_exists_stays_as_it_is(universal_ai: Command, ann: Any, tmp_path: Path) -> None:
    (tmp_path / "ann.zip").write_bytes(b"precious")
    with pytest.raises(CommandError, match="is there already") as refused:
        universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann.zip")
    assert refused.value.returncode == 2
    assert (tmp_path / "ann.zip").read_bytes() == b"precious"
    with pytest.raises(CommandError, match="There is no folder"):
        universal_ai("export", "--owner", "ann", "--to", tmp_path / "nowhere" / "ann.zip")


def test_a_broken_export_leaves_nothing(
    universal_ai: Command, job: UniversalAIJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned, "as_dict", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["media"]


def test_a_file_that_expires_meanwhile_is_left_out(
    universal_ai: Command,
    job: UniversalAIJob,
    ann: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    UniversalAIFile.objects.store(b"another one", owner=ann)
    opened = UniversalAIFile.open

    def expiring(file: UniversalAIFile) -> Any:
        UniversalAIFile.objects.exclude(pk=file.pk).update(file="")
        return opened(file)

    monkeypatch.setattr(UniversalAIFile, "open", expiring)
    said = universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann", "--json")
    assert (said.code, json.loads(said.out)["files"]) == (0, 1)


def test_content_that_cannot_be_read_is_told(
    universal_ai: Command, ann: Any, tmp_path: Path
) -> None:
    store = ObjectStore()
    with files_in(store):
        fill(ann)
        store.contents.clear()
        said = universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann", "--json")
    assert said.code == LEFT
    assert json.loads(said.out)["unreadable_files"] == [str(UniversalAIFile.objects.get().pk)]
    (file,) = lines((tmp_path / "ann/universal_ai/universalaifile.jsonl").read_bytes())
    assert file["content"] is None


def test_without_the_gateway(
    universal_ai: Command, job: UniversalAIJob, tmp_path: Path, settings: Settings
) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if "gateway" not in app]
    universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann")
    assert not (tmp_path / "ann" / "universal_ai_gateway").exists()


def test_an_owner_of_nothing(universal_ai: Command, ann: Any, tmp_path: Path) -> None:
    universal_ai("export", "--owner", "ann", "--to", tmp_path / "ann")
    assert json.loads((tmp_path / "ann" / "about.json").read_text())["rows"] == {}
    with pytest.raises(CommandError, match="no user 'nobody'"):
        universal_ai("export", "--owner", "nobody", "--to", tmp_path / "x")
