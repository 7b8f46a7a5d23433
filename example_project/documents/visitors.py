"""Whose documents are whose: a signed-in user's, or an anonymous browser's."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

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
    """The browser's id; kept in the session, so that signing in doesn't lose what was brought."""
    if known := known_visitor(request):
        return known
    made = uuid.uuid4()
    request.session[_KEY] = str(made)
    return made


def documents_for(request: HttpRequest) -> QuerySet[Document]:
    """What whoever asks may see: what she brought, and what everybody may see."""
    visible = Q(is_public=True)
    if owner := owner_of(request):
        visible |= Q(owner=owner)
    if known := known_visitor(request):
        visible |= Q(visitor=known)
    return Document.objects.filter(visible)
