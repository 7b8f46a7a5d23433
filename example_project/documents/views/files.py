"""What was uploaded: as it came, and page by page as pictures."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from django_universal_ai.models import UniversalAIFile

from .. import kinds
from ..page_images import MEDIA_TYPE, NoPicture, page_image
from ..ranges import file_response
from .document import find


@require_safe
@cache_control(private=True)
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The uploaded file, under the type that its bytes tell; what they don't tell isn't shown."""
    upload = _upload(request, pk)
    try:
        file = upload.open()
    except OSError as error:  # its owner deleted it over the API
        raise Http404 from error
    media = kinds.media_type(file)
    known = kinds.kind_of(media) is not None
    return file_response(
        request,
        file,
        upload.size,
        filename=upload.name,
        as_attachment=not known,
        content_type=media if known else "application/octet-stream",
    )


@require_safe
@cache_control(private=True, max_age=3600)
def page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A page of the uploaded file as a picture."""
    try:
        picture = page_image(_upload(request, pk), number)
    except NoPicture as error:
        raise Http404(str(error)) from error
    return HttpResponse(picture, content_type=MEDIA_TYPE)


def _upload(request: HttpRequest, pk: int) -> UniversalAIFile:
    upload = find(request, pk).upload
    if upload is None:
        raise Http404("Nothing was uploaded for it.")
    return upload
