"""One running product and one browser for all journeys; each person signs in once."""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.journeys import product as products

# The browser's packages are a group of their own: `.ci/browser` installs them.
collect_ignore_glob = [] if find_spec("playwright") else ["test_*.py"]
ENGLISH, CHINESE = "harley-rose", "yujing"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def product() -> Iterator[products.Product]:
    """A product of our own, or the demo that JOURNEY_URL names: quicker while writing journeys."""
    if url := os.environ.get("JOURNEY_URL"):
        yield products.at(url)
        return
    with products.running() as running:
        yield running


@pytest.fixture(scope="session")
def chromium():
    from tests.journeys import visitor

    with visitor.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def signed_in(product, chromium) -> Callable[[str, str], list]:
    """signed_in(role, clinic): the cookies of that person, who signs in at the first call only."""
    from tests.journeys.visitor import Visitor

    cookies: dict[tuple[str, str], list] = {}

    def sign_in(role: str, clinic: str) -> list:
        if (role, clinic) not in cookies:
            visitor = Visitor(chromium, product)
            visitor.sign_in(product.login(role, clinic))
            cookies[role, clinic] = visitor.context.cookies()
            visitor.close()
        return cookies[role, clinic]

    return sign_in


@pytest.fixture
def visit(product, chromium, signed_in) -> Iterator[Callable]:
    """visit("manager", …): a window of a signed-in person; visit(): one of a stranger."""
    from tests.journeys.visitor import Visitor

    opened = []

    def open_window(role: str = "", clinic: str = ENGLISH, **looks) -> Visitor:
        visitor = Visitor(chromium, product, **looks)
        opened.append(visitor)
        if role:
            kept = [one for one in signed_in(role, clinic)
                    if one["name"] not in {"language", "theme"}]  # fmt: skip
            visitor.context.add_cookies(kept)
        return visitor

    yield open_window
    for visitor in opened:
        visitor.close()
