"""Remake the catalogues in ``django_universal_ai/locale`` and compile them: ``make messages``.

A sentence that is new comes in untranslated, one that changed as "fuzzy": translate the one, look
at the other, and run it again. A new language begins with its folder:
``mkdir -p django_universal_ai/locale/pl/LC_MESSAGES``.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from django.core.management import call_command

PACKAGE = Path("django_universal_ai")
TOOLS = ("xgettext", "msgmerge", "msgattrib", "msgfmt", "msguniq")
HEAD = r"""msgid ""
msgstr ""
"Project-Id-Version: django-universal-ai\n"
"Language: %(language)s\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
%(plural)s

"""


def main() -> int:
    """Work in the package; 1 where a tool is missing or a catalogue isn't complete."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"GNU gettext is needed, and there is no {', '.join(missing)} on PATH.")
        print("Debian and Ubuntu: apt install gettext. macOS: brew install gettext.")
        return 1
    os.chdir(PACKAGE)
    # File names without lines: what only moved makes no difference.
    call_command("makemessages", all=True, add_location="file", no_obsolete=True, verbosity=0)
    for path in sorted(Path("locale").glob("*/LC_MESSAGES/django.po")):
        path.write_text(with_head(path), encoding="utf-8")
    call_command("compilemessages", verbosity=0)
    return 0


def with_head(path: Path) -> str:
    """The catalogue with a head of our own, which has no date."""
    head, _, words = path.read_text(encoding="utf-8").partition("\n\n")
    plural = next(line for line in head.splitlines() if line.startswith('"Plural-Forms:'))
    return HEAD % {"language": path.parts[-3], "plural": plural} + words


if __name__ == "__main__":
    sys.exit(main())
