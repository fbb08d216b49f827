"""The next item is made when there is time, and what goes wrong with it waits for its turn."""

import pytest

from customers.services.imports.looking_ahead import Ahead


def test_items_come_in_order_one_made_ahead_at_most():
    made = []
    ahead = Ahead(made.append(n) or n for n in range(4))
    taken = []
    for item in ahead:
        ahead.look()
        ahead.look()
        taken.append((item, list(made)))

    assert taken == [(0, [0, 1]), (1, [0, 1, 2]), (2, [0, 1, 2, 3]), (3, [0, 1, 2, 3])]


def test_an_error_is_raised_after_what_came_before_it():
    def source():
        yield "good"
        raise LookupError("torn")

    ahead, taken = Ahead(source()), []
    with pytest.raises(LookupError, match="torn"):
        for item in ahead:
            ahead.look()
            taken.append(item)

    assert taken == ["good"]
