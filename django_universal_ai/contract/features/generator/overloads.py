"""What type checkers are told of ``submit``: whose literal model string has which output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from . import rules
from .rendering import Classes

#: The one file that isn't among the features: managers are the models' business.
SUBMITTING = PurePosixPath("submitting.py")

_START = '''
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import Unpack

if TYPE_CHECKING:
    from ..contract.features import {categories}
    from .asked import Asked
    from .job import UniversalAIJob
    from .typed import TypedJob


class Submitting:
    """A job that a literal model string asks for has that feature's output as its ``result``."""

    if TYPE_CHECKING:
'''

_OVERLOAD = """
        @overload
        {prefix}def {name}(
            self, *, model: {model}, **request: Unpack[Asked]
        ) -> {job}: ...
"""

_ANY = """
        {prefix}def {name}(self, *, model: str, **request: Any) -> Any: ...
"""


def model_alias(classes: Classes) -> str:
    """``OcrAsyncModel = Literal[...]``; empty where no model is known."""
    names = known_models(classes)
    return f"{classes.stem}Model = Literal[{', '.join(map(repr, names))}]\n" if names else ""


def known_models(classes: Classes) -> list[str]:
    """All model strings that are told, and those of our own offline providers."""
    feature = classes.feature
    offline = (f"{feature.name}/{name}" for name in rules.OFFLINE.get(feature.name, ()))
    return sorted({*(offer.model for offer in feature.offers), *offline})


def submitting(members: Iterable[Classes]) -> str:
    """The module with all overloads, without its head."""
    known = [each for each in members if known_models(each)]
    categories = sorted({each.feature.category for each in known})
    body = _START.format(categories=", ".join(categories))
    for prefix, name in (("", "submit"), ("async ", "asubmit")):
        for each in known:
            stem = f"{each.feature.category}.{each.stem}"
            model, job = f"{stem}Model", f"TypedJob[{stem}Output]"
            body += _OVERLOAD.format(prefix=prefix, name=name, model=model, job=job)
        body += _OVERLOAD.format(prefix=prefix, name=name, model="str", job="UniversalAIJob")
        body += _ANY.format(prefix=prefix, name=name)
    return body
