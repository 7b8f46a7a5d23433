"""The form of a token: its features as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Token
from ..models.token import LIMITS

if TYPE_CHECKING:
    Base = forms.ModelForm[Token]
else:  # at run time Django's class takes no parameter
    Base = forms.ModelForm


class FeatureLines(forms.CharField):
    """A list of features, one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return (value or "").replace(",", " ").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class TokenForm(Base):
    """Everything of a token that people may say."""

    allowed_features = FeatureLines(
        label=_("Allowed features"),
        required=False,
        help_text=_("One a line: feature or feature/subfeature. Empty: all."),
    )

    class Meta:
        model = Token
        fields = ("owner", "name", "sandbox", "expires_at", *LIMITS)
