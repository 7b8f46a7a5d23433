from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract import describe_error
from django_universal_ai.contract.html_text import html_text


def describe(page: str) -> str:
    return describe_error(502, "text/html; charset=utf-8", page.encode(errors="replace"))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><head><title>502 Bad Gateway</title></head><body>x</body>", "502 Bad Gateway"),
        ("<h1>Sorry</h1><p>We are <b>down</b> &amp; out", "Sorry We are down & out"),
        ("<title> </title><p>Down", "Down"),
        ("<title>Down</title><p>It is down", "Down"),
        ("<style>p {color: red}</style><script>alert(1)</script><p>Down", "Down"),
        ("<p>Down<![what[ever", "Down"),
    ],
)
def test_a_page_is_its_title_or_its_words(page: str, words: str) -> None:
    assert " ".join(html_text(page).split()) == words
    assert describe(page).startswith(words)


@given(st.text(st.sampled_from("<>![]/-?&;# atitle\"'=")))
def test_no_page_is_too_broken(page: str) -> None:
    assert describe(page)
