"""Tries every address of the site with another clinic's id in every place an id can stand.

A foreign id must answer exactly like an id that does not exist, and no foreign text may come back.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from django.utils import timezone

from loyalty.member.door import COOKIE
from loyalty.services.member_links import begin_session
from tenancy.scope import clinic_scope
from tenancy.walls import tenant_models
from tests.conftest import BrowserClient, outside_scope
from tests.walls.rows import CANARY, FOREIGN_ID, UNKNOWN_ID

# Doors with rules of their own: sign-in, the operator, the API (its own harness), the framework.
OTHER_DOORS = ("admin/", "accounts/", "api/", "demo/", "livez", "readyz", "styleguide")
FORM = "application/x-www-form-urlencoded"
METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_VOLATILE = [
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"'), "csrf"),
    (re.compile(r'"X-CSRFToken": "[^"]*"'), "csrf"),
    (re.compile(r'nonce="[^"]*"'), "nonce"),
    (re.compile(r'="[a-z-]+-[0-9a-f]{6,}"'), "fresh id"),
    (re.compile(r'="[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'), "fresh key"),
    (re.compile(r'\?key=[^"]+'), "fresh link"),  # signed for minutes: another one each second
    (re.compile(r'<path d="M[^"]*" fill="#000"'), "fresh QR code"),
    (re.compile(r"/jobs/\d+/"), "fresh job"),
    (re.compile(r"^/segments/\d+/$"), "fresh segment"),  # where a saved one is shown
    (re.compile(r"^/campaigns/\d+/(edit/)?$"), "fresh campaign"),  # where a copy is shown
    (re.compile(r"view=\d+"), "fresh view"),
    (re.compile(rf"{FOREIGN_ID}|{UNKNOWN_ID}"), "ID"),
]


@dataclass(frozen=True)
class Address:
    route: str  # e.g. customers/<int:customer_id>/

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return [
            (found["kind"] or "str", found["name"]) for found in _PARAMETER.finditer(self.route)
        ]

    def path(self, ids: list[int]) -> str:
        values = iter(ids)
        return "/" + _PARAMETER.sub(lambda found: _filled(found, values), self.route)


def _filled(found: re.Match, values: Iterator[int]) -> str:
    kind = found["kind"] or "str"
    if kind == "int" or found["name"].endswith("id"):
        return str(next(values))
    if kind in ("str", "slug", "path"):
        return "x"
    return get_converters()[kind].regex.split("|")[0]  # one of our own: its first word


def addresses() -> list[Address]:
    """Every route of the project but the other doors'."""
    routes = sorted(set(_routes(get_resolver().url_patterns, "")))
    return [Address(route) for route in routes if not route.startswith(OTHER_DOORS)]


def _routes(patterns, prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def leaks_in_pages(two, only: list[Address] | None = None) -> Iterator[str]:
    """One line a leak, as it is found: method, address, the place of the id, and what came back."""
    client = BrowserClient(raise_request_exception=False)
    with outside_scope():
        client.force_login(two.owner.user)
    before = foreign_state(two)
    for address in addresses() if only is None else only:
        for method in _methods(client, two, address):
            yield from _leaks_at(client, two, address, method)
    after = foreign_state(two)
    for table in before:
        if before[table] != after[table]:
            yield f"{table} of the foreign clinic changed"


def _let_the_member_in(client, two, address: Address) -> None:
    """For the member's pages, a session of its own each request: one page ends it."""
    if not address.route.startswith("m/"):
        return
    customer = two.home_rows["customers.customer"]
    with outside_scope(), clinic_scope(two.home.pk):
        via = two.home_rows["loyalty.membersession"].via
        client.cookies[COOKIE] = begin_session(customer=customer, via=via, at=timezone.now())


def _methods(client, two, address: Address) -> list[str]:
    """Those a page takes, as its 405 tells; all where it tells nothing."""
    ids = [_home_id(two)] * len(address.parameters)
    with transaction.atomic():
        response = client.put(address.path(ids), "{}", "application/json")
        transaction.set_rollback(True)
    if response.status_code != 405:
        return list(METHODS)
    allowed = response.headers["Allow"].lower().split(", ")
    return [method for method in METHODS if method in allowed]


def _leaks_at(client, two, address: Address, method: str) -> Iterator[str]:
    n = len([1 for kind, name in address.parameters if kind == "int" or name.endswith("id")])
    mine = [_home_id(two)] * n
    for place, request in _places(address, method, n, mine):
        with transaction.atomic():  # so that the foreign id finds what the unknown one found
            _let_the_member_in(client, two, address)
            unknown = _answer(client, method, *request(UNKNOWN_ID))
            transaction.set_rollback(True)
        _let_the_member_in(client, two, address)
        foreign = _answer(client, method, *request(FOREIGN_ID))
        where = f"{method.upper()} {address.route} id in {place}"
        if CANARY in foreign[1] or CANARY.lower() in foreign[1]:
            yield f"{where}: another clinic's text comes back"
        if foreign != unknown:
            yield f"{where}: {foreign[0]} for a foreign id, {unknown[0]} for an unknown one"
        if foreign[0] >= 500:
            yield f"{where}: {foreign[0]}"
        if foreign[0] == 403:
            yield f"{where}: closed to the owner, so nothing was tried"


def _home_id(two) -> int:
    return two.home_rows["customers.customer"].pk


def _places(address: Address, method: str, n: int, mine: list[int]):
    """(place, wanted id → path and body): in the path, the query, one body field, a bulk list."""
    for position in range(n):

        def in_path(wanted: int, position: int = position):
            ids = [*mine[:position], wanted, *mine[position + 1 :]]
            return address.path(ids), {}

        yield f"path {position + 1}", in_path
    if method == "get":
        yield (
            "query",
            lambda wanted: (
                f"{address.path(mine)}?" + "&".join(f"{name}={wanted}" for name in field_names()),
                {},
            ),
        )
    else:
        yield (
            "body",
            lambda wanted: (
                address.path(mine),
                dict.fromkeys(field_names(), str(wanted)) | {"name": "n", "text": "t"},
            ),
        )
        yield (
            "bulk list",
            lambda wanted: (
                address.path(mine),
                {name: [str(wanted), str(mine[0] if mine else 1)] for name in field_names()},
            ),
        )


@cache
def field_names() -> list[str]:
    """Every name under which a form or filter could take an id, from the model registry."""
    names = set()
    for model in tenant_models():
        name = model._meta.model_name
        names |= {name, f"{name}_id", f"{name}s", f"{name}_ids"}
        names |= {field.name for field in model._meta.local_fields if field.is_relation}
    return sorted(names | {"id", "ids", "q", "pk"})


def _asked(client, method: str, path: str, data: dict):
    if method == "get":
        return client.get(path, data)
    if method == "post":  # as a form without files is sent
        return client.post(path, urlencode(data, doseq=True), FORM)
    return getattr(client, method)(path, json.dumps(data), content_type="application/json")


def _answer(client, method: str, path: str, data: dict) -> tuple[int, str]:
    client.cookies.pop("messages", None)  # what an earlier request said is shown only once
    response = _asked(client, method, path, data)
    body = b"".join(response) if response.streaming else response.content
    text = body.decode("utf-8", "replace") + response.headers.get("Location", "")
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return response.status_code, text


def foreign_state(two) -> dict[str, list]:
    """Every row of the foreign clinic, by table, as the database holds it."""
    state = {}
    with outside_scope(), clinic_scope(two.foreign.pk), connection.cursor() as cursor:
        for model in tenant_models():
            cursor.execute(
                f"SELECT t::text FROM {model._meta.db_table} t WHERE clinic_id = %s ORDER BY 1",
                [two.foreign.pk],
            )
            state[model._meta.db_table] = cursor.fetchall()
    return state
