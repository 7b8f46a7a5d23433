"""One page of a PDF or TIFF file as a picture, drawn when somebody looks at it.

In a process of its own, under limits of time and memory: what is drawn came from strangers, and a
file that breaks the renderer mustn't take the site's process along.
"""

from __future__ import annotations

import logging
import mimetypes
import subprocess
import sys
import threading
from importlib.util import find_spec

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from ..models import UniversalAIFile
from ..providers.process import child_environment
from .media_types import PDF, kind_of

logger = logging.getLogger("django_universal_ai")

#: What drawing needs; the extra ``[ocr]`` brings them.
NEEDED = ("pypdfium2", "PIL", "numpy")
#: Seconds for one page.
PATIENCE = 20.0
#: Bytes of memory for one page.
MEMORY = 1024**3
#: Bytes of a file that is drawn at all.
LARGEST = 200 * 1024**2
#: Pages that one process of the site draws at once; who comes then waits so many seconds.
_turns, _WAIT = threading.BoundedSemaphore(2), 10.0
#: Seconds for which a browser keeps a page: the content of a file never changes.
_KEEP = 86400


def url_of(site: AdminSite, file: UniversalAIFile, number: int) -> str:
    """Where the picture of a page is; empty where it can't be drawn here."""
    if not _is_drawable(file):
        return ""
    view = "admin:universal_ai_universalaifile_page"
    return reverse(view, args=[file.pk, number], current_app=site.name)


def serve(request: HttpRequest, file: UniversalAIFile, number: int) -> HttpResponse:
    """The page as a picture; pages count from 1. 404 where it can't be drawn, 503 when busy."""
    if not _is_drawable(file):
        raise Http404("It can't be drawn here.")
    if not _turns.acquire(timeout=_WAIT):
        return HttpResponse(
            "Too many pages are being drawn.", status=503, content_type="text/plain"
        )
    try:
        picture = _draw(file, number)
    finally:
        _turns.release()
    response = HttpResponse(picture, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response["Cache-Control"] = f"private, max-age={_KEEP}, immutable"
    patch_vary_headers(response, ["Cookie"])  # whoever logs in next doesn't see it
    return response


def _is_drawable(file: UniversalAIFile) -> bool:
    is_tiff = "image/tiff" in (file.content_type, mimetypes.guess_type(file.name)[0])
    wanted = is_tiff or kind_of(file.content_type, file.name) == PDF
    return wanted and file.size <= LARGEST and all(map(find_spec, NEEDED))


def _draw(file: UniversalAIFile, number: int) -> bytes:
    module = "django_universal_ai.providers.page_picture"
    try:
        with file.local_path() as path:
            done = subprocess.run(  # noqa: S603 - our own module, no shell
                [sys.executable, "-P", "-m", module, str(path), str(number), str(MEMORY)],
                capture_output=True,
                check=False,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
    except OSError:
        raise Http404("Its content isn't there (any more).") from None
    except subprocess.TimeoutExpired:
        logger.warning("file %s: page %d isn't drawn within %g s", file.pk, number, PATIENCE)
        raise Http404("It takes too long to draw.") from None
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        logger.info("file %s: page %d can't be drawn: %s", file.pk, number, said)
        raise Http404("It can't be drawn.")
    return done.stdout
