"""The README is short, its links lead somewhere, and its ten lines work."""

from __future__ import annotations

import re
import struct
import textwrap
from pathlib import Path

import pytest

from .pages import README, ROOT, blocks
from .project import OFFLINE, Project

TEXT = README.read_text(encoding="utf-8")

MODELS = """
from django.db import models


class Note(models.Model):
    job_id = models.UUIDField(primary_key=True)
    text = models.TextField()
"""
TESTS = """
from types import SimpleNamespace

from django.core.files.base import ContentFile
from django.test import TestCase

from django_universal_ai.tasks import advance_jobs
from notes import receivers  # noqa: F401
from notes.models import Note
from notes.views import view


class ReadmeTest(TestCase):
    def test_the_note_is_written(self):
        job = view(SimpleNamespace(FILES={"scan": ContentFile(b"%PDF-", "a.pdf")}, user=None))
        assert job.status == "pending"
        advance_jobs()
        job.refresh_from_db()
        assert Note.objects.get(job_id=job.pk).text == job.result.raw_text
"""


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) < 150


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", TEXT))))
def test_links_lead_to_files(link: str) -> None:
    assert (ROOT / link).is_file()


@pytest.mark.parametrize("picture", sorted(set(re.findall(r'src(?:set)?="([^"]+)"', TEXT))))
def test_pictures_are_there_and_small(picture: str) -> None:
    content = (ROOT / picture).read_bytes()
    assert len(content) < 150_000
    width, height = struct.unpack(">II", content[16:24])
    assert content.startswith(b"\x89PNG")
    assert width >= height > 300


def test_its_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\$ make (\w+)", TEXT):
        assert re.search(rf"^{target}:", makefile, re.M)


def test_its_ten_lines_work(tmp_path: Path) -> None:
    """Each part is put into the file that its comment names; only imports are added."""
    code = next(block.text for block in blocks(README) if "# settings.py" in block.text)
    parts = dict(re.findall(r"^# (\w+)\.py[^\n]*\n(.*?)(?=^# \w+\.py|\Z)", code, re.M | re.S))
    project = Project.start(tmp_path, "notes")
    project.add("mysite/settings.py", f"{parts['settings']}INSTALLED_APPS += ['notes']{OFFLINE}")
    project.add(
        "mysite/urls.py",
        f"from django.urls import include, path\nurlpatterns = []\n{parts['urls']}",
    )
    project.add("notes/models.py", MODELS)
    project.add(
        "notes/views.py",
        "from django_universal_ai.models import UniversalAIJob\n"
        f"def view(request):\n{textwrap.indent(parts['views'], '    ')}    return job\n",
    )
    project.add(
        "notes/receivers.py",
        "from django.dispatch import receiver\n"
        "from django_universal_ai.models import UniversalAIJob\n"
        "from django_universal_ai.signals import job_succeeded\n"
        f"from .models import Note\n{parts['receivers']}",
    )
    project.add("notes/tests.py", TESTS)
    project.manage("makemigrations", "notes")
    assert "OK" in project.manage("test")
