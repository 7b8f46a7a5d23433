"""The inbox in the admin: what came in, why nothing came of it, and working on it once more."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.models import ReceiptState, WebhookReceipt
from tests.rows import make_job

from .conftest import Person, messages_of

WEBHOOKS = "/admin/universal_ai/webhookreceipt/"


def make_receipt(**fields: object) -> WebhookReceipt:
    number = WebhookReceipt.objects.count()
    row = {
        "fingerprint": f"{number:064}",
        "signature": "valid",
        "public_id": f"j-{number}",
        "state": "ignored",
        "reason": "Not our job: nobody knows it.",
        "body": '{"output": "long"}',
    }
    return WebhookReceipt.objects.create(**row | fields)


def again(client: Client, *receipts: WebhookReceipt) -> list[str]:
    data = {"action": "reprocess", "_selected_action": [r.pk for r in receipts], "index": "0"}
    return messages_of(client.post(WEBHOOKS, data, follow=True))


def test_the_list_says_why(root: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_receipt(job=make_job("success"), reason="The job had already ended.")
    make_receipt()
    with django_assert_num_queries(4) as captured:
        html = root.get(WEBHOOKS).content.decode()
    assert "The job had already ended." in html
    assert "Not our job" in html
    assert "audio/speech_to_text_async/google" in html
    assert all('"body"' not in query["sql"] for query in captured.captured_queries)


def test_is_found_by_the_services_id(root: Client) -> None:
    make_receipt()
    wanted = make_receipt(public_id="wanted")
    page = root.get(f"{WEBHOOKS}?q=want")
    assert list(page.context["cl"].result_list) == [wanted]


def test_the_page_shows_the_body(root: Client) -> None:
    html = root.get(f"{WEBHOOKS}{make_receipt().pk}/change/").content.decode()
    assert "{&quot;output&quot;: &quot;long&quot;}" in html


def test_is_worked_on_once_more(root: Client) -> None:
    ignored, refused = make_receipt(), make_receipt(state="refused")
    assert again(root, ignored, refused) == ["1 webhook is worked on once more."]
    ignored.refresh_from_db()
    refused.refresh_from_db()
    assert (ignored.state, refused.state) == (ReceiptState.PENDING, ReceiptState.REFUSED)
    assert ignored.due_at
    assert ignored.due_at <= timezone.now()


def test_who_may_only_look_cannot(person: Person) -> None:
    receipt = make_receipt()
    client = person("view_webhookreceipt")
    assert client.get(WEBHOOKS).status_code == 200
    again(client, receipt)
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.IGNORED
