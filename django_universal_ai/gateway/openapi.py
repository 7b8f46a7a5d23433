"""Our own OpenAPI 3.1 document: the routes, what they take, and how they answer and refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .api import api
from .api.schemas import Invalid, Refusal

Document = dict[str, Any]

#: Why a request is refused, by status. Each body is a ``Refusal``, but that of a 422.
REFUSALS = {
    400: "Nobody here serves that model.",
    401: "No token, or one that is wrong, expired or revoked.",
    402: "The token's budget is used up.",
    404: "There is nothing like that, or it is another owner's.",
    409: "The Idempotency-Key was used for another request.",
    413: "The body is too large.",
    422: "The request can't be right; `loc` says where.",
    429: "Too many requests; the header Retry-After says when to try again.",
    507: "There is no room for the file at the moment.",
}


#: Where an answer leads to, by operation and status.
_LINKS = {
    ("create_async_job", 202): {
        name: {"operationId": name, "parameters": {"job_id": "$response.body#/public_id"}}
        for name in ("get_async_job", "delete_async_job")
    }
}


def document(root: str) -> Document:
    """The document; its paths begin with ``root``, where the project serves them."""
    made: Document = dict(api.get_openapi_schema(path_prefix=root))
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            for status in _refusals(path, method, operation):
                operation["responses"].setdefault(status, _refusal(status))
            for status, answer in operation["responses"].items():
                if links := _LINKS.get((operation["operationId"], status)):
                    answer["links"] = links
            operation["responses"] = dict(sorted(operation["responses"].items(), key=_by_status))
    schemas = made["components"]["schemas"]
    for model in (Refusal, Invalid):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    return made


@require_safe
def view(request: HttpRequest) -> JsonResponse:
    """``GET /openapi.json``: it holds nothing secret, so nobody needs a token for it."""
    return JsonResponse(document(request.path.removesuffix("openapi.json")))


def _refusals(path: str, method: str, operation: Document) -> Iterator[int]:
    if "security" in operation:
        yield from (401, 429)
    if "requestBody" in operation or operation.get("parameters"):
        yield 422
    if "requestBody" in operation:
        yield 413
    if "{" in path:
        yield 404
    if method == "post" and "/universal-ai" in path:
        yield from (400, 402, 409)
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        yield 507


def _refusal(status: int) -> Document:
    name = (Invalid if status == 422 else Refusal).__name__
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {
        "description": REFUSALS[status],
        "content": {"application/json": {"schema": schema}},
    }


def _by_status(item: tuple[int | str, Any]) -> int:
    return int(item[0])
