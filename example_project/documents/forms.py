from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat

from . import kinds

#: Bytes; the remote service takes no more either.
LARGEST = 100 * 1024 * 1024
FORMATS = "audio or video, PDF, PNG, JPEG, WebP, TIFF, GIF or BMP"


class ManyFiles(forms.FileInput):
    """Several files may be chosen; the view makes a form of each, so a form has one."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class DocumentForm(forms.Form):
    """A file, and who gets its text out; ``cleaned_data["kind"]`` is what it turned out to be."""

    file = forms.FileField(
        label="Recordings, PDFs or images",
        widget=ManyFiles(attrs={"accept": "audio/*,video/*,image/*,.pdf"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "It is empty (0 bytes). Choose another one.",
        },
    )
    provider = forms.ChoiceField(
        label="Read by",
        required=False,
        choices=kinds.provider_choices,
        error_messages={"invalid_choice": "Choose one of the providers in the list."},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(
                f"It has {filesizeformat(file.size)}, and {LARGEST >> 20} MB is the most. "
                "Choose a smaller one, or a part of it."
            )
        kind = kinds.kind_of(kinds.media_type(file))
        if kind is None:
            raise ValidationError(
                f"It isn't a recording, a PDF or an image that can be read. Choose {FORMATS}."
            )
        self.cleaned_data["kind"] = kind
        return file

    def clean(self) -> dict[str, Any]:
        kind, provider = self.cleaned_data.get("kind"), self.cleaned_data.get("provider")
        if kind and provider and provider not in kind.remote:
            self.add_error(
                "provider",
                f"{provider.capitalize()} doesn't read {kind.noun}s. Choose another one.",
            )
        return self.cleaned_data

    def add_refusal(self, error: ValidationError) -> None:
        """Show what ``intake.take_in`` refused, next to the field it is about."""
        fields = {"input.file": "file", "model": "provider"}
        for name, messages in error.message_dict.items():
            self.add_error(fields.get(name), messages)

    @property
    def complaints(self) -> list[str]:
        """All that is wrong, in sentences."""
        return [str(message) for messages in self.errors.values() for message in messages]
