"""Why a person does it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def reason_field(help_text: Any) -> forms.CharField:
    """For those who find later what was done; ``help_text`` tells who reads it."""
    return forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text=help_text,
        error_messages={"required": _("Say why.")},
    )
