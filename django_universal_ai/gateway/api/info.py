"""``/info``: what can be asked for here. No token is needed, as at the service itself."""

from __future__ import annotations

from typing import Literal

from django.http import Http404, HttpRequest, JsonResponse
from ninja import Router

from ... import jobs
from ...contract import (
    CATEGORIES,
    Category,
    CategoryInfo,
    CategoryList,
    Feature,
    FeatureDetail,
    FeatureInfo,
    SchemaFormat,
)
from . import schemas

router = Router(tags=["info"], auth=None)


@router.get("", response=schemas.FeatureGroups, summary="List features")
def list_features(request: HttpRequest) -> JsonResponse:
    """All features, with the models that do them here."""
    found = CategoryList(features=[_listed(category) for category in CATEGORIES.values()])
    return JsonResponse(found.model_dump())


@router.get("/{feature}", response=schemas.FeatureGroup, summary="List subfeatures")
def list_subfeatures(request: HttpRequest, feature: str) -> JsonResponse:
    """One feature with its subfeatures."""
    return JsonResponse(_listed(_category(feature)).model_dump())


@router.get("/{feature}/{subfeature}", response=schemas.FeatureDetails, summary="Get feature info")
def get_feature_info(
    request: HttpRequest,
    feature: str,
    subfeature: str,
    format: Literal["simplified", "json_schema"] = "simplified",
) -> JsonResponse:
    """What a subfeature needs, what it gives back, and who does it here."""
    category = _category(feature)
    found = _feature(category, subfeature)
    detail = FeatureDetail.of(
        category,
        found,
        format=SchemaFormat(format),
        endpoints=_endpoints(found, root=request.path.removesuffix(f"info/{found.name}")),
        offers=jobs.offers(found.name),
    )
    return JsonResponse(detail.model_dump())


def _listed(category: Category) -> CategoryInfo:
    return CategoryInfo(
        name=category.name,
        fullname=category.title,
        subfeatures=[
            FeatureInfo.of(feature, jobs.offers(feature.name)) for feature in category.features
        ],
    )


def _category(name: str) -> Category:
    if name not in CATEGORIES:
        raise Http404(f"There is no such feature. Known: {', '.join(CATEGORIES)}.")
    return CATEGORIES[name]


def _feature(category: Category, name: str) -> Feature:
    known = {feature.name.partition("/")[2]: feature for feature in category.features}
    if name not in known:
        raise Http404(f"{category.name} has no such subfeature. Known: {', '.join(known)}.")
    return known[name]


def _endpoints(feature: Feature, root: str) -> dict[str, str]:
    """Where to ask for it; ``root`` is the path that this API is served below."""
    sync = f"{root}universal-ai"
    if feature.mode == "sync":
        return {"create": f"POST {sync}"}
    one = f"{sync}/async/{{job_id}}"
    return {
        "create": f"POST {sync}/async",
        "get": f"GET {one}",
        "list": f"GET {sync}/async",
        "delete": f"DELETE {one}",
    }
