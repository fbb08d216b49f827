"""What /api/docs/ says of the routes that every kind of record has."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from customers import api_examples as examples
from customers.api_records import Door
from customers.serializers_out import BulkOut, MergedOut

View = type[Any]


def listed(door: Door, noun: str, example: dict) -> Callable[[View], View]:
    """For a ListView. noun: of one record, in words; example: a body of an upsert."""
    plural = f"{noun}s"
    receipts = {"source": "booking", "external_id": example.get("external_id", "")}
    if "code" in example:
        receipts = {"code": example["code"]}
    shown = examples.receipts(receipts)
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"{plural}_list",
            summary=f"List {plural}, oldest change first",
            description="Keep `next_cursor`: asked for again later, it goes on where you stopped "
            "and misses nothing.",
            parameters=[door.query_in],
            responses=door.page_out,
        ),
        post=extend_schema(
            operation_id=f"{plural}_upsert",
            summary=f"Create or update {_a(noun)}",
            description=door.shape_in.__doc__,
            request=door.shape_in,
            examples=[OpenApiExample("A new record", value=example, request_only=True)],
            responses={
                201: OpenApiResponse(door.receipt_out, "Created.", examples=[shown["created"]]),
                200: OpenApiResponse(
                    door.receipt_out, "Known already.", examples=[shown["unchanged"]]
                ),
            },
        ),
    )


def bulk(door: Door, noun: str, example: dict) -> Callable[[View], View]:
    """For a BulkView."""
    item = {name: value for name, value in example.items() if name != "source"}
    body = {"items": [item]}
    if "source" in example:
        body = {"source": example["source"], **body}
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{noun}s_bulk_upsert",
            summary=f"Create or update up to 1,000 {noun}s",
            description="Each item is taken or refused by itself. What is said of one record twice "
            "is taken as if sent one after the other.",
            request=door.bulk_in,
            examples=[OpenApiExample("One new record", value=body, request_only=True)],
            responses={
                200: OpenApiResponse(BulkOut, "All taken.", examples=[examples.ALL_TAKEN]),
                207: OpenApiResponse(
                    BulkOut, "Some refused; `errors` say why.", examples=[examples.SOME_REFUSED]
                ),
            },
        )
    )


def one(door: Door, noun: str, *, by: str) -> Callable[[View], View]:
    """For a RecordView (by "id") or a NamedRecordView (by "name")."""
    words = {"id": "our id", "name": "its code" if door.named == ("code",) else "your own id"}
    name = {"id": "read", "name": "find"}[by]
    responses = {200: door.shape_out, 304: OpenApiResponse(description="You have it.")}
    if by == "id" and noun == "customer":
        about = "Merged into another customer: go there, and keep that id."
        responses[308] = OpenApiResponse(MergedOut, about, examples=[examples.MERGED])
    return extend_schema_view(
        get=extend_schema(
            operation_id=f"{noun}s_{name}",
            summary=f"One {noun} by {words[by]}",
            description=""
            if by == "id"
            else "For an id with a slash in it use the list with a filter.",
            responses=responses,
        )
    )


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
