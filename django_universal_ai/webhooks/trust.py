"""Who sent a webhook, as far as its signature tells."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract.signature import find_signer
from ..models import Signature
from .keys import receiving_backends, usable_keys


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of the sender, and of which backends' jobs it may therefore speak."""

    signature: Signature
    backends: tuple[str, ...] = ()
    reason: str = ""


def judge(raw: bytes, signature: str) -> Verdict:
    """Check the raw body against the keys of all backends: the job isn't known yet.

    Where some backends have keys and others have none, a signature that fits nowhere still
    leaves a hint for the others.
    """
    keys = {backend.alias: usable_keys(backend) for backend in receiving_backends()}
    all_keys = [key for each in keys.values() for key in each]
    if signer := find_signer(raw, signature, all_keys):
        signed_for = tuple(alias for alias, each in keys.items() if signer in each)
        return Verdict(Signature.VALID, signed_for)
    if keyless := tuple(alias for alias, each in keys.items() if not each):
        return Verdict(Signature.UNCHECKED, keyless)
    return Verdict(Signature.INVALID, reason=_why(signature, len(all_keys)))


def _why(signature: str, keys: int) -> str:
    if not keys:
        return "No backend of this site has webhooks."
    if not signature:
        return "It has no signature."
    what = "the configured public key" if keys == 1 else f"any of the {keys} configured public keys"
    return f"Its signature doesn't fit {what}."
