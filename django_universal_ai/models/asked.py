"""What ``submit`` takes besides the model string, and ``resubmit``, for type checkers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Required, TypedDict

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Model

    from .job import UniversalAIJob


class Asked(TypedDict, total=False):
    """See :func:`django_universal_ai.jobs.submit`, which has the same."""

    input: Required[Mapping[str, Any]]
    files: Mapping[str, Any] | None
    provider_params: Mapping[str, Any] | None
    fallbacks: Sequence[str]
    show_original_response: bool
    using: str | None
    owner: AbstractBaseUser | None
    content_object: Model | None
    metadata: Mapping[str, Any] | None
    idempotency_key: str | None
    one_active: bool | str
    webhook_receiver: str | None
    user_webhook_parameters: Mapping[str, Any] | None
    relay_webhook: bool
    priority: int
    parent: UniversalAIJob | None
    simulated: bool
    along: Callable[[UniversalAIJob], Sequence[Model]]
    before_commit: Callable[[UniversalAIJob], object] | None


class AskedAgain(TypedDict, total=False):
    """See :func:`django_universal_ai.jobs.resubmit`, which has the same."""

    model: str | None
    using: str | None
    owner: AbstractBaseUser | None
    idempotency_key: str | None
    before_commit: Callable[[UniversalAIJob], object] | None
