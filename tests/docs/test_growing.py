"""The pages on what a project needs later: budgets, retention, a proxy, S3, a change-over."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.models import UniversalAIJob
from tests.rows import change, make_job

from .pages import DOCS, blocks, files_of, python_of
from .project import OFFLINE, Project

pytestmark = pytest.mark.django_db

SETTINGS = f"INSTALLED_APPS += ['django_universal_ai', 'recordings', 'teams']\n{OFFLINE}"

CHANGE_OVER = """
from django.test import RequestFactory, TestCase

from django_universal_ai.testing import UniversalAITestMixin
from recordings import receivers  # noqa: F401
from recordings.models import Recording
from recordings.views import transcribe


class ChangeOverTest(UniversalAITestMixin, TestCase):
    def test_the_new_way(self):
        recording = Recording.objects.create(url="https://example.com/a.mp3")
        transcribe(RequestFactory().post("/"), recording.pk)
        self.universal_ai.on("audio").succeed({"text": "Hello"})
        self.universal_ai.run()
        recording.refresh_from_db()
        assert recording.text == "Hello"
"""


LIVE = """
from django.urls import include

urlpatterns += [path("universal-ai/", include("django_universal_ai.urls"))]
"""


def test_budgets_and_the_change_over(tmp_path: Path) -> None:
    project = Project.start(tmp_path, "recordings")
    project.start_app("teams")
    project.add("mysite/settings.py", SETTINGS)
    for page in ("howto/budgets", "howto/migrating"):
        for name, text in files_of(page).items():
            if name != "before.py":
                project.add(name, text)
    project.add("recordings/tests.py", CHANGE_OVER)
    project.add("mysite/urls.py", LIVE)
    project.manage("makemigrations", "recordings", "teams")
    said = project.manage("test")
    assert "Ran 3 tests" in said
    assert "OK" in said


def test_what_was_personal_is_dropped() -> None:
    old = timezone.now() - timedelta(days=31)
    ended = change(make_job("success"), finished_at=old, output={"text": "Hello"})
    young = change(make_job("success"), finished_at=timezone.now(), output={"text": "Hello"})
    exec(python_of("howto/retention")[0], {})  # noqa: S102 - from our own pages
    kept = {job.pk: (job.input, job.output) for job in UniversalAIJob.objects.all()}
    assert kept[ended.pk] == ({}, None)
    assert kept[young.pk][1] == {"text": "Hello"}


def test_lines_for_cron_are_commands() -> None:
    lines = files_of("howto/retention")["crontab"].splitlines()
    for command in (line.rpartition("manage.py ")[2] for line in lines):
        call_command(*shlex.split(command), "--dry-run")
    assert len(lines) == 2


def test_django_knows_the_proxy(settings: Settings) -> None:
    names: dict[str, Any] = {}
    exec(files_of("howto/behind-a-proxy")["settings.py"], names)  # noqa: S102 - ours
    for name in ("ALLOWED_HOSTS", "SECURE_PROXY_SSL_HEADER"):
        setattr(settings, name, names[name])
    [nginx] = [b.text for b in blocks(DOCS / "howto/behind-a-proxy.md") if b.language == "nginx"]
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", nginx))
    values = {"$host": "www.example.com", "$scheme": "https"}
    sent: Any = {name: values[value] for name, value in headers.items()}
    request = RequestFactory().post("/", headers=sent)
    assert request.build_absolute_uri() == "https://www.example.com/"
    assert f"location {reverse('universal_ai:webhook')} " in nginx


def test_the_bucket_of_the_page_is_a_storage() -> None:
    s3 = pytest.importorskip("storages.backends.s3", reason="django-storages is not installed")
    storages: dict[str, Any] = {}
    exec(files_of("howto/s3")["settings.py"], {"STORAGES": storages})  # noqa: S102 - ours
    made = s3.S3Storage(**storages["universal_ai"]["OPTIONS"])
    assert (made.bucket_name, made.default_acl) == ("mysite-jobs", "private")


def test_pages_of_a_batch_wait_behind_others() -> None:
    code = python_of("howto/scaling")[0]
    exec(code, {"UniversalAIJob": UniversalAIJob, "pages": [b"%PDF-", b"%PDF-"]})  # noqa: S102
    assert set(UniversalAIJob.objects.values_list("priority", flat=True)) == {-10}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.stem)
def test_commands_of_all_pages_take_their_options(page: Path) -> None:
    """``manage.py universal_ai ...`` as the pages have it, as far as its options go."""
    from django_universal_ai.management.commands.universal_ai import Command

    parser = Command().create_parser("manage.py", "universal_ai")
    for block in blocks(page):
        text = block.text.replace("\\\n", " ")
        for line in re.findall(r"^\$ python manage\.py universal_ai (.+)$", text, re.M):
            try:
                parser.parse_args(shlex.split(line, comments=True))
            except CommandError as error:
                pytest.fail(f"{line}: {error}")
