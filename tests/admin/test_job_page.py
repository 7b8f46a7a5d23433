"""The page of one job."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.models import JobEvent, JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import AUDIO, in_seconds, learned, make_job, row_of

from .conftest import LIST, Person, dead_letter, make_receipt, url_of

ATTACK = "</script><img src=x onerror=alert(1)>"
TRANSCRIPT = {"text": "Please call me.\nTomorrow.", "diarization": {"total_speakers": 1}}


def page(client: Client, job: UniversalAIJob) -> str:
    response = client.get(url_of(job))
    assert response.status_code == 200
    return response.content.decode()


def test_tells_what_where_and_for_whom(root: Client) -> None:
    group = Group.objects.create(name="invoices & bills")
    owner = User.objects.create_user("berta")
    asked = timezone.now() - timedelta(hours=1)
    job = make_job(
        "success",
        provider="amazon",
        model="nova",
        fallbacks=["amazon", "assembly"],
        cost=Decimal("1E+1"),
        owner=owner,
        content_type=ContentType.objects.get_for_model(Group),
        object_id=str(group.pk),
        requested_at=asked,
        finished_at=asked + timedelta(seconds=90),
        priority=7,
        idempotency_key="order-12",
        webhook_receiver="https://shop.example/hook?secret=s1",
    )
    html = page(root, job)
    for words in (
        str(job.pk),
        str(job.public_id),
        "<dd>google</dd>",
        "<dd>amazon</dd>",
        "<dd>nova</dd>",
        "amazon, assembly",
        "<dd>10.000</dd>",
        f'<a href="/admin/auth/user/{owner.pk}/change/">berta</a>',
        f'<a href="/admin/auth/group/{group.pk}/change/">group {group.pk}</a>: invoices &amp;',
        "<dd>1 min 30 s</dd>",
        "<dd>7</dd>",
        "order-12",
        "https://shop.example/hook?[redacted]",
    ):
        assert words in html


def test_marks_a_result_at_risk(root: Client) -> None:
    ago = timezone.now() - timedelta(days=6)
    assert "</span> at risk</span>" in page(root, make_job("uncertain", posted_at=ago))
    assert "</span> at risk</span>" not in page(root, make_job("uncertain"))


def test_marks_a_job_that_is_slow_for_its_kind(root: Client) -> None:
    learned("default", AUDIO, [10] * 20)
    began = in_seconds(-600)
    assert "</span> slow</span>" in page(root, make_job("processing", submitted_at=began))
    assert "</span> slow</span>" not in page(root, make_job("processing"))


def test_shows_the_recognised_text_as_text(root: Client) -> None:
    html = page(root, make_job("success", output=TRANSCRIPT))
    assert "Please call me.<br>Tomorrow." in html


def test_nothing_that_a_service_says_is_markup(root: Client) -> None:
    job = make_job(
        "success",
        output={"text": ATTACK, ATTACK: [ATTACK]},
        error={ATTACK: ATTACK},
        original_response=[ATTACK],
        input={ATTACK: ATTACK},
        metadata={ATTACK: ATTACK},
        note=ATTACK,
        public_id=ATTACK,
        requested_model=f"audio/x/{ATTACK}",
    )
    JobEvent.objects.create(job=job, kind="deferred", detail={"reason": ATTACK, ATTACK: ATTACK})
    receipts = {ATTACK: {"done": False, "tries": 1, "error": ATTACK}}
    dead_letter(job, receipts=receipts)
    make_job("fail", parent=job, requested_model=ATTACK)
    make_receipt(job=job, reason=ATTACK)
    html = page(root, job)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") >= 15


def test_lists_files_with_names_and_sizes(root: Client, person: Person) -> None:
    job = make_job("pending")
    file = UniversalAIFile.objects.store(b"x" * 2048, name="call.wav", content_type="audio/wav")
    JobFile.objects.create(job=job, file=file, field="file")
    link = f'<a href="/admin/universal_ai/universalaifile/{file.pk}/change/">call.wav</a>'
    html = page(person("view_universalaijob"), job)
    for words in (
        link,
        "2.0\xa0KB",
        "audio/wav",
        '<section class="module uai-section" id="files">',
    ):
        assert words in html
    html = page(root, job)  # who may see its content, sees it with its player
    assert 'id="files"' not in html
    assert link in html
    assert "2.0\xa0KB" in html


def test_links_parent_and_resubmissions(root: Client) -> None:
    parent = make_job("fail", cost=Decimal("0.5"))
    job = make_job("uncertain", parent=parent)
    child = make_job("success", parent=job)
    html = page(root, job)
    assert f'href="{url_of(parent)}"' in html
    assert f'href="{url_of(child)}"' in html
    assert "0.500 credits" in html
    assert 'id="resubmissions"' not in page(root, make_job("pending"))


def test_takes_the_same_number_of_queries_whatever_the_job_holds(
    root: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bare = make_job("success")
    page(root, bare)
    with django_assert_num_queries(10):
        page(root, bare)
    rich = make_job("success", output=TRANSCRIPT, owner=User.objects.get())
    for number in range(5):
        make_receipt(job=rich)
        JobEvent.objects.create(job=rich, kind="deferred", detail={"reason": str(number)})
        file = UniversalAIFile.objects.store(b"x", name="a.wav")
        JobFile.objects.create(job=rich, file=file, field=f"file{number}")
    with django_assert_num_queries(10):
        page(root, rich)
    for _ in range(5):
        make_job("success", parent=rich)
    with django_assert_num_queries(11):  # and one to see that nothing repeats those
        page(root, rich)


def test_a_job_changes_by_no_form(root: Client) -> None:
    job = make_job("pending")
    before = row_of(job)
    assert root.post(url_of(job), {"status": "success", "_save": "Save"}).status_code == 403
    assert row_of(job) == before


@pytest.mark.parametrize("key", ["00000000-0000-4000-8000-000000000000", "no-uuid"])
def test_a_job_that_is_gone(root: Client, key: str) -> None:
    url = f"{LIST}{key}/change/"
    assert root.get(url)["Location"] == "/admin/"
    assert root.post(url, {"CHANGE_FORM-action": "refresh"}).status_code in (302, 403)


def test_who_may_not_look_sees_nothing(person: Person) -> None:
    assert person().get(url_of(make_job("pending"))).status_code == 403


def test_the_name_of_what_it_is_attached_to_is_for_those_who_may_see_it(viewer: Client) -> None:
    group = Group.objects.create(name="secret plans")
    kind = ContentType.objects.get_for_model(Group)
    job = make_job("pending", content_type=kind, object_id=str(group.pk))
    html = page(viewer, job)
    assert f"group {group.pk}" in html
    assert "secret plans" not in html


def test_what_it_was_attached_to_may_be_gone(root: Client) -> None:
    group = ContentType.objects.get_for_model(Group)
    gone = ContentType.objects.create(app_label="shop", model="order")
    unregistered = ContentType.objects.get_for_model(ContentType)
    for kind, key in ((group, "99"), (group, "no number"), (gone, "1"), (unregistered, "1")):
        assert f"{key}</" in page(root, make_job("pending", content_type=kind, object_id=key))


def test_deleting_takes_the_events_along(person: Person) -> None:
    client = person("view_universalaijob", "delete_universalaijob")
    job = make_job("success")
    dead_letter(job)
    client.post(f"{LIST}{job.pk}/delete/", {"post": "yes"})
    assert not UniversalAIJob.objects.filter(pk=job.pk).exists()


def test_deleting_needs_the_permission(viewer: Client) -> None:
    job = make_job("success")
    assert viewer.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert UniversalAIJob.objects.filter(pk=job.pk).exists()
