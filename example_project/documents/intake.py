"""From a file to a document and its job."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from django_universal_ai.models import Status, UniversalAIJob

from ..accounts import budgets
from .kinds import Kind
from .models import Document

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def take_in(
    file: Any,
    kind: Kind,
    *,
    title: str,
    provider: str = "",
    owner: User | None = None,
    visitor: uuid.UUID | None = None,
) -> Document:
    """Make a document and ask for its text; a worker does the rest.

    ``file`` is whatever ``submit(files=...)`` takes. Raises ``ValidationError`` keyed by the
    request's dotted fields, and where the month's budget is spent; then there is no document
    either.
    """
    with transaction.atomic():
        document = Document.objects.create(
            title=title[:200], owner=owner, visitor=None if owner else visitor
        )
        UniversalAIJob.objects.submit(
            model=kind.model(provider),
            input={},
            files={"file": file},
            owner=owner,
            content_object=document,
            before_commit=budgets.check,
        )
    return document


def try_again(document: Document) -> bool:
    """Ask once more for the text of a document whose job failed. Says whether it was needed.

    Raises ``ValidationError`` where the month's budget is spent.
    """
    with transaction.atomic():
        # Whoever clicks twice waits here, and then finds the new job.
        Document.objects.select_for_update().get(pk=document.pk)
        job = document.jobs.first()
        if job is None or job.status != Status.FAIL:
            return False
        budgets.check(job.resubmit())
        Document.objects.filter(pk=document.pk).update(note="")
    return True
