"""Finding jobs: by what identifies them, and by what they were asked for."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from ..models import UniversalAIJob
from ..models.distinct import distinct

#: Model strings, and users that a word fits, that are looked at.
MOST_MODELS = 2000
MOST_OWNERS = 200


def search(jobs: QuerySet[UniversalAIJob], text: str) -> QuerySet[UniversalAIJob]:
    """The jobs that every word of ``text`` fits.

    Whatever is looked for is first looked up where there is little of it (users, kinds of objects,
    model strings), so that jobs are found through indexes alone.
    """
    words = text.split()
    # The index of attached objects begins with their content type.
    kinds = list(ContentType.objects.values_list("pk", flat=True)) if words else []
    for word in words:
        key = as_uuid(word)
        jobs = jobs.filter(_by_word(word, kinds) if key is None else _by_id(word, key, kinds))
    return jobs


def as_uuid(word: str) -> uuid.UUID | None:
    """A UUID, written with or without dashes; ``None`` where it isn't one."""
    try:
        return uuid.UUID(word)
    except ValueError:
        return None


def _by_id(word: str, key: uuid.UUID, kinds: list[int]) -> Q:
    """Whole values only: each of these answers from its index."""
    spellings = {word, str(key), key.hex}
    return (
        Q(pk=key) | Q(public_id__in=spellings) | Q(content_type__in=kinds, object_id__in=spellings)
    )


def _by_word(word: str, kinds: list[int]) -> Q:
    return (
        Q(public_id=word)
        | Q(content_type__in=kinds, object_id=word)
        | Q(requested_model__in=_models(word))
        | Q(owner__in=_owners(word))
    )


def _models(word: str) -> list[str]:
    """The model strings that were asked for and hold the word."""
    known: list[str] = distinct(UniversalAIJob, "requested_model", MOST_MODELS)
    return [model for model in known if word.lower() in model.lower()]


def _owners(word: str) -> list[Any]:
    """The users whose names hold the word."""
    users = get_user_model()
    found = users._default_manager.filter(**{f"{users.USERNAME_FIELD}__icontains": word})
    return list(found.order_by().values_list("pk", flat=True)[:MOST_OWNERS])
