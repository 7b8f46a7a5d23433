"""What the gateway keeps beside the jobs."""

from __future__ import annotations

from .deleted_job import DeletedJob
from .tally import Tally
from .token import Token

__all__ = ["DeletedJob", "Tally", "Token"]
