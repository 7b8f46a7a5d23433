"""Code on pages that have only a few lines of it, run."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from django.apps import apps
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import checks
from django_universal_ai.backends import backends
from django_universal_ai.models import Rollup, Span, UniversalAIJob
from django_universal_ai.outward.conf import outward_settings
from django_universal_ai.signals import job_failed, job_succeeded
from django_universal_ai.testing import UniversalAI
from tests.rows import make_job

from .pages import DOCS, README, blocks, files_of, pages, python_of

OCR, URL = "ocr/ocr_async/mistral", "https://example.com/a.pdf"

pytestmark = pytest.mark.django_db


def run(code: str, **names: Any) -> dict[str, Any]:
    exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - from our own pages
    return names


def test_every_page_with_python_is_named_by_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    tests += (Path(__file__).parents[1] / "unfold" / "test_unfold.py").read_text()
    names = {
        str(path.relative_to(DOCS).with_suffix(""))
        for path in pages()
        if path != README and any(block.language == "python" for block in blocks(path))
    }
    recipes = {name for name in names if name.startswith("recipes/")}  # test_recipes has all
    assert {name for name in names - recipes if f'"{name}"' not in tests} == set()


def test_the_dashboards_rows_are_summed() -> None:
    Rollup.objects.create(
        span=Span.DAY, begin=timezone.now(), backend="default", provider="openai", succeeded=3
    )
    [row] = run(python_of("howto/dashboard")[0])["by_provider"]
    assert (row["provider"], row["succeeded__sum"]) == ("openai", 3)


def test_a_job_with_fallbacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scan.pdf").write_bytes(b"%PDF-")
    job = run(python_of("howto/fallbacks")[0], UniversalAIJob=UniversalAIJob)["job"]
    asked = [str(each.model) for each in job.candidates]
    assert asked[1:] == [
        "ocr/ocr_async/amazon",
        "ocr/ocr_async/mistral/ocr-latest",
        "ocr/ocr_async/rapidocr",
    ]


def test_languages_are_chosen_by_the_browser(settings: Settings, client: Client) -> None:
    middleware, paths = python_of("howto/languages")
    made = run(middleware)
    at = settings.MIDDLEWARE.index("django.middleware.common.CommonMiddleware")
    settings.MIDDLEWARE = [*made["MIDDLEWARE"], *settings.MIDDLEWARE[at + 1 :]]
    settings.LANGUAGES = made["LANGUAGES"]
    page = client.get("/admin/login/", headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="de"' in page
    assert run(paths, BASE_DIR=Path("/srv"))["LOCALE_PATHS"] == [Path("/srv/locale")]


def test_both_ends_are_heard_of(capsys: pytest.CaptureFixture[str]) -> None:
    before = [(signal, list(signal.receivers)) for signal in (job_succeeded, job_failed)]
    try:
        names = run(python_of("howto/signals")[0])  # held, as a module would
        job, event_id = make_job("success"), uuid.uuid4()
        job_succeeded.send(UniversalAIJob, job=job, event_id=event_id)
        assert f"{job.pk} success {event_id}" in capsys.readouterr().out
        assert names["note_the_end"]
    finally:
        for signal, receivers in before:
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()


def test_one_outcome_after_the_other(universal_ai: UniversalAI) -> None:
    run(python_of("howto/testing")[0], universal_ai=universal_ai)
    job = UniversalAIJob.objects.submit(model=OCR, input={"file": URL})
    universal_ai.run()
    assert UniversalAIJob.objects.get(pk=job.pk).status in {"uncertain", "success"}
    assert len(universal_ai.posts) == 2  # refused for now, then lost: never a third


def test_time_outs_of_redis_are_what_the_check_wants() -> None:
    before: Any = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    mine: Any = Celery("mysite", broker="redis://127.0.0.1/0", set_as_current=True)
    try:
        assert [problem.id for problem in checks.check_celery()] == ["universal_ai.W012"]
        names = run(python_of("howto/workers")[0])
        mine.conf.broker_transport_options = names["CELERY_BROKER_TRANSPORT_OPTIONS"]
        assert checks.check_celery() == []
    finally:
        before.set_current()
        mine.close()


def test_trusted_hosts(settings: Settings) -> None:
    settings.UNIVERSAL_AI_OUTWARD = run(
        next(code for code in python_of("howto/gateway-webhooks") if "OUTWARD" in code)
    )["UNIVERSAL_AI_OUTWARD"]
    assert "hooks.internal" in outward_settings().TRUSTED


def test_types_can_be_imported() -> None:
    names = run(python_of("reference/features")[0])
    assert names["OcrAsyncOutput"].model_fields["raw_text"].is_required()


def test_the_shape_of_the_setting(settings: Settings) -> None:
    settings.UNIVERSAL_AI = run(python_of("reference/settings")[0])["UNIVERSAL_AI"]
    assert checks.check_settings() == []


def test_a_page_of_the_hosts_own_listens() -> None:
    script = files_of("howto/live")["watch.js"]
    shipped = (DOCS.parent / "django_universal_ai/static/universal_ai/live.js").read_text()
    assert '"universal-ai:change"' in script
    assert "universal-ai:change" in shipped
    assert "finished" in shipped


def test_webhooks_are_set_up(settings: Settings, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the extra [webhooks] is not installed")
    from django_universal_ai.testing.webhooks import public_pem

    page = files_of("howto/webhooks")
    pem = tmp_path / "universal-ai.pem"
    pem.write_text(public_pem())
    code = page["settings.py"].replace("/etc/mysite/universal-ai.pem", str(pem))
    settings.UNIVERSAL_AI = run(code)["UNIVERSAL_AI"]
    problems = [problem for backend in backends.all() for problem in backend.check()]
    assert {problem.id for problem in problems} <= {"universal_ai.W001"}  # "..." is no key
    [route] = run(page["urls.py"], urlpatterns=[])["urlpatterns"]
    assert route.resolve("universal-ai/webhook/")


def test_the_gateway_is_set_up() -> None:
    pytest.importorskip("ninja", reason="the extra [gateway] is not installed")
    page = files_of("howto/gateway")
    installed = {config.name for config in apps.get_app_configs()}
    assert run(page["settings.py"], INSTALLED_APPS=[])["INSTALLED_APPS"][0] in installed
    [route] = run(page["urls.py"], urlpatterns=[])["urlpatterns"]
    assert route.resolve("v3/universal-ai/async")


def test_files_of_several_hosts_are_in_one_place() -> None:
    s3 = pytest.importorskip("storages.backends.s3", reason="django-storages is not installed")
    storages = run(files_of("howto/deployment")["settings.py"], STORAGES={})["STORAGES"]
    assert s3.S3Storage(**storages["universal_ai"]["OPTIONS"]).bucket_name == "jobs"
