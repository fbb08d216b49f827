"""Tries every API route × method × place of an id, derived from the OpenAPI document.

The foreign clinic's rows are named after their columns (CANARY-external_id…), so each place is
filled with the name a foreign row really has, and compared with a name nobody has.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from tenancy.roles import API_SCOPES
from tenancy.scope import clinic_scope
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.walls.pages_harness import foreign_state
from tests.walls.rows import CANARY, FOREIGN_ID, UNKNOWN_ID

UNKNOWN = "NOBODY"
METHODS = ("get", "post", "put", "patch", "delete")
_VOLATILE = [
    (re.compile(rf"{CANARY}|{UNKNOWN}|{FOREIGN_ID}|{UNKNOWN_ID}"), "ID"),
    (re.compile(r'"id":\s*\d+'), "id"),
]
Filler = Callable[[str], Any]
Leaf = tuple[str | int, ...]


def leaks_in_api(two) -> Iterator[str]:
    """One line a leak, as it is found: method, route, the place of the id, and what came back."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    client = _client(two)
    before = foreign_state(two)
    for route, operations in sorted(document["paths"].items()):
        for method in METHODS:
            requests = _requests(document, route, operations.get(method, {}))
            if method not in operations:  # answers 405 wherever the id stands
                requests = [ask for ask in requests if ask[0] == "whole path"]
            for place, request in requests:
                yield from _compare(client, method, route, place, request)
    after = foreign_state(two)
    for table in before:
        if before[table] != after[table]:
            yield f"{table} of the foreign clinic changed"


def _client(two) -> BookingClient:
    with clinic_scope(two.home.pk):
        text, _key = create_api_key(name="walls", scopes=list(API_SCOPES))
    return BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}", raise_request_exception=False)


def _requests(document: dict, route: str, operation: dict) -> Iterator[tuple[str, Callable]]:
    """(place, wanted word → keyword arguments of a request)."""
    names = re.findall(r"{(\w+)}", route)
    body = _example(document, operation)
    queries = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]

    def at(word: str, *, path=(), query=(), leaves=(), header=False) -> dict:
        values = {name: f"{word}-{name}" if name in path else "x" for name in names}
        filled = _filled(body, leaves, word)
        url = re.sub(r"{(\w+)}", lambda found: quote(values[found[1]]), route)
        if query:
            url += "?" + urlencode({name: f"{word}-{name}" for name in query})
        return {"url": url, "body": filled, "key": f"{word}-key" if header else ""}

    for name in names:
        yield f"path {name}", lambda word, name=name: at(word, path=[name])
    yield "whole path", lambda word: at(word, path=names)
    for name in queries:
        yield f"query {name}", lambda word, name=name: at(word, path=names, query=[name])
    leaves = list(_leaves(body))
    for leaf in leaves:
        place = "body " + ".".join(map(str, leaf))
        yield place, lambda word, leaf=leaf: at(word, leaves=[leaf])
    sources = [leaf for leaf in leaves if "source" in str(leaf[-1])]
    for leaf in leaves:
        if leaf not in sources:
            yield (
                f"body source and {leaf[-1]}",
                lambda word, leaf=leaf: at(word, leaves=[*sources, leaf]),
            )
    yield "whole body", lambda word: at(word, leaves=leaves)
    yield "idempotency key", lambda word: at(word, header=True)


def _example(document: dict, operation: dict) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for example in content.get("examples", {}).values():
        return example["value"]
    return None


def _leaves(value: Any, path: Leaf = ()) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, (*path, number))
    elif path and isinstance(value, str | int) and not isinstance(value, bool):
        yield path


def _filled(body: Any, leaves: list[Leaf], word: str) -> Any:
    filled = copy.deepcopy(body)
    for leaf in leaves:
        target = filled
        for step in leaf[:-1]:
            target = target[step]
        number = FOREIGN_ID if word == CANARY else UNKNOWN_ID
        column = str(leaf[-1]).removeprefix("customer_").removeprefix("refund_")
        is_text = isinstance(target[leaf[-1]], str)
        target[leaf[-1]] = f"{word}-{_column(column)}" if is_text else number
    return filled


def _column(name: str) -> str:
    """The column a field speaks of: `refund_of` and `referrer_external_id` are external ids."""
    return "external_id" if name in {"of", "referrer_external_id", "referrer"} else name


def _compare(client, method: str, route: str, place: str, request: Callable) -> Iterator[str]:
    foreign, unknown = (_answer(client, method, **request(word)) for word in (CANARY, UNKNOWN))
    where = f"{method.upper()} {route} id in {place}"
    if foreign[0] >= 500:
        yield f"{where}: {foreign[0]}"
    if foreign != unknown:
        yield f"{where}: {foreign} for a foreign id, {unknown} for an unknown one"


def _answer(client, method: str, *, url: str, body: Any, key: str) -> tuple[int, str]:
    """The answer, with whatever it did rolled back, so that each request starts from the same."""
    headers = {"Idempotency-Key": key} if key else {}
    with transaction.atomic():
        send = getattr(client, method)
        arguments = (
            {}
            if method == "get"
            else {"data": json.dumps(body or {}), "content_type": "application/json"}
        )
        response = send(url, headers=headers, **arguments)
        transaction.set_rollback(True)
    text = response.content.decode("utf-8", "replace")
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return response.status_code, text
