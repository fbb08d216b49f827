"""The table of roles and capabilities: in code, in docs/security.md, and on every page."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

from tenancy.roles import CAPABILITIES, CAPABILITY_WORDS, Role
from tests.walls.pages_harness import addresses

ROOT = Path(__file__).resolve().parents[2]


def test_the_documented_table_is_the_table_in_code():
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|(.+)\|$", text, re.MULTILINE)
    documented = {
        name: [cell.strip() == "yes" for cell in cells.split("|")] for name, cells in rows
    }
    assert documented == {
        name: [role in roles for role in Role] for name, roles in CAPABILITIES.items()
    }


def test_every_capability_is_told_in_words():
    assert list(CAPABILITY_WORDS) == list(CAPABILITIES)


def guarded_pages() -> list[tuple[str, str]]:
    """(address, capability) of every page that can be asked for without an object."""
    found = []
    for address in addresses():
        view = resolve(address.path([1] * 5)).func
        if getattr(view, "capability", None) and not address.parameters:
            found.append((address.path([]), view.capability))
    return found


@pytest.mark.parametrize("role", Role.values)
def test_each_role_is_let_in_where_the_table_says(client_as, role):
    client = client_as(role)
    for path, capability in guarded_pages():
        status = client.get(path).status_code
        may = role in CAPABILITIES[capability]
        assert (status == 403) == (not may), f"{role} at {path} ({capability}): {status}"


def test_nobody_is_let_in_without_signing_in(client, clinic):
    from tests.conftest import outside_scope

    for path, _capability in guarded_pages():
        with outside_scope():
            answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
            302,
            "/accounts/login/",
        ), path
