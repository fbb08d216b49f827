from loyalty.models import Programme
from loyalty.services.turn import wait_for_ledger


def set_book_terms(
    *,
    programme: Programme,
    pending_days: int,
    adjust_limit_points: int | None,
    allows_transfers: bool,
) -> None:
    """How points are kept. Points that are pending already stay so until their own day."""
    wait_for_ledger()
    programme.pending_days = pending_days
    programme.adjust_limit_points = adjust_limit_points
    programme.allows_transfers = allows_transfers
    programme.save(update_fields=["pending_days", "adjust_limit_points", "allows_transfers"])
