from __future__ import annotations

import pytest

from django_universal_ai.providers.recognition import Piece, group_pieces


@pytest.mark.parametrize(
    ("line", "pieces", "words"),
    [
        ("for the autumn", "for the autum n", ["for", "the", "autumn"]),
        ("café au lait", "c a f é a u l a i t", ["café", "au", "lait"]),
        ("to to too", "to to too", ["to", "to", "too"]),
        ("第二 page", "第 二 p a g e", ["第", "二", "page"]),
        ("A第b", "A 第 b", ["A", "第", "b"]),
        ("what", "else here", ["else", "here"]),
        ("", "", []),
    ],
)
def test_pieces_become_words(line: str, pieces: str, words: list[str]) -> None:
    given: list[Piece] = [(text, 1.0, [(0, 0), (1, 1)]) for text in pieces.split()]
    groups = group_pieces(line, given)
    assert ["".join(text for text, *_ in group) for group in groups] == words
