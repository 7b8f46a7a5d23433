"""Webhooks as the service posts them: signed, forged, or not signed at all."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpResponse
from django.test import RequestFactory

from ..contract.signature import SIGNATURE_HEADER, signed_body
from ..webhooks.view import webhook
from .backend import ServedJob

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Signed = Literal["yes", "forged", "no"]


@cache
def key(who: str) -> RSAPrivateKey:
    """A key pair; making one takes a while."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(65537, 2048)


@cache
def public_pem() -> str:
    """The key that scripted backends check signatures with."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key("service").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def body_of(job: ServedJob) -> dict[str, Any]:
    """The news of a job's end."""
    response = job.response(ended=True).model_dump(mode="json")
    kept = ("status", "feature", "subfeature", "provider", "model", "output", "error", "created_at")
    return {
        "event": "async_job_completed",
        "job_id": job.public_id,
        **{name: response[name] for name in kept},
        "user_parameters": job.request.user_webhook_parameters,
    }


def post(body: dict[str, Any], signed: Signed) -> HttpResponse:
    """Give it to the view, whether or not the project's URLs include it."""
    headers, raw = {}, json.dumps(body).encode()
    if signed != "no":
        raw, headers[SIGNATURE_HEADER] = signed_body(
            body, key("service" if signed == "yes" else "somebody else")
        )
    request = RequestFactory().post("/", raw, content_type="application/json", headers=headers)
    return webhook(request)
