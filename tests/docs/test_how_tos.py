"""The snippets of the how-to pages, run."""

from __future__ import annotations

import json
import re
import sys
import threading
import types
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.backends import backends
from django_universal_ai.exceptions import NotFound, OutcomeUnknown
from django_universal_ai.models import Status, UniversalAIFile, UniversalAIJob
from django_universal_ai.models.file import file_storage
from django_universal_ai.tasks import advance_jobs

from .pages import files_of, python_of, read, section, ticked
from .project import OFFLINE, Project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _dummy(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"}
    }


@pytest.fixture
def user() -> Any:
    return get_user_model().objects.create(username="ada")


def run(code: str, **names: Any) -> dict[str, Any]:
    """Execute a snippet with these names; all names afterwards."""
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - from our own pages
    return names


# ---------------------------------------------------------------------------------- submitting


def test_submit_from_a_view(user: Any) -> None:
    view = run(python_of("howto/submit")[0])["transcribe"]
    recording = SimpleUploadedFile("a.wav", b"RIFF")
    answer = view(SimpleNamespace(FILES={"recording": recording}, user=user))
    job = UniversalAIJob.objects.get(pk=json.loads(answer.content)["job"])
    assert (job.owner, job.metadata) == (user, {"from": "upload form"})


def test_what_is_wrong_comes_under_the_names_of_the_wire(user: Any) -> None:
    view = run(python_of("howto/submit")[0])["transcribe"]
    empty = SimpleUploadedFile("a.wav", b"")
    answer = view(SimpleNamespace(FILES={"recording": empty}, user=user))
    assert answer.status_code == 400
    assert list(json.loads(answer.content)) == ["input.file"]


def test_the_same_key_gives_the_same_row() -> None:
    code = python_of("howto/submit")[1]
    invoice = SimpleNamespace(pk=7, scan=ContentFile(b"%PDF-", "a.pdf"))
    names = {"UniversalAIJob": UniversalAIJob, "invoice": invoice}
    assert run(code, **names)["job"] == run(code, **names)["job"]


def test_many_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a.pdf", tmp_path / "b.pdf"]
    for path in paths:
        path.write_bytes(b"%PDF-")
    names = run(python_of("howto/submit")[2], UniversalAIJob=UniversalAIJob, paths=paths)
    assert len(names["jobs"]) == 2


# ---------------------------------------------------------------------------------- attaching


ATTACHED = """
from django.test import TestCase

from django_universal_ai.testing import UniversalAITestMixin
from documents import receivers  # noqa: F401
from documents.models import Document


class AttachedTest(UniversalAITestMixin, TestCase):
    def test_the_page(self):
        document = Document.objects.create(title="")
        exec({attach!r})
        for _ in range(2):
            exec({one!r})
        assert document.ai_jobs.unfinished().count() == 2
        self.universal_ai.on().succeed({{"text": "Hello"}}).fail("Too quiet.")
        self.universal_ai.run()
        document.refresh_from_db()
        assert document.title == "Hello"
        assert document.ai_jobs.finished().count() == 2
"""


def test_jobs_are_attached_and_one_is_active_at_most(tmp_path: Path) -> None:
    project = Project.start(tmp_path, "documents")
    apps = "INSTALLED_APPS += ['django_universal_ai', 'documents']"
    project.add("mysite/settings.py", f"{apps}\n{OFFLINE}")
    for name, text in files_of("howto/attach").items():
        project.add(name, text)
    attach, one = python_of("howto/attach")
    project.add("documents/tests.py", ATTACHED.format(attach=attach, one=one))
    project.manage("makemigrations", "documents")
    assert "OK" in project.manage("test")


# --------------------------------------------------------------------------------------- files


def test_files_are_copied() -> None:
    contract = SimpleNamespace(scan=ContentFile(b"%PDF-", "a.pdf"))
    run(python_of("howto/files")[0], UniversalAIJob=UniversalAIJob, contract=contract)
    assert UniversalAIFile.objects.get().name == "a.pdf"


def test_a_file_is_stored_first_and_used_later(user: Any) -> None:
    request = SimpleNamespace(FILES={"scan": SimpleUploadedFile("a.pdf", b"%PDF-")}, user=user)
    run(python_of("howto/files")[1], UniversalAIJob=UniversalAIJob, request=request)
    assert UniversalAIJob.objects.get().job_files.get().file.owner == user


def test_the_storage_has_an_alias(settings: Settings, tmp_path: Path) -> None:
    storages = dict(settings.STORAGES)
    run(python_of("howto/files")[2], STORAGES=storages, BASE_DIR=tmp_path)
    settings.STORAGES = storages
    assert file_storage().path("a.pdf") == str(tmp_path / "private" / "a.pdf")


def test_old_rows_and_files_are_cleared_up() -> None:
    job = UniversalAIJob.objects.submit(
        model="ocr/ocr_async/google", input={}, files={"file": b"%PDF-"}
    )
    advance_jobs()
    long_ago = timezone.now() - timedelta(days=91)
    UniversalAIJob.objects.update(finished_at=long_ago)
    UniversalAIFile.objects.update(created_at=long_ago)
    stored = job.job_files.get().file
    commands = re.findall(
        r"^\$ python manage\.py (.+)$", section(read("howto/clearing-up"), "Old jobs"), re.M
    )
    dry, real = (command.split() for command in commands)
    call_command(*dry)
    assert UniversalAIJob.objects.exists()
    call_command(*real)
    assert not UniversalAIJob.objects.exists()
    assert stored not in UniversalAIFile.objects.living()


# -------------------------------------------------------------------------------------- backends


@pytest.mark.parametrize("page", ["howto/offline", "howto/remote"])
def test_settings_of_the_pages_can_be_used(
    page: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIVERSAL_AI_API_KEY", "made-up")
    code = next(code for code in python_of(page) if "UNIVERSAL_AI" in code)
    settings.UNIVERSAL_AI = run(code)["UNIVERSAL_AI"]
    assert [message for backend in backends.all() for message in backend.check()] == []


class Farm(BaseHTTPRequestHandler):
    """The service of the page on backends: every job is done when it is asked for."""

    def do_POST(self) -> None:
        self._answer({"id": "f1", "state": "queued"})

    def do_GET(self) -> None:
        if self.path == "/jobs/f1":
            self._answer({"id": "f1", "state": "done", "price": "0.5", "result": {"image": "..."}})
        else:
            self.send_error(404)

    def _answer(self, body: dict[str, Any]) -> None:
        self._send(json.dumps(body).encode())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def farm() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Farm)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def use_farm(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the page's class the default backend, at the given address."""
    module = types.ModuleType("farm_backends")
    exec(files_of("howto/backend")["mysite/backends.py"], module.__dict__)  # noqa: S102 - ours
    monkeypatch.setitem(sys.modules, "farm_backends", module)

    def use(url: str) -> None:
        backend = {"BACKEND": "farm_backends.FarmBackend", "OPTIONS": {"url": url}}
        settings.UNIVERSAL_AI = {"default": backend}

    return use


def test_the_backend_of_the_how_to_does_jobs(farm: str, use_farm: Any) -> None:
    use_farm(farm)
    job = UniversalAIJob.objects.submit(model="image/render_async/farm", input={"scene": "a"})
    advance_jobs()
    UniversalAIJob.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    advance_jobs()
    job.refresh_from_db()
    assert (job.status, job.public_id, job.cost) == (Status.SUCCESS, "f1", Decimal("0.5"))
    assert (job.provider, job.feature) == ("farm", "image")


def test_a_farm_that_is_down_keeps_its_jobs_waiting(use_farm: Any) -> None:
    use_farm("http://127.0.0.1:9")
    job = UniversalAIJob.objects.submit(model="image/render_async/farm", input={"scene": "a"})
    advance_jobs()
    job.refresh_from_db()
    assert job.status == Status.PENDING
    assert "can't be reached" in job.note


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}"])
def test_an_answer_of_the_farm_that_cant_be_read(
    answer: bytes, farm: str, use_farm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``get`` raises what the page says, and nothing else."""
    use_farm(farm)
    monkeypatch.setattr(Farm, "do_GET", lambda self: self._send(answer))
    with pytest.raises(OutcomeUnknown) as error:
        backends["default"].get("f1")
    assert error.value.status_code == 200


def test_a_job_that_the_farm_doesnt_know(farm: str, use_farm: Any) -> None:
    use_farm(farm)
    with pytest.raises(NotFound):
        backends["default"].get("f2")


# --------------------------------------------------------------------------------------- signals

INVOICE = """

class Invoice(models.Model):
    job_id = models.UUIDField()
    amount = models.DecimalField(max_digits=24, decimal_places=12)
"""
TESTS = """
from django.test import TestCase

from billing import receivers  # noqa: F401
from billing.models import Invoice, SeenEvent
from django_universal_ai import outbox
from django_universal_ai.models import JobEvent, UniversalAIJob
from django_universal_ai.tasks import advance_jobs


class ReceiverTest(TestCase):
    def test_it_acts_once(self):
        UniversalAIJob.objects.submit(
            model="ocr/ocr_async/google", input={"file": "https://example.com/a.pdf"}
        )
        advance_jobs()
        event = JobEvent.objects.get(kind="succeeded")
        receivers.write_invoice(job=event.job, event_id=event.pk)
        assert (Invoice.objects.count(), SeenEvent.objects.get().pk) == (1, event.pk)
"""


def test_the_receiver_that_keeps_event_ids_acts_once(tmp_path: Path) -> None:
    page = files_of("howto/signals")
    project = Project.start(tmp_path, "billing")
    apps = "INSTALLED_APPS += ['django_universal_ai', 'billing']"
    project.add("mysite/settings.py", f"{apps}\n{OFFLINE}")
    project.add("billing/models.py", f"{page['models.py']}{INVOICE}")
    project.add("billing/receivers.py", page["receivers.py"])
    project.add("billing/tests.py", TESTS)
    project.manage("makemigrations", "billing")
    assert "OK" in project.manage("test")


# -------------------------------------------------------------------------------------- limits


def test_a_token_with_limits(user: Any, settings: Settings) -> None:
    from django_universal_ai.gateway.models import Token

    page = files_of("howto/limits")
    assert run(page["signup.py"])["give_token"](user).startswith("uai_")
    token = Token.objects.get()
    assert (token.allowed_features, token.most_in_flight) == (["ocr"], 5)
    settings.UNIVERSAL_AI = run(page["settings.py"])["UNIVERSAL_AI"]
    assert set(backends["default"].prices) == {"ocr/ocr_async/rapidocr", "pocketsphinx"}


def test_units_of_prices() -> None:
    from django_universal_ai.contract.prices import UNITS

    told = section(read("howto/limits"), "Set prices").rpartition("```")[2]
    assert set(UNITS) <= set(ticked(told))
