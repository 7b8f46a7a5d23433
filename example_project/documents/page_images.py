"""Pages as pictures that every browser shows: drawn from PDFs, made smaller from photos.

They are made in the web process when somebody looks. A busy site would have its workers make them.
"""

from __future__ import annotations

import threading
from io import BytesIO

import pypdfium2
from django.core.cache import cache
from PIL import Image, ImageOps, UnidentifiedImageError

from django_universal_ai.models import UniversalAIFile

from . import kinds

#: Pixels of the longer side: small print can be read, and a page is some 100 kB.
LONGEST_SIDE = 1600
#: Seconds that a picture is kept after it was made.
KEPT = 24 * 3600
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
MEDIA_TYPE = "image/webp"

#: PDFium can't be used by two threads at once.
_pdfium = threading.Lock()


class NoPicture(Exception):
    """The file has no such page, or can't be shown; the message says why."""


def page_image(upload: UniversalAIFile, number: int) -> bytes:
    """The page with this number, counted from 1, as WebP. Raises :class:`NoPicture`."""
    key = f"documents:page:{upload.pk}:{number}"
    picture: bytes | None = cache.get(key)
    if picture is None:
        picture = _as_webp(_draw(upload, number - 1))
        cache.set(key, picture, KEPT)
    return picture


def _draw(upload: UniversalAIFile, index: int) -> Image.Image:
    try:
        with upload.open() as file:
            is_pdf = kinds.media_type(file) == kinds.PDF
            content = BytesIO(file.read())
        if index < 0:
            raise IndexError("pages are counted from 1")
        return _pdf_page(content, index) if is_pdf else _photo(content, index)
    except (
        OSError,  # the file is gone, or Pillow finds it damaged
        IndexError,  # there are fewer pages
        EOFError,
        SyntaxError,  # Pillow's word for a damaged PNG
        UnidentifiedImageError,
        Image.DecompressionBombError,
        pypdfium2.PdfiumError,
    ) as error:
        raise NoPicture(f"Page {index + 1} of {upload.name} can't be shown: {error}") from error


def _pdf_page(content: BytesIO, index: int) -> Image.Image:
    with _pdfium:
        document = pypdfium2.PdfDocument(content)
        try:
            page = document[index]
            picture: Image.Image = page.render(scale=LONGEST_SIDE / max(page.get_size())).to_pil()
            return picture.copy()  # the pixels are the document's, which is closed here
        finally:
            document.close()


def _photo(content: BytesIO, index: int) -> Image.Image:
    photo = Image.open(content, formats=FORMATS)
    photo.seek(index)
    photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG needn't be unpacked in full
    # As its camera was held: the boxes of the words are those of the upright page.
    upright = ImageOps.exif_transpose(photo)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright)
    picture = upright.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return picture


def _as_webp(picture: Image.Image) -> bytes:
    made = BytesIO()
    picture.save(made, "WEBP", quality=80)
    return made.getvalue()
