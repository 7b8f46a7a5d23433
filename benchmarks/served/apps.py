from __future__ import annotations

from django.apps import AppConfig


class ServedConfig(AppConfig):
    name = "benchmarks.served"
    label = "served"
