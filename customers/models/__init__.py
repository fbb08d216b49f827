from customers.models.history import CustomerEvent, Note, Visit
from customers.models.imports import ImportFile, ImportProblem
from customers.models.people import (
    Consent,
    ContactPoint,
    Customer,
    CustomerTag,
    Identity,
    SearchToken,
    Tag,
)
from customers.models.trade import Appointment, Sale, SaleLine, Treatment

__all__ = [
    "Appointment",
    "Consent",
    "ContactPoint",
    "Customer",
    "CustomerEvent",
    "CustomerTag",
    "Identity",
    "ImportFile",
    "ImportProblem",
    "Note",
    "Sale",
    "SaleLine",
    "SearchToken",
    "Tag",
    "Treatment",
    "Visit",
]
