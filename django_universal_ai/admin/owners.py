"""The filter by owner."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import UniversalAIJob
from ..models.distinct import distinct
from .filters import Choices

#: Owners that are offered by name. Where there are more, the search finds them.
MOST_OWNERS = 30
NOBODY = "-"


class ByOwner(SimpleListFilter):
    """Mine, nobody's, or those of one of a few owners."""

    title = _("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        me = str(request.user.pk)
        chosen = _as_key(request.GET.get("owner", ""))
        keys = distinct(UniversalAIJob, "owner", MOST_OWNERS + 1)
        shown = [] if len(keys) > MOST_OWNERS else keys
        users = get_user_model()._default_manager.filter(pk__in=[*shown, chosen])
        others = sorted((str(user), str(user.pk)) for user in users if str(user.pk) != me)
        names = [(key, name) for name, key in others]
        return [(me, _("Mine")), (NOBODY, _("Nobody's")), *names]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> QuerySet[UniversalAIJob]:
        value = self.value()
        if value is None:
            return queryset
        if value == NOBODY:
            return queryset.filter(owner=None)
        key = _as_key(value)
        return queryset.none() if key is None else queryset.filter(owner=key)


def _as_key(value: str) -> Any:
    """The key of a user; ``None`` where it can't be one."""
    field = get_user_model()._meta.pk
    try:
        return cast("Any", field).to_python(value) if value else None
    except ValidationError:
        return None
