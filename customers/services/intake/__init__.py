"""The one path by which customers, appointments and sales come in, in bulk and in one transaction.

    upsert_customers(*, source, records, at, door="api") -> list[Outcome]
    upsert_appointments(*, source, records, at, door="api") -> list[Outcome]
    upsert_sales(*, source, records, at, door="api", newcomers=None) -> list[Outcome]

source: the system that speaks ("file", a booking system's name). at: now, aware; the doors read it.
door: "api" refuses a record that names an unknown branch, consultant or referrer; "file" opens the
branch, leaves an unknown consultant or referrer out, and says so in the outcome.

Records are matched by (source, external id). The same records again change nothing and write
nothing. An external id twice in one batch: as if sent one after the other, the later one wins.
A refused record never stops the others.
"""

from customers.services.intake.appointments import upsert_appointments
from customers.services.intake.customers import upsert_customers
from customers.services.intake.records import (
    AppointmentRecord,
    ConsentRecord,
    CustomerRecord,
    LineColumns,
    LineRecord,
    Newcomers,
    Outcome,
    SaleRecord,
)
from customers.services.intake.sales import upsert_sales

__all__ = [
    "AppointmentRecord",
    "ConsentRecord",
    "CustomerRecord",
    "LineColumns",
    "LineRecord",
    "Newcomers",
    "Outcome",
    "SaleRecord",
    "upsert_appointments",
    "upsert_customers",
    "upsert_sales",
]
