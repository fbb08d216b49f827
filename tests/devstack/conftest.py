import pytest

from devstack import postgres
from devstack.state import State


@pytest.fixture(scope="session")
def server_state(tmp_path_factory):
    """Throw-away state in a path with a blank and Chinese characters."""
    state = State(tmp_path_factory.mktemp("诊所 data"))
    yield state
    postgres.delete_data(state)


@pytest.fixture(scope="session")
def server(server_state):
    """One embedded Postgres for all tests of this folder."""
    running = postgres.start(server_state, is_throw_away=True)
    yield running
    running.child.stop()


@pytest.fixture
def bootstrap_url(server, server_state):
    """The address of the embedded server's superuser."""
    port = server_state.section("postgres")["port"]
    return f"postgres://postgres:{server_state.secret('postgres')}@127.0.0.1:{port}/postgres"
