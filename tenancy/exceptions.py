"""Refusals shared by every app. Doors turn a DomainError into a form error or a 409."""


class DomainError(Exception):
    """A rule said no. `code` is stable and safe to show; the message says what to do."""

    code = "refused"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code:
            self.code = code


class NoClinicScope(RuntimeError):
    """Tenant data was touched with no clinic scope open: a bug, so it is loud."""


class ClinicScopeConflict(RuntimeError):
    """A second clinic's scope was opened, or its row written, inside another clinic's scope."""


class OutsideTransaction(RuntimeError):
    """A query in a clinic scope but outside a transaction, where row security sees nothing."""
