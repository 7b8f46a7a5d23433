from __future__ import annotations

from django.apps import AppConfig


class UsualConfig(AppConfig):
    name = "benchmarks.usual"
    label = "usual"
    default_auto_field = "django.db.models.BigAutoField"
