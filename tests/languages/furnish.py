"""A site with something of everything, so that each sentence has a page to be on.

What people and services wrote is Greek: the Latin words that a page shows are the package's.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import (
    DailyUsage,
    DeliveryKind,
    DeliveryState,
    SigningKey,
    Token,
    WebhookDelivery,
)
from django_universal_ai.models import (
    Account,
    EventKind,
    JobEvent,
    JobFile,
    Price,
    PriceUnit,
    ReceiptState,
    Signature,
    Status,
    UniversalAIFile,
    UniversalAIJob,
    WebhookReceipt,
)
from tests.admin.dashboard.conftest import roll_up
from tests.rows import learned, make_job

WHO = "δράκων"
AUDIO = {"feature": "audio", "subfeature": "speech_to_text_async", "provider": WHO}
OCR = {"feature": "ocr", "subfeature": "ocr_async", "provider": WHO}
MODEL = f"audio/speech_to_text_async/{WHO}"
LONG_AGO = timedelta(days=6, hours=12)
BOX = {"left": 0.1, "top": 0.25, "width": 0.5, "height": 0.03}
PAGES = {
    "raw_text": "λόγος",
    "pages": [{"lines": [{"text": "λόγος", "words": [{"text": "λόγος", "bounding_box": BOX}]}]}],
}
TALK = {
    "text": "λόγος",
    "diarization": {
        "total_speakers": 2,
        "entries": [
            {"segment": "λόγος", "start_time": "1", "end_time": "2", "speaker": 1},
            {"segment": "νόμος", "start_time": "65", "end_time": "70", "speaker": 2},
        ],
    },
}


def furnish() -> User:
    """Fill the tables; gives the superuser to look at them with."""
    root = User.objects.create_superuser("Άννα")
    jobs = [*_open_jobs(root), *_ended_jobs(root)]
    learned("default", MODEL, [60.0] * 30)
    _events(jobs)
    _receipts(jobs[0])
    _accounts()
    _dashboard()
    _gateway(root, jobs[-1])
    for unit in (PriceUnit.PAGE, PriceUnit.RESERVE):
        Price.objects.create(name=WHO, unit=unit, amount=Decimal("0.01"))
    return root


def _job(status: str, **fields: Any) -> UniversalAIJob:
    said = AUDIO | {"requested_model": MODEL, "input": {"αρχείο": "λόγος"}} | fields
    return make_job(status, **said)


def _open_jobs(owner: User) -> list[UniversalAIJob]:
    ago = timezone.now() - LONG_AGO
    soon = timezone.now() + timedelta(seconds=60)
    lost = _job("processing", missing_since=timezone.now(), polls=3, owner=owner, note="νόμος")
    return [
        _job("pending"),
        _job("pending", attempts=2, note="νόμος", priority=3, due=-200.0),
        _job("submitting", lease_until=soon),
        _job("uncertain", requested_at=ago, posted_at=ago),
        _job("processing", submitted_at=ago, requested_at=ago, seen_at=ago, polls=1, due=90.0),
        _job("processing", backend="local", progress=0.4),
        _job("pending", backend="χάος"),
        lost,
    ]


def _ended_jobs(owner: User) -> list[UniversalAIJob]:
    """One after the other, each resubmitted from the one before."""
    talk = _job("success", output=TALK, cost=Decimal("0.5"), owner=owner)
    _attach(talk, "λόγος.wav")
    read = _job("success", **OCR, output=PAGES, parent=talk, original_response={"λ": "ψ"})
    _attach(read, "λόγος.pdf")
    _attach(read, "λόγος.png")
    many = {"λίστα": list(range(500)), "λέξεις": {str(n): n for n in range(500)}}
    other = _job("success", **OCR | {"subfeature": "χάος"}, output=many, parent=read)
    error = {"type": "missing", "message": "νόμος"}
    failed = _job(
        "fail",
        error=error,
        parent=other,
        cost=Decimal("0.25"),
        fallbacks=[f"{WHO}ψ", f"{WHO}ξ"],
        webhook_receiver="https://λόγος.example/",
        idempotency_key="κλειδί",
    )
    return [talk, read, other, failed]


def _attach(job: UniversalAIJob, name: str) -> None:
    file = UniversalAIFile.objects.store(b"x", name=name)
    file.remote_account, file.remote_id = "λογαριασμός", "ξ1"
    file.remote_until = timezone.now() + timedelta(days=1)
    file.save()
    JobFile.objects.create(job=job, file=file, field=name)


def _events(jobs: list[UniversalAIJob]) -> None:
    now = timezone.now()
    refused = {"λόγος": {"done": False, "tries": 8, "error": "νόμος"}}
    for kind in EventKind:
        detail = {"reason": "νόμος", "seconds": 5}
        JobEvent.objects.create(job=jobs[0], kind=kind, detail=detail)
        JobEvent.objects.create(job=jobs[-1], kind=kind, delivered_at=now, receipts=refused)
    ended = jobs[-2]
    JobEvent.objects.create(job=ended, kind="succeeded", deliveries=8, receipts=refused)
    JobEvent.objects.create(job=ended, kind="succeeded", deliver_at=now, receipts=refused)
    JobEvent.objects.create(job=ended, kind="succeeded", deliver_at=now)


def _receipts(job: UniversalAIJob) -> None:
    for number, state in enumerate(ReceiptState):
        WebhookReceipt.objects.create(
            fingerprint=f"{number:064}",
            signature=list(Signature)[number % 3],
            public_id="",
            state=state,
            reason="νόμος",
            body='{"λ": "ψ"}' if number else "",
            copies=number + 1,
            job=job if number % 2 else None,
        )


def _accounts() -> None:
    now = timezone.now()
    soon = now + timedelta(minutes=5)
    Account.objects.create(name="λ")
    Account.objects.create(name="ψ", paused_at=now)
    Account.objects.create(name="ξ", refusal="νόμος", refused_at=now, closed_until=soon)
    Account.objects.create(name="δ", closed_until=soon, listless_until=soon)


def _dashboard() -> None:
    for days in (0, 2, 20):
        roll_up(
            timezone.now() - timedelta(days=days),
            **AUDIO,
            created=5,
            succeeded=3,
            failed=1,
            cost=Decimal("0.5"),
        )


def _gateway(owner: User, job: UniversalAIJob) -> None:
    tokens.create(owner, name="κλειδί", credits_per_day=Decimal(5), most_in_flight=3)
    tokens.create(owner, name="κλειδί δ", sandbox=True, requests_per_second=2.0)
    token = Token.objects.order_by("pk").first()
    for name, signs in (("κλειδί δ", True), ("κλειδί ω", None)):
        SigningKey.objects.create(fingerprint=name, public_key="κλειδί", is_current=signs)
    DailyUsage.objects.create(
        day=timezone.now().date(), token=token, owner=owner, jobs=3, failed=1, **AUDIO
    )
    for number, state in enumerate(DeliveryState):
        WebhookDelivery.objects.create(
            job=job,
            kind=list(DeliveryKind)[number % 2],
            origin="https://λόγος.example",
            state=state,
            error="νόμος",
            answer="λόγος",
            status_code=500,
            seconds=0.5,
        )


def job_in(status: Status) -> UniversalAIJob:
    """One of the jobs in a state."""
    return UniversalAIJob.objects.filter(status=status).order_by("requested_at")[0]
