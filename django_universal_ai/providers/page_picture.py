"""Draws one page for people to look at.

::

    python -m django_universal_ai.providers.page_picture PATH PAGE BYTES

The picture goes to standard output as JPEG. Pages count from 1; ``BYTES`` limits the memory.
"""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from pathlib import Path

from ..exceptions import ProviderError
from .child import limit_memory
from .documents import open_document

#: Pixels of the longer side.
LONGEST_SIDE = 1600
QUALITY = 80


def picture(path: Path, number: int) -> bytes:
    """The page as JPEG. Raises :class:`~django_universal_ai.exceptions.ProviderError`."""
    from PIL import Image

    with open_document(path) as document:
        if not 1 <= number <= len(document):
            raise ProviderError(f"{path.name} has {len(document)} pages.")
        pixels = document.picture(number - 1)
    # Blue first, as the recognisers want it.
    image = Image.fromarray(pixels[:, :, 2::-1])
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    output = io.BytesIO()
    image.save(output, "JPEG", quality=QUALITY)
    return output.getvalue()


def main(path: str, number: str, memory: str) -> None:
    """Write the picture; the exit code says whether it worked."""
    with suppress(ImportError):  # Windows knows no such limit
        limit_memory(int(memory))
    try:
        drawn = picture(Path(path), int(number))
    except ProviderError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main(*sys.argv[1:])
