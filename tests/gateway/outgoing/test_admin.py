"""The log of deliveries, and the keys, in the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from django_universal_ai.admin.page_actions import FIELD
from django_universal_ai.gateway.models import DeliveryKind, DeliveryState, WebhookDelivery
from django_universal_ai.gateway.outgoing import keys

from .conftest import delivery_to

pytestmark = pytest.mark.django_db

LIST = "/admin/universal_ai_gateway/webhookdelivery/"
KEYS = "/admin/universal_ai_gateway/signingkey/"


@pytest.fixture
def delivery() -> WebhookDelivery:
    made = delivery_to("https://client.example/hook/s3cret?key=s3cret")
    WebhookDelivery.objects.update(
        state=DeliveryState.REFUSED,
        due_at=None,
        status_code=410,
        answer="<b>gone</b>",
        error="see https://x.example/?key=s3cret",
    )
    return made


def test_the_log_shows_how_it_went_and_no_secret(
    admin_client: Client, delivery: WebhookDelivery
) -> None:
    for path in (LIST, f"{LIST}?q=https://client", f"{LIST}{delivery.pk}/change/"):
        page = admin_client.get(path).content.decode()
        assert "https://client.example" in page
        assert "410" in page
        assert "refused" in page
        assert "s3cret" not in page
    assert "&lt;b&gt;gone&lt;/b&gt;" in page


def test_deliver_again(admin_client: Client, delivery: WebhookDelivery) -> None:
    chosen = {"action": "deliver_again", "_selected_action": [str(delivery.pk)]}
    page = admin_client.post(LIST, chosen, follow=True).content.decode()
    assert "1 webhook is delivered again." in page
    row = WebhookDelivery.objects.get()
    assert row.state == DeliveryState.DUE
    assert row.due_at
    assert LogEntry.objects.get().change_message == "To be delivered again."
    WebhookDelivery.objects.update(lease="11111111-1111-4111-8111-111111111111")
    page = admin_client.post(LIST, chosen, follow=True).content.decode()
    assert "is being sent right now" in page


def test_send_a_test_from_the_page(admin_client: Client, delivery: WebhookDelivery) -> None:
    path = f"{LIST}{delivery.pk}/change/"
    page = admin_client.post(path, {FIELD: "send_test"}, follow=True).content.decode()
    assert "1 test is sent" in page
    test = WebhookDelivery.objects.get(kind=DeliveryKind.TEST)
    assert (test.origin, test.job_id) == (delivery.origin, delivery.job_id)


def test_who_may_only_look_may_not_send(
    client: Client, delivery: WebhookDelivery, django_user_model: type[User]
) -> None:
    viewer = django_user_model.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_webhookdelivery"))
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    for action in ("deliver_again", "send_test"):
        chosen = {"action": action, "_selected_action": [str(delivery.pk)]}
        assert client.post(LIST, chosen).status_code == 403
    assert WebhookDelivery.objects.get().state == DeliveryState.REFUSED


def test_keys_are_shown_without_their_private_half(admin_client: Client) -> None:
    key = keys.current()
    for path in (KEYS, f"{KEYS}{key.pk}/change/"):
        page = admin_client.get(path).content.decode()
        assert key.fingerprint in page
        assert "PRIVATE" not in page
    assert "BEGIN PUBLIC KEY" in page
    assert admin_client.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get(f"{KEYS}add/").status_code == 403


def test_a_receiver_that_said_nothing(admin_client: Client, delivery: WebhookDelivery) -> None:
    WebhookDelivery.objects.update(answer="")
    page = admin_client.get(f"{LIST}{delivery.pk}/change/").content.decode()
    assert "Start of the answer" in page
    assert 'class="uai-raw"' not in page
