"""The inbox in the admin: what came in, why nothing came of it, and working on it once more."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.models import ReceiptState, WebhookReceipt
from tests.rows import make_job

from .conftest import WEBHOOKS, Person, make_receipt, messages_of


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


def test_each_state_is_an_icon_and_a_word(root: Client) -> None:
    for state in ReceiptState.values:
        make_receipt(state=state, signature="unchecked")
    html = root.get(WEBHOOKS).content.decode()
    for state in ReceiptState:
        assert f"</span> {state.label}</span>" in html
    assert "</span> not checked</span>  no public key is configured" in html


def test_the_page_shows_what_it_says_and_why_nothing_came_of_it(root: Client) -> None:
    body = '{"output": "<b>long</b>", "user_parameters": {"token": "s3cret"}}'
    html = page(root, make_receipt(body=body, reason="Refused: token=abcd1234x"))
    assert "&lt;b&gt;long&lt;/b&gt;" in html
    assert "s3cret" not in html
    assert "Refused: token=[redacted]" in html


def test_a_body_that_was_dropped_or_cannot_be_read(root: Client) -> None:
    assert "Not kept: the job has the result" in page(root, make_receipt(body=""))
    assert "&lt;odd" in page(root, make_receipt(body="<odd"))


def page(client: Client, receipt: WebhookReceipt) -> str:
    return client.get(f"{WEBHOOKS}{receipt.pk}/change/").content.decode()


def test_is_worked_on_once_more(root: Client) -> None:
    ignored, refused = make_receipt(), make_receipt(state="refused")
    assert again(root, ignored, refused) == [
        "1 webhook is worked on once more.",
        "1 webhook is skipped: it was refused, and nothing of it was kept.",
    ]
    ignored.refresh_from_db()
    refused.refresh_from_db()
    assert (ignored.state, refused.state) == (ReceiptState.PENDING, ReceiptState.REFUSED)
    assert ignored.due_at
    assert ignored.due_at <= timezone.now()
    logged = LogEntry.objects.values_list("object_id", "change_message")
    assert list(logged) == [(str(ignored.pk), "To be worked on once more.")]


def test_a_refused_one_stays_so(root: Client) -> None:
    (told,) = again(root, make_receipt(state="refused"))
    assert told.startswith("1 webhook is skipped")
    assert not LogEntry.objects.exists()


def test_its_page_has_the_button(person: Person) -> None:
    receipt = make_receipt()
    client = person("view_webhookreceipt", "change_webhookreceipt")
    assert ">Reprocess</button>" in page(client, receipt)
    url = f"{WEBHOOKS}{receipt.pk}/change/"
    response = client.post(url, {"CHANGE_FORM-action": "reprocess"}, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert messages_of(response) == ["1 webhook is worked on once more."]
    assert client.get(f"{WEBHOOKS}999/change/").status_code == 302
    assert client.post(f"{WEBHOOKS}999/change/").status_code in (302, 403)


def test_who_may_only_look_cannot(person: Person) -> None:
    receipt = make_receipt()
    client = person("view_webhookreceipt")
    assert "Reprocess" not in page(client, receipt)
    data = {"action": "reprocess", "_selected_action": [receipt.pk], "index": "0"}
    assert client.post(WEBHOOKS, data).status_code == 403
    data = {"CHANGE_FORM-action": "reprocess"}
    assert client.post(f"{WEBHOOKS}{receipt.pk}/change/", data).status_code == 403
    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.IGNORED
