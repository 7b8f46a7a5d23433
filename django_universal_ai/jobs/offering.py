"""What can be asked for here, and at what price."""

from __future__ import annotations

from ..backends import backends, choose_backend
from ..contract import ModelId, Offer


def offers(name: str) -> list[Offer]:
    """The models for a ``feature/subfeature``, each told by the backend that would run it."""
    return [
        offer
        for backend in backends.all()
        for offer in backend.catalogue(name)
        if choose_backend(ModelId.parse(offer.model)) is backend
    ]
