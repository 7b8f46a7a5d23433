"""Finding jobs: by what identifies them, and by what they were asked for."""

from __future__ import annotations

import uuid

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from ..models import UniversalAIJob


def search(jobs: QuerySet[UniversalAIJob], text: str) -> QuerySet[UniversalAIJob]:
    """The jobs that every word of ``text`` fits."""
    for word in text.split():
        key = as_uuid(word)
        jobs = jobs.filter(_by_word(word) if key is None else _by_id(word, key))
    return jobs


def as_uuid(word: str) -> uuid.UUID | None:
    """A UUID, written with or without dashes; ``None`` where it isn't one."""
    try:
        return uuid.UUID(word)
    except ValueError:
        return None


def _by_id(word: str, key: uuid.UUID) -> Q:
    """Whole values only: each of these answers from its index."""
    spellings = {word, str(key), key.hex}
    # The index of attached objects begins with their content type.
    kinds = list(ContentType.objects.values_list("pk", flat=True))
    return (
        Q(pk=key) | Q(public_id__in=spellings) | Q(content_type__in=kinds, object_id__in=spellings)
    )


def _by_word(word: str) -> Q:
    users = get_user_model()
    owners = users._default_manager.filter(**{f"{users.USERNAME_FIELD}__icontains": word})
    return (
        Q(public_id=word)
        | Q(requested_model__icontains=word)
        | Q(object_id=word)
        | Q(owner__in=owners.order_by().values("pk"))
    )
