"""Reads one page with RapidOCR, whichever way it lies, and says it in the contract's shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from .layout import Box, Line, Page, Word

if TYPE_CHECKING:
    from rapidocr import RapidOCR as Engine
    from rapidocr.utils.output import RapidOCROutput

    from .documents import Picture

#: Mean confidence of a page below which it may lie on its side or head.
SURE = 0.9
#: Height of a line relative to its width from which it stands upright.
TALL = 1.5
#: From this character on, scripts are written without spaces (Chinese, Japanese).
WITHOUT_SPACES = "\u2e80"

#: Pixels from the left and the top.
Corner = tuple[float, float]
#: Text, score and corners of a word, or of a part of one.
Piece = tuple[str, float, Sequence[Corner]]


@dataclass(frozen=True)
class Reading:
    """What the engine made of one page."""

    result: RapidOCROutput
    """``boxes`` (four corners in pixels), ``txts`` and ``scores`` by line; all None when blank."""

    shape: tuple[int, int]
    """Height and width in pixels of the picture as it was read."""

    quarters: int = 0
    """Quarter turns to the left that the picture was given before."""

    @property
    def lines(self) -> list[tuple[list[Corner], str, float]]:
        """Corners, text and score of each line."""
        result = self.result
        if result.txts is None or result.boxes is None or result.scores is None:
            return []
        return list(zip(result.boxes.tolist(), result.txts, result.scores, strict=True))

    @property
    def certainty(self) -> float:
        """How many characters are right by the engine's own estimate."""
        return sum(len(text) * score for _, text, score in self.lines)

    @property
    def doubtful(self) -> bool:
        """Whether the page may lie on its side or head."""
        if not self.lines:
            return False
        tall = [_is_tall(corners) for corners, text, _ in self.lines if len(text) > 1]
        return fmean(score for *_, score in self.lines) < SURE or sum(tall) * 2 > len(tall)

    def page(self) -> Page:
        """The lines in the shape of the contract, with boxes for the picture as it was sent."""
        words: Any = self.result.word_results if self.lines else ()
        # The engine leaves out a line that it has no words for: whose the others are is unknown.
        matched = words if len(words) == len(self.lines) else [()] * len(self.lines)
        return [
            Line(text, self._words(text, pieces), self._box(corners), round(score, 4))
            for (corners, text, score), pieces in zip(self.lines, matched, strict=True)
        ]

    def source(self) -> dict[str, Any]:
        """The engine's own words, as JSON."""
        lines = [
            {"text": text, "score": score, "corners": corners}
            for corners, text, score in self.lines
        ]
        return {"source": "rapidocr", "turned_left": 90 * self.quarters, "lines": lines}

    def _words(self, line: str, pieces: Sequence[Piece]) -> list[Word]:
        return [self._word(group) for group in group_pieces(line, pieces)]

    def _word(self, group: list[Piece]) -> Word:
        text = "".join(piece for piece, *_ in group)
        confidence = sum(len(piece) * score for piece, score, _ in group) / len(text)
        box = self._box(corner for *_, corners in group for corner in corners)
        return Word(text, box, round(confidence, 4))

    def _box(self, corners: Iterable[Corner]) -> Box:
        height, width = self.shape
        return Box.around(_turn_back(x / width, y / height, self.quarters) for x, y in corners)


def group_pieces(line: str, pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces of each word of a line.

    The engine parts a word where its letters stand wide, and parts every letter of a line that
    holds one with an accent. What has no space between belongs together, except in scripts that
    are written without spaces: there each sign stays alone.
    """
    groups: list[list[Piece]] = []
    end = 0
    for piece in pieces:
        start = line.find(piece[0], end)
        joined = groups and start == end and max(line[start - 1], piece[0][0]) < WITHOUT_SPACES
        if joined:
            groups[-1].append(piece)
        else:
            groups.append([piece])
        end = max(start, end) + len(piece[0])
    return groups


def read(engine: Engine, picture: Picture) -> Reading:
    """Read a page, turned if it lies on its side or head."""
    first = _read_turned(engine, picture, 0)
    if not first.doubtful:
        return first
    turned = [_read_turned(engine, picture, quarters) for quarters in (2, 1, 3)]
    # Lines that run from top to bottom are read well too, but in the wrong order.
    candidates = [reading for reading in (first, *turned) if not reading.doubtful]
    return max(candidates or [first, *turned], key=lambda reading: reading.certainty)


def _read_turned(engine: Engine, picture: Picture, quarters: int) -> Reading:
    import numpy

    turned = numpy.ascontiguousarray(numpy.rot90(picture, quarters))
    result: Any = engine(turned)
    return Reading(result, turned.shape[:2], quarters)


def _is_tall(corners: list[Corner]) -> bool:
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return max(down) - min(down) > TALL * (max(across) - min(across))


def _turn_back(x: float, y: float, quarters: int) -> tuple[float, float]:
    """A point of a turned picture, in fractions, on the picture as it was."""
    for _ in range(quarters):
        x, y = 1 - y, x
    return x, y
