"""Who pays for what is read here, and how much a month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: The key of the purse that all visitors without an account share.
VISITORS = 0


class PurseQuerySet(models.QuerySet["Purse"]):
    """``Purse.objects``."""

    def of(self, user: User | None) -> PurseQuerySet:
        """The purse of a user, or that of the visitors; no row where nobody needed one yet."""
        return self.filter(pk=user.pk if user else VISITORS)

    def lock(self, user: User | None) -> Purse:
        """The purse, made if need be; nobody else gets it before this transaction ends."""
        purse, _ = self.select_for_update().get_or_create(
            pk=user.pk if user else VISITORS, defaults={"user": user}
        )
        return purse


class Purse(models.Model):
    """A budget of its own for an account, and the row that its uploads wait for."""

    #: The user's own key: one row each, also for the visitors, who have no user.
    id = models.BigIntegerField(primary_key=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: all visitors without an account, together.",
    )
    budget = models.DecimalField(
        max_digits=16,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Credits a month. Empty: what MONTHLY_BUDGET gives everybody.",
    )

    objects = PurseQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.user) if self.user else "Visitors without an account"

    def save(self, **kwargs: Any) -> None:
        """Give it the user's key."""
        self.pk = self.user.pk if self.user else VISITORS
        super().save(**kwargs)
