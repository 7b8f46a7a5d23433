"""The example of a provider's package, installed as its readers would."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MODEL = "text/word_count_async/word-counter"
#: Seconds for one command; the first one may have to fetch packages.
PATIENCE = 240

SETTINGS = """
SECRET_KEY = "for one test"
USE_TZ = True
ROOT_URLCONF = "urls"
MEDIA_ROOT = "media"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_universal_ai"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
CELERY_BROKER_URL = "memory://"
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("universal-ai/", include("django_universal_ai.urls"))]
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A project beside a virtual environment that has the two packages, and nothing of ours."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "venv" / "bin" / "python")

    def run(self, *command: str, cwd: Path | None = None) -> str:
        ours = ("PYTHONPATH", "VIRTUAL_ENV")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env={**environment, "DJANGO_SETTINGS_MODULE": "settings"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, code: str) -> Any:
        """The value of ``answer`` after ``code`` has run with Django set up, by way of JSON."""
        prologue = "import json, django; django.setup()\n"
        epilogue = "\nprint(json.dumps(answer))"
        return json.loads(self.run(self.python, "-c", f"{prologue}{code}{epilogue}"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("site"))
    (made.folder / "settings.py").write_text(SETTINGS)
    (made.folder / "urls.py").write_text(URLS)
    uv = ("sh", str(ROOT / ".ci" / "uv"))
    made.run(*uv, "venv", "--quiet", str(made.folder / "venv"))
    packages = (str(ROOT), str(ROOT / "docs" / "examples" / "word_counter"))
    made.run(*uv, "pip", "install", "--quiet", "--python", made.python, *packages)
    made.run(made.python, "-m", "django", "migrate", "-v0")
    return made


pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE)]


def test_it_is_found_by_its_entry_point(site: Site) -> None:
    code = "from django_universal_ai.providers import who_serves\n"
    assert site.ask(f"{code}answer = who_serves('text/word_count_async')") == ["word-counter"]


def test_a_job_runs_and_its_file_can_be_fetched(site: Site) -> None:
    novel = site.folder / "novel.txt"
    novel.write_text("It was the best of times, it was the worst of times.\n")
    answer = site.ask(
        f"""
from django.test import Client
from django_universal_ai import engine
from django_universal_ai.models import UniversalAIJob

job = UniversalAIJob.objects.submit(
    model={MODEL!r}, input={{}}, files={{"file": {str(novel)!r}}}, provider_params={{"most": 2}}
)
engine.run(job)
job.refresh_from_db()
link = job.output.pop("table_url")
table = b"".join(Client().get(link)).decode()
answer = {{"status": job.status, "output": job.output, "table": table.splitlines()[:2]}}
"""
    )
    assert answer == {
        "status": "success",
        "output": {
            "words": 12,
            "most_common": [{"word": "it", "count": 2}, {"word": "was", "count": 2}],
        },
        "table": ["word,count", "it,2"],
    }


def test_what_is_wrong_is_told(site: Site) -> None:
    answer = site.ask(
        f"""
from django.core.exceptions import ValidationError
from django_universal_ai import engine
from django_universal_ai.models import UniversalAIJob

def ask(content, **params):
    files = {{"file": content}}
    try:
        job = UniversalAIJob.objects.submit(
            model={MODEL!r}, input={{}}, files=files, provider_params=params
        )
    except ValidationError as error:
        return error.message_dict
    engine.run(job)
    job.refresh_from_db()
    return job.error

answer = [ask(b"text", mots=3), ask(b"text", most="all"), ask(b"\\xff\\xfe")]
"""
    )
    refused, too_many, binary = answer
    assert "Did you mean 'most'?" in refused["provider_params.mots"][0]
    assert too_many["message"] == "provider_params.most must be a number from 1 to 1000."
    assert binary["message"] == "file is no text: save it as UTF-8."
