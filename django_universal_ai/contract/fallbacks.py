"""The three ways to write a fallback."""

from __future__ import annotations

from ..exceptions import InvalidInput
from .features.index import NAMES
from .model_id import ModelId


def resolve_fallback(model: ModelId, fallback: str) -> ModelId:
    """Read ``provider``, ``provider/model`` or a whole model string as a stand-in for ``model``.

    A model's name may hold slashes, so ``minimax/T2V/I2V-01-Director`` is a provider and a model;
    what starts with one of the service's categories is a whole model string.
    Raises :class:`~django_universal_ai.exceptions.InvalidInput` for the field ``fallbacks``.
    """
    category, _, rest = fallback.partition("/")
    whole = category in {model.feature, *NAMES} and "/" in rest
    try:
        resolved = ModelId.parse(fallback if whole else f"{model.name}/{fallback}")
    except InvalidInput:
        raise InvalidInput(
            "fallbacks",
            f"{fallback!r} is neither a provider, nor provider/model, nor a whole model string",
        ) from None
    if resolved.name != model.name:
        raise InvalidInput("fallbacks", f"{fallback!r} is for another feature than {model.name}")
    return resolved
