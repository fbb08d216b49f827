from customers.models.health import CustomerHealth, HealthAccess
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
from customers.models.record import (
    AcquisitionSource,
    CustomerChange,
    CustomField,
    Guardian,
)
from customers.models.trade import Appointment, Sale, SaleLine, Treatment

__all__ = [
    "AcquisitionSource",
    "Appointment",
    "Consent",
    "ContactPoint",
    "CustomField",
    "Customer",
    "CustomerChange",
    "CustomerEvent",
    "CustomerHealth",
    "CustomerTag",
    "Guardian",
    "HealthAccess",
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
