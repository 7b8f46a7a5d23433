from __future__ import annotations

import uuid

from django.db import models


class Job(models.Model):
    """One request."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    model = models.CharField(max_length=255)
    input = models.JSONField()
    status = models.CharField(max_length=16, default="processing", db_index=True)
    output = models.JSONField(null=True)
    error = models.JSONField(null=True)
    cost = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: models.Manager[Job] = models.Manager()

    def __str__(self) -> str:
        return f"{self.model} ({self.pk})"
