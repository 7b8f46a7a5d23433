"""Change the code in small ways and see whether a test notices: `make mutants`.

A scope is some modules and the tests that are to notice. Each gets a copy of the project in
`var/mutants/`, where a run that was stopped goes on; `make mutants ARGS="limits results"` lists
what survived, and `ARGS="limits show NAME"` shows one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import file_mutation

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "django_universal_ai"

#: All but the state machine, which takes its time, and would find what the others don't say.
JOBS = [
    f"tests/jobs/test_{name}.py"
    for name in (
        *("adopting", "asked", "asking", "asking_again", "asking_many", "erasing"),
        *("falling_back", "hearing", "intake"),
        *("moves", "moves_stored", "moves_written", "needs", "one_active", "prices"),
        *("runs", "telling", "writer"),
    )
]
#: What is asked by way of the modules above.
AROUND = [
    *("tests/engine/test_counting.py", "tests/engine/test_resolving.py"),
    *("tests/engine/test_running.py", "tests/gateway/test_cache.py"),
    *("tests/gateway/test_info.py", "tests/management/verbs/test_looking_after.py"),
]
#: The modules of each scope, and the tests that judge them.
SCOPES = {
    "limits": (["limits.py"], ["tests/test_limits.py", "tests/test_limits_accounts.py"]),
    "signature": (
        ["contract/signature.py", "webhooks/*.py"],
        ["tests/contract/test_signature.py", "tests/webhooks"],
    ),
    "contract": (["contract/[a-z]*.py"], ["tests/contract"]),
    "writer": (["jobs/writer.py", "jobs/moves.py"], JOBS),
    "asking": (["jobs/*.py"], [*JOBS, *AROUND]),
}
#: What a scope leaves to another one, and `features/`, which is data that a program writes.
LEFT_OUT = {
    "contract": ["contract/signature.py", "contract/features/*"],
    "asking": ["jobs/writer.py", "jobs/moves.py"],
}

_mangled = file_mutation.function_trampoline_arrangement
_is_skipped: Any = file_mutation.MutationVisitor._skip_node_and_children


def _decorators(node: cst.FunctionDef) -> set[str]:
    return {
        each.decorator.value for each in node.decorators if isinstance(each.decorator, cst.Name)
    }


def _skip(self: Any, node: cst.CSTNode) -> bool:
    """As mutmut does, but not every decorated function: here half of the code is one."""
    if not isinstance(node, cst.FunctionDef) or not _decorators(node) & _KEPT:
        return bool(_is_skipped(self, node))
    return len(node.decorators) > 1


#: Decorators whose function may be exchanged below them.
_KEPT = {"retrying", "contextmanager", "property"}


def _arrange(function: cst.FunctionDef, mutants: Iterable[Any], class_name: str | None) -> Any:
    """The decorator stays on what everybody calls; the mutants below it are bare."""
    empty, nodes, filled, names = _mangled(function, mutants, class_name)
    if _decorators(function) & _KEPT:
        nodes = [nodes[0], *(node.with_changes(decorators=[]) for node in nodes[1:])]
    return empty, nodes, filled, names


def _copy(scope: str) -> Path:
    """What git knows of, so that nothing that lies around is tested as well."""
    folder = ROOT / "var" / "mutants" / scope
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in listed.splitlines():
        source, target = ROOT / name, folder / name
        if source.is_file() and not (
            target.is_file() and target.read_bytes() == source.read_bytes()
        ):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def _configure(scope: str) -> None:
    modules, tests = SCOPES[scope]
    found = config()
    found.only_mutate = [f"{PACKAGE}/{name}" for name in modules]
    found.do_not_mutate = [f"{PACKAGE}/{name}" for name in LEFT_OUT.get(scope, [])]
    found.pytest_add_cli_args_test_selection = tests


def main() -> None:
    scope, *arguments = sys.argv[1:] or ["limits"]
    if scope not in SCOPES:
        sys.exit(f"{scope} is none of {', '.join(SCOPES)}")
    beside = ROOT.parent / "shared" / "contract"
    if beside.is_dir():
        os.environ.setdefault("UNIVERSAL_AI_CONTRACT_DIR", str(beside))
    os.chdir(_copy(scope))
    visitor: Any = file_mutation.MutationVisitor
    visitor._skip_node_and_children = _skip
    file_mutation.function_trampoline_arrangement = _arrange
    _configure(scope)
    mutmut.cli(arguments or ["run"])


if __name__ == "__main__":
    main()
