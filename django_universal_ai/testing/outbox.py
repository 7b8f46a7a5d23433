"""Finding jobs among those that were asked for, and saying what there was instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..contract import matches
from ..models import UniversalAIJob


def fits(job: UniversalAIJob, model: str, fields: Mapping[str, Any]) -> bool:
    """Whether a job is for that model, and has these fields."""
    named = matches(job.requested_model, model)
    return named and all(_holds(getattr(job, name), value) for name, value in fields.items())


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return all(name in found and _holds(found[name], wanted[name]) for name in wanted)
    return bool(found == wanted)


def described(
    jobs: Sequence[UniversalAIJob],
    found: Sequence[UniversalAIJob],
    count: int,
    model: str,
    fields: Mapping[str, Any],
) -> str:
    """Why an assertion failed, with all that was asked for."""
    wanted = ", ".join([repr(model or "any model"), *(f"{k}={v!r}" for k, v in fields.items())])
    lines = [f"{len(found)} jobs fit {wanted}; {count} should."]
    lines += ["Asked for were:" if jobs else "No job was asked for."]
    for job in jobs:
        shown = {"input": job.input} | {name: getattr(job, name) for name in fields}
        told = ", ".join(f"{name}={value!r}"[:200] for name, value in shown.items())
        lines.append(f"  {job.requested_model!r} ({job.status}): {told}")
    return "\n".join(lines)
