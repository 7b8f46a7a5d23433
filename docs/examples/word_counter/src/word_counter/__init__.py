"""Counts words: a complete provider for django-universal-ai.

Nothing here imports Django: a provider runs in a process of its own, which has no settings.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import ClassVar

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import Progress, Provider, ProviderRequest, ProviderResult

WORD = re.compile(r"[^\W\d_]+")


class WordCounter(Provider):
    """``text/word_count_async/word-counter``"""

    name: ClassVar[str] = "word-counter"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"text/word_count_async"})
    #: Other names in ``provider_params`` are refused when the job is submitted.
    params: ClassVar[frozenset[str]] = frozenset({"most"})
    #: So a site that can't give them out doesn't take the job.
    makes_files: ClassVar[bool] = True

    def run(self, request: ProviderRequest, progress: Progress) -> ProviderResult:
        """Count the words of ``input.file``; ``provider_params.most`` of them are in the output."""
        most = request.provider_params.get("most", 10)
        if not isinstance(most, int) or not 1 <= most <= 1000:
            raise ProviderError("provider_params.most must be a number from 1 to 1000.")
        path = request.file()
        size, read = path.stat().st_size, 0
        counts: Counter[str] = Counter()
        try:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    counts.update(word.lower() for word in WORD.findall(line))
                    read += len(line.encode())
                    progress(read / size)
        except UnicodeDecodeError:
            raise ProviderError(f"{path.name} is no text: save it as UTF-8.") from None

        # Written into the run's folder, it is stored, and the output has a link to it.
        table = request.folder / "words.csv"
        rows = "".join(f"{word},{count}\n" for word, count in counts.most_common())
        table.write_text(f"word,count\n{rows}", encoding="utf-8")

        return ProviderResult(
            output={
                "words": counts.total(),
                "most_common": [
                    {"word": word, "count": count} for word, count in counts.most_common(most)
                ],
                "table_url": "",
            },
            original_response=dict(counts) if request.show_original_response else None,
            files={"table_url": table},
        )
