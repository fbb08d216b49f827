from datetime import date

import pytest

from clinic_crm.simulator import LONDON, SHANGHAI, World, generate

UNTIL = date(2025, 11, 20)


@pytest.fixture(scope="session")
def shanghai() -> World:
    return generate(SHANGHAI, seed=1, until=UNTIL)


@pytest.fixture(scope="session")
def large() -> World:
    """Enough people that shares can be checked against their binomial error."""
    return generate(SHANGHAI.scaled(20_000), seed=2, until=UNTIL)


@pytest.fixture(scope="session", params=[SHANGHAI, LONDON], ids=lambda config: config.slug)
def world(request) -> World:
    return generate(request.param, seed=1, until=UNTIL)
