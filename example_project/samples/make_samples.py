"""Makes the two samples beside this file: ``scan.pdf`` and ``speech.wav``.

Run ``python example_project/samples/make_samples.py`` after changing it. Needs the ``ocr`` extra
(for Pillow and NumPy), the DejaVu fonts and ``espeak-ng`` on the path. The same input makes the
same bytes, so that the samples only change in Git when they were meant to.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).resolve().parent
FONTS = Path("/usr/share/fonts/truetype/dejavu")

DPI = 150
PAGE_SIZE = (1240, 1754)  # A4
MARGIN = 130
TITLE_HEIGHT, TEXT_HEIGHT, LINE_STEP = 44, 30, 54
PAPER, INK = 246, 40
#: Per page: how far it lay turned on the scanner's glass, in degrees.
TURNS = (0.4, -0.3)

PAGES = (
    """\
Lantern Street Library
Minutes of the meeting on 14 March 2025

The chair opened the meeting at 18:30 and welcomed
eleven members. The minutes of February were read
and accepted without changes.

The heating in the reading room failed twice during
the winter. Two offers for a new boiler have arrived,
one of 8,450 euros and one of 9,120 euros. The
members chose the first, because it can be fitted
before the summer holidays.

The book sale in April needs more helpers. Please
tell Ms. Abara by Friday if you can carry boxes or
stand at the till on Saturday morning.""",
    """\
Plans for the autumn

Three evenings are agreed: a talk on old maps in
September, a repair workshop in October, and the
night of short stories in November.

Opening hours stay as they are, from Tuesday to
Saturday, 10:00 to 18:00. The returns box beside the
door can be used at any time.

The next meeting is on 11 April 2025 at 18:30.

Signed: Jonas Weidlich, secretary""",
)

SENTENCE = "please call me tomorrow morning"
#: The voice and speed that an offline recogniser follows best.
VOICE = ("-v", "en-us+klatt3", "-s", "200")
SILENCE_SECONDS = 0.5


def main() -> None:
    """Write both samples."""
    pages = [
        scan(draw(text), turn, seed)
        for seed, (text, turn) in enumerate(zip(PAGES, TURNS, strict=True))
    ]
    pages[0].save(
        HERE / "scan.pdf",
        save_all=True,
        append_images=pages[1:],
        resolution=DPI,
        quality=60,
        title="Minutes (a sample made by make_samples.py)",
        creationDate=None,
        modDate=None,
    )
    speak(SENTENCE, HERE / "speech.wav")


def draw(text: str) -> Image.Image:
    """A clean page: a title in bold, then the text."""
    page = Image.new("L", PAGE_SIZE, PAPER)
    pen = ImageDraw.Draw(page)
    title, *lines = text.splitlines()
    pen.text((MARGIN, MARGIN), title, INK, font(TITLE_HEIGHT, bold=True))
    for number, line in enumerate(lines):
        top = MARGIN + 2 * TITLE_HEIGHT + number * LINE_STEP
        pen.text((MARGIN, top), line, INK, font(TEXT_HEIGHT))
    return page


def font(height: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Serif in a height in pixels."""
    return ImageFont.truetype(FONTS / f"DejaVuSerif{'-Bold' if bold else ''}.ttf", height)


def scan(page: Image.Image, turn: float, seed: int) -> Image.Image:
    """The page as a tired scanner sees it: turned, a little soft, uneven and grainy."""
    page = page.rotate(turn, Image.Resampling.BICUBIC, fillcolor=PAPER)
    page = page.filter(ImageFilter.GaussianBlur(0.7))
    width, height = page.size
    shade = np.linspace(0, 14, width)[None, :] + np.linspace(8, 0, height)[:, None]
    grain = np.random.default_rng(seed).normal(0, 5, (height, width))
    return Image.fromarray(np.clip(np.asarray(page) - shade + grain, 0, 255).astype("uint8"))


def speak(sentence: str, target: Path) -> None:
    """The spoken sentence between two silences, mono, as espeak-ng renders it."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise SystemExit("espeak-ng is missing: install the Debian package of that name.")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw.wav")
        # Not --stdout: the WAV header that it writes there gives a wrong length.
        subprocess.run([program, *VOICE, "-w", raw, sentence], check=True)  # noqa: S603
        with wave.open(str(raw)) as spoken:
            parameters, frames = spoken.getparams(), spoken.readframes(spoken.getnframes())
    silence = bytes(int(SILENCE_SECONDS * parameters.framerate) * parameters.sampwidth)
    with wave.open(str(target), "wb") as sample:
        sample.setparams(parameters)
        sample.writeframes(silence + frames + silence)


if __name__ == "__main__":
    main()
