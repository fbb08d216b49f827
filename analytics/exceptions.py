"""Refusals of analytics."""

from tenancy.exceptions import DomainError


class ExperimentRefused(DomainError):
    """A file that cannot be read as an experiment; the message says what to do."""

    code = "experiment_refused"
