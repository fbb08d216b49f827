"""A later start does not ask who may sign in: the answer is kept with the embedded data."""

import pytest

from devstack import postgres, up
from devstack.state import State

LOGINS = [{"role": "owner", "email": "owner@example.org", "password": "x", "clinic": "yujing"}]


@pytest.fixture
def asked(monkeypatch) -> list:
    """One entry each time the clinics are asked for."""
    times = []
    monkeypatch.setattr(up, "seed", lambda settings: times.append(settings) or LOGINS)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return times


def test_a_later_start_knows_the_logins(tmp_path, asked):
    assert up.seeded(State(tmp_path), {}) == LOGINS
    assert up.seeded(State(tmp_path), {}) == LOGINS
    assert len(asked) == 1


def test_new_data_are_asked_again(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(postgres, "account", lambda: None)
    up.seeded(State(tmp_path), {})
    state = State(tmp_path)
    postgres.delete_data(state)
    up.seeded(state, {})
    assert len(asked) == 2


def test_other_servers_are_asked_each_time(tmp_path, asked, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    up.seeded(State(tmp_path), {})
    up.seeded(State(tmp_path), {})
    assert len(asked) == 2
