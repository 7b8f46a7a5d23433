"""What the gateway keeps beside the jobs."""

from __future__ import annotations

from .answer import Answer
from .deleted_job import DeletedJob
from .idempotency_key import IdempotencyKey
from .token import Token

__all__ = ["Answer", "DeletedJob", "IdempotencyKey", "Token"]
