"""The wire contract of a Universal AI service, for both its ends.

Imports neither Django nor an HTTP client: what is here can be read and tested by itself.
"""

from __future__ import annotations

from .cost import Cost, format_cost, parse_cost
from .errors import ErrorDetail, describe_error
from .features import (
    CATEGORIES,
    FEATURES,
    Category,
    Feature,
    Offer,
    check_input,
    feature_of,
    file_fields,
    parse_output,
    sample_input,
    sample_output,
)
from .files import DeletedFiles, DeleteFiles, FileInfo, FileList, UploadOptions
from .info import CategoryInfo, CategoryList, FeatureDetail, FeatureInfo, SchemaFormat
from .json_value import json_problem
from .listing import JobList, JobListItem
from .model_id import ModelId
from .patterns import matches
from .redaction import redact
from .request import JobRequest, SyncRequest
from .response import JobResponse, SyncResponse
from .retry import retry_after
from .status import JobStatus, is_terminal
from .webhook import WebhookEvent

__all__ = [
    "CATEGORIES",
    "FEATURES",
    "Category",
    "CategoryInfo",
    "CategoryList",
    "Cost",
    "DeleteFiles",
    "DeletedFiles",
    "ErrorDetail",
    "Feature",
    "FeatureDetail",
    "FeatureInfo",
    "FileInfo",
    "FileList",
    "JobList",
    "JobListItem",
    "JobRequest",
    "JobResponse",
    "JobStatus",
    "ModelId",
    "Offer",
    "SchemaFormat",
    "SyncRequest",
    "SyncResponse",
    "UploadOptions",
    "WebhookEvent",
    "check_input",
    "describe_error",
    "feature_of",
    "file_fields",
    "format_cost",
    "is_terminal",
    "json_problem",
    "matches",
    "parse_cost",
    "parse_output",
    "redact",
    "retry_after",
    "sample_input",
    "sample_output",
]
