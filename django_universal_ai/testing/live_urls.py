"""The URLconf of the live server: the gateway, then all that the project itself serves."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.urls import include, path

from ..gateway.urls import app_name as NAMESPACE
from . import live

#: The project's own URLconf; the fixture puts this one into its place.
project = ""


def __getattr__(name: str) -> Any:
    """Its error handlers, too, are the project's.

    Not by ``include``, which takes neither these nor patterns of languages.
    """
    if name == "urlpatterns":
        gateway = path("v3/", include((live.paths(), NAMESPACE)))
        return [gateway, *import_module(project).urlpatterns]
    if name.startswith("handler"):
        return getattr(import_module(project), name)
    raise AttributeError(name)
