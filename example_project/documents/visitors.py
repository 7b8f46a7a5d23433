"""Whose documents are whose: a signed-in user's, or an anonymous browser's."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q, QuerySet

from django_universal_ai.models import UniversalAIFile, UniversalAIJob

from .models import Document

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

# Not the session's own key: that one is a credential, which no other table should hold.
_KEY = "visitor"


def owner_of(request: HttpRequest) -> User | None:
    """The user who is signed in."""
    return request.user if request.user.is_authenticated else None


def known_visitor(request: HttpRequest) -> uuid.UUID | None:
    """The browser's id, if it ever brought something."""
    text = request.session.get(_KEY)
    return uuid.UUID(text) if text else None


def visitor(request: HttpRequest) -> uuid.UUID:
    """The browser's id; kept in the session, so that logging in doesn't lose what was brought."""
    if known := known_visitor(request):
        return known
    made = uuid.uuid4()
    request.session[_KEY] = str(made)
    return made


def documents_for(request: HttpRequest) -> QuerySet[Document]:
    """What whoever asks may see: what she brought, and what everybody may see."""
    return Document.objects.filter(Q(is_public=True) | _brought_by(request))


def documents_of(request: HttpRequest) -> QuerySet[Document]:
    """What whoever asks has brought, and may spend something on."""
    return Document.objects.filter(_brought_by(request))


def _brought_by(request: HttpRequest) -> Q:
    hers = Q(pk__in=())
    if owner := owner_of(request):
        hers |= Q(owner=owner)
    if known := known_visitor(request):
        hers |= Q(visitor=known)
    return hers


def may_see(request: HttpRequest, job: UniversalAIJob) -> bool:
    """Whether whoever asks may see how a job stands: ``UNIVERSAL_AI_LIVE["MAY_SEE"]``."""
    document = job.content_object
    return isinstance(document, Document) and documents_for(request).filter(pk=document.pk).exists()


@transaction.atomic
def hand_over(request: HttpRequest, user: User) -> None:
    """Give a user what the browser brought before: documents, jobs and files."""
    known = known_visitor(request)
    if known is None:
        return
    documents = Document.objects.filter(visitor=known, owner=None)
    keys = [job.pk for document in documents for job in document.jobs.filter(owner=None)]
    UniversalAIFile.objects.filter(job_files__job__in=keys, owner=None).update(owner=user)
    UniversalAIJob.objects.filter(pk__in=keys).update(owner=user)
    documents.update(owner=user, visitor=None)
    # Whoever uses this browser after her starts with nothing.
    del request.session[_KEY]
