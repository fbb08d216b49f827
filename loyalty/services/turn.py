"""Work that moves many accounts at once is done one after the other, so none waits in a circle.

A desk redemption locks one account and needs no turn.
"""

from tenancy.turns import wait_for_turn


def wait_for_ledger() -> None:
    """Wait until no other bulk work moves this clinic's points; held until commit."""
    wait_for_turn("loyalty.ledger")
