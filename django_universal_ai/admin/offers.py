"""Who could do the work of jobs instead, and what each of them costs."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .. import jobs
from ..backends import backends, choose_backend, choose_fallback_backend
from ..contract import ModelId, Offer
from ..contract.prices import RESERVE
from ..exceptions import InvalidInput
from ..jobs.prices import prices_of
from ..models import UniversalAIJob
from . import wording

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]


def common_feature(chosen: Iterable[UniversalAIJob]) -> str:
    """The ``feature/subfeature`` that all the jobs ask for; empty where they ask for several."""
    names = {f"{job.feature}/{job.subfeature}" for job in chosen}
    return names.pop() if len(names) == 1 else ""


def groups_of(name: str) -> Groups:
    """The models that serve a feature: those that run here, and those of services."""
    here: Choices = []
    remote: Choices = []
    for offer in _offers(name):
        model = ModelId.parse(offer.model)
        backend = choose_backend(model)
        if backend.runs_here:
            here.append((offer.model, f"{offer.model}: {_own_price(model)}"))
        else:
            remote.append((offer.model, f"{offer.model}: {_service_price(offer)}"))
    groups = [(_("In your workers"), sorted(here)), (_("At the service"), sorted(remote))]
    return [(label, choices) for label, choices in groups if choices]


def backend_for(job: UniversalAIJob, model: str) -> str:
    """Which backend would do the job with this model: where it can, the account it had before."""
    first = backends[(job.route or [job.backend])[0]]
    return choose_fallback_backend(ModelId.parse(model), first).alias


def _offers(name: str) -> list[Offer]:
    try:
        return jobs.offers(name)
    except (InvalidInput, ImproperlyConfigured):  # settings that can't be used serve nobody
        return []


def _own_price(model: ModelId) -> str:
    """The host's own price for what runs here."""
    told = [
        _("%(price)s credits per %(unit)s") % {"price": wording.cost(price), "unit": unit}
        for unit, price in prices_of(model, choose_backend(model)).items()
        if unit != RESERVE
    ]
    return " + ".join(told) or pgettext("price", "free")


def _service_price(offer: Offer) -> str:
    """What the service told of the price when the typed features were generated."""
    if not offer.price:
        return pgettext("price", "free")
    said = {"price": wording.cost(offer.price), "unit": offer.unit, "count": offer.quantity}
    if offer.quantity == 1:
        return _("$%(price)s per %(unit)s") % said
    return _("$%(price)s for %(count)d × %(unit)s") % said  # noqa: RUF001 - times
