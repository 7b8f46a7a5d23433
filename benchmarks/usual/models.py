from __future__ import annotations

from django.db import models


class Job(models.Model):
    """One request, and what came of it."""

    model = models.CharField(max_length=255)
    input = models.JSONField()
    public_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    status = models.CharField(max_length=16, default="pending")
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    cost = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects: models.Manager[Job] = models.Manager()

    def __str__(self) -> str:
        return f"{self.model} ({self.pk})"
