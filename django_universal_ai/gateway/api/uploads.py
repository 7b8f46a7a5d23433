"""``/upload``: files that jobs can read."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import File, Form, Query, Router, UploadedFile
from ninja.decorators import decorate_view
from pydantic import Field

from ... import engine
from ...contract import DeleteFiles, UploadOptions
from ...models import UniversalAIFile
from .. import files
from ..conf import gateway_settings
from ..models import Token
from . import schemas, wire
from .auth import Request
from .errors import unprocessable
from .paging import Page, Text
from .upload_limit import FileTooLarge, UploadLimit

router = Router(tags=["files"])


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


class FileQuery(Page):
    """Which files are asked for."""

    purpose: Text | None = Field(default=None, max_length=50)


class Options(UploadOptions):
    """What goes with the file."""

    purpose: Text = Field(default="general", min_length=1, max_length=50)


def _visible(token: Token) -> QuerySet[UniversalAIFile]:
    return UniversalAIFile.objects.living().filter(owner=token.owner_id)


def limited(view: View) -> View:
    """Keep the limit while Django reads the form, which it does before the view is called."""

    @wraps(view)
    def limit(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        handler = UploadLimit(request, gateway_settings().MAX_UPLOAD_BYTES)
        with suppress(AttributeError):  # too late: a middleware has read the form already
            request.upload_handlers.insert(0, handler)
        response: HttpResponse | None = None
        try:
            response = view(request, *args, **kwargs)
        finally:
            if response is None or response.status_code >= 400:
                _drop_temporary_files(request)
        return response

    return limit


def _drop_temporary_files(request: HttpRequest) -> None:
    """Django leaves those of a broken upload to the garbage collector; a full disk can't wait."""
    for handler in request.upload_handlers:
        with suppress(OSError):  # what is still in a buffer finds no room either
            handler.upload_interrupted()


@router.post("", response=schemas.File, summary="Upload file")
@decorate_view(limited)
def upload_file(request: Request, file: File[UploadedFile], options: Form[Options]) -> JsonResponse:
    """Keep a file; its id may stand in the input of jobs until it expires."""
    limit = gateway_settings().MAX_UPLOAD_BYTES
    if (file.size or 0) > limit:
        raise FileTooLarge(limit)
    if not file.size:
        return unprocessable(("body", "file"), "The file is empty.")
    mime = files.mime_type(file)
    stored = UniversalAIFile.objects.store(
        file,
        owner=request.auth.owner,
        content_type=mime,
        purpose=options.purpose,
        metadata=files.details(file, mime),
        expires_at=timezone.now() + timedelta(days=options.expires_in_days),
    )
    return JsonResponse(wire.file(stored))


@router.get("", response=schemas.Files, summary="List files")
def list_files(request: Request, query: Query[FileQuery]) -> JsonResponse:
    """The owner's files that haven't expired, newest first."""
    rows = _visible(request.auth)
    if query.purpose is not None:
        rows = rows.filter(purpose=query.purpose)
    return JsonResponse(query.of(rows.order_by("-created_at", "pk"), wire.file))


@router.delete("", response=schemas.Deleted, summary="Delete all files")
def delete_all_files(request: Request) -> JsonResponse:
    """Delete every file of the owner for good."""
    return JsonResponse({"deleted_count": engine.expire(_visible(request.auth))})


@router.post("/delete", response=schemas.Deleted, summary="Delete files by ids")
def delete_files_by_ids(request: Request, body: DeleteFiles) -> JsonResponse:
    """Delete some files for good; ids of files that aren't the owner's are passed over."""
    chosen = _visible(request.auth).filter(pk__in=body.file_ids)
    return JsonResponse({"deleted_count": engine.expire(chosen)})
