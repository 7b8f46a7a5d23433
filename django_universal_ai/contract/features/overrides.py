"""Rules of inputs that hold over several fields; written by hand, unlike what builds on them."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .base import FeatureInput


class MaskedInput(FeatureInput):
    """A mask says which part of an image to paint over: without an image there is none."""

    @field_validator("mask", check_fields=False)
    @classmethod
    def _mask_needs_image(cls, mask: str | None, info: ValidationInfo) -> str | None:
        # Not there at all: the images are wrong themselves, which is said already.
        if mask is not None and not info.data.get("reference_images", [mask]):
            raise PydanticCustomError(
                "mask", "needs an image to lie on: give reference_images as well"
            )
        return mask
