"""What this site does when a job ends, or comes in over HTTP, and when somebody logs in.

A job's signal comes at least once, so every receiver may run twice for one event: each writes the
same again.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import user_logged_in
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.signals import job_failed, job_submitted, job_succeeded

from .models import Document
from .reading import note_about
from .visitors import hand_over

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@receiver([job_succeeded, job_failed], sender=UniversalAIJob)
def write_note(job: UniversalAIJob, event_id: uuid.UUID, **kwargs: Any) -> None:
    """Write down on the host's own document how its job ended."""
    document = job.content_object or adopt(job)
    # A late delivery for a job that was tried again must not overwrite the newer one's note.
    if isinstance(document, Document) and document.job == job:
        Document.objects.filter(pk=document.pk).update(note=note_about(job))


@receiver(job_submitted, sender=UniversalAIJob)
def show_job(job: UniversalAIJob, event_id: uuid.UUID, **kwargs: Any) -> None:
    """Make a document for a job that came in over HTTP, so that its owner sees it on the site."""
    if job.content_object is None:
        adopt(job)


def adopt(job: UniversalAIJob) -> Document | None:
    """Give a user's job that belongs to nothing a document of its own."""
    if job.owner is None:
        return None
    link = job.job_files.select_related("file").first()
    with transaction.atomic():
        document = Document.objects.create(
            owner=job.owner, title=link.file.name if link else job.requested_model
        )
        free = UniversalAIJob.objects.filter(pk=job.pk, content_type=None)
        if not free.update(
            content_type=ContentType.objects.get_for_model(Document), object_id=str(document.pk)
        ):
            # Another process was faster; there is one document per job.
            document.delete()
            job.refresh_from_db()
            return job.content_object
    return document


@receiver(user_logged_in)
def keep_documents(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """What was brought in this browser before signing up, or logging in, is the account's now."""
    hand_over(request, user)
