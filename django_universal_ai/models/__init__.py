"""The rows: jobs, their events and files, and what the processes share about each account."""

from __future__ import annotations

from .account import Account
from .candidate import Candidate
from .duration import DurationSketch, LearningCursor
from .event import EventKind, JobEvent
from .file import JobFile, UniversalAIFile
from .inbox import ReceiptState, Signature, WebhookReceipt
from .job import TERMINAL, Status, UniversalAIJob
from .price import Price, PriceUnit
from .relation import UniversalAIJobsField
from .rollup import CountingLock, Rollup, Span, Uncounted
from .typed import TypedJob

__all__ = [
    "TERMINAL",
    "Account",
    "Candidate",
    "CountingLock",
    "DurationSketch",
    "EventKind",
    "JobEvent",
    "JobFile",
    "LearningCursor",
    "Price",
    "PriceUnit",
    "ReceiptState",
    "Rollup",
    "Signature",
    "Span",
    "Status",
    "TypedJob",
    "Uncounted",
    "UniversalAIFile",
    "UniversalAIJob",
    "UniversalAIJobsField",
    "WebhookReceipt",
]
