"""Opens what people send to be read: PDF files and pictures, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..exceptions import ProviderError
from .layout import Page
from .text_layer import read_text_layer

if TYPE_CHECKING:
    import numpy
    from PIL import Image

    #: One page, height x width x 3, 8 bits, blue first: what OpenCV and its friends want.
    Picture = numpy.ndarray[Any, numpy.dtype[numpy.uint8]]

#: Dots per inch at which PDF pages are drawn: small print still reads right.
DPI = 150
#: Pixels of a drawn page's longer side; the recogniser would shrink a bigger one anyway.
LONGEST_SIDE = 2000
#: The header may be preceded by rubbish of up to this many bytes.
PDF_HEADER_WITHIN = 1024
#: Formats that Pillow may try; its others run programs (EPS) or aren't pictures of pages.
PICTURE_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


class Document(Protocol):
    """Pages, numbered from 0."""

    def __len__(self) -> int:
        """How many pages there are."""

    def text_layer(self, number: int) -> Page | None:
        """The page's own text; ``None`` when its picture must be recognised."""

    def picture(self, number: int) -> Picture:
        """The page as a picture."""


@contextmanager
def open_document(path: Path) -> Iterator[Document]:
    """Open a PDF or a picture, by what is in it, not by its name; close it at the end.

    Raises :class:`~django_universal_ai.exceptions.ProviderError` when it is neither, is damaged
    or is protected; so do the document's methods.
    """
    with path.open("rb") as file:
        is_pdf = b"%PDF-" in file.read(PDF_HEADER_WITHIN)
    with closing(PDF(path) if is_pdf else Pictures(path)) as document:
        yield document


class PDF:
    """A PDF file."""

    def __init__(self, path: Path) -> None:
        from pypdfium2 import PdfDocument, PdfiumError

        self._name = path.name
        try:
            self._document = PdfDocument(path)
        except PdfiumError as error:
            if "password" in str(error):
                raise ProviderError(
                    f"{path.name} is protected by a password: save it without one."
                ) from None
            raise ProviderError(f"{path.name} is a damaged PDF file: {error}") from None

    def __len__(self) -> int:
        return len(self._document)

    def close(self) -> None:
        """Close the file."""
        self._document.close()

    def text_layer(self, number: int) -> Page | None:
        """See :class:`Document`."""
        with self._damage_on(number):
            return read_text_layer(self._document[number])

    def picture(self, number: int) -> Picture:
        """See :class:`Document`."""
        with self._damage_on(number):
            page = self._document[number]
            scale = min(DPI / 72, LONGEST_SIDE / max(page.get_size()))
            picture: Picture = page.render(scale=scale).to_numpy()
            return picture

    @contextmanager
    def _damage_on(self, number: int) -> Iterator[None]:
        from pypdfium2 import PdfiumError

        try:
            yield
        except PdfiumError as error:
            message = f"Page {number + 1} of {self._name} is damaged: {error}"
            raise ProviderError(message) from None


class Pictures:
    """A picture file: one page, or several (TIFF)."""

    def __init__(self, path: Path) -> None:
        from PIL import Image, UnidentifiedImageError

        self._name = path.name
        try:
            self._file = Image.open(path, formats=PICTURE_FORMATS)
        except UnidentifiedImageError:
            message = f"{path.name} is neither a PDF nor a picture that can be read."
            raise ProviderError(message) from None
        except Image.DecompressionBombError as error:
            raise ProviderError(f"{path.name} has too many pixels: {error}") from None

    def __len__(self) -> int:
        # The frames of other formats are an animation, not pages.
        return getattr(self._file, "n_frames", 1) if self._file.format == "TIFF" else 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def text_layer(self, number: int) -> None:
        """Pictures have none."""

    def picture(self, number: int) -> Picture:
        """See :class:`Document`."""
        try:
            self._file.seek(number)
            return _as_picture(self._file)
        except Exception as error:
            # What Pillow raises on damage depends on the format: OSError, SyntaxError, IndexError.
            message = f"Page {number + 1} of {self._name} is damaged: {error}"
            raise ProviderError(message) from None


def _as_picture(image: Image.Image) -> Picture:
    """Upright as its camera meant it, on white where it is transparent."""
    import numpy
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits of grey: Pillow would cut them off, not scale them
        image = Image.fromarray((numpy.asarray(image) // 256).astype(numpy.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return numpy.ascontiguousarray(numpy.asarray(image.convert("RGB"))[:, :, ::-1])
