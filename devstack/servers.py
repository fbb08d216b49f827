"""Where Postgres and Redis are: those the environment names, or embedded ones we start."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from devstack import outside, postgres, valkey
from devstack.console import step
from devstack.processes import Child
from devstack.state import State


@dataclass(frozen=True)
class Servers:
    """The addresses the project's settings need; `children` are the servers we started."""

    owner_url: str
    app_url: str
    redis_url: str
    children: tuple[Child, ...] = ()

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_OWNER_URL": self.owner_url,
            "DATABASE_URL": self.app_url,
            "REDIS_URL": self.redis_url,
        }


@contextmanager
def running(
    state: State, environment: Mapping[str, str], *, home: State, is_throw_away: bool = False
) -> Iterator[Servers]:
    """Both servers, for as long as the block lasts.

    state: whose data the embedded servers use.
    home: where passwords of roles on outside servers are kept.
    """
    children: list[Child] = []
    try:
        with step("Postgres", mend="`./dev reset` starts with new data.") as shown:
            if environment.get("DATABASE_URL"):
                owner_url, app_url = outside.database_urls(environment, home)
                shown.note = f"yours: {outside.without_password(app_url)}"
            else:
                server = postgres.start(state, is_throw_away=is_throw_away)
                children.append(server.child)
                owner_url, app_url = server.owner_url, server.app_url
                shown.note = f"embedded, {outside.without_password(app_url)}"
        with step("Redis") as shown:
            if environment.get("REDIS_URL"):
                redis_url = outside.redis_url(environment)
                shown.note = f"yours: {outside.without_password(redis_url)}"
            else:
                broker = valkey.start(state)
                children.append(broker.child)
                redis_url = broker.url
                shown.note = f"embedded Valkey, {outside.without_password(redis_url)}"
        yield Servers(owner_url, app_url, redis_url, tuple(children))
    finally:
        for child in reversed(children):
            child.stop()
