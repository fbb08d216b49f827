from customers.models.adverse_events import AdverseEvent
from customers.models.documents import CustomerFile
from customers.models.erasure import Tombstone
from customers.models.feed import FeedMark
from customers.models.health import CustomerHealth, HealthAccess
from customers.models.history import CustomerEvent, Note, NoteVersion, Visit
from customers.models.imports import ImportedChange, ImportedRows, ImportFile, ImportProblem
from customers.models.interactions import Interaction
from customers.models.lists import SavedView
from customers.models.merging import DuplicatePair, DuplicateRules, Merge
from customers.models.outgoing import Delivery, DeliveryAttempt, Subscription, SubscriptionSecret
from customers.models.packages import Package, PackageSession
from customers.models.people import (
    Consent,
    ContactPoint,
    Customer,
    CustomerTag,
    Identity,
    SearchToken,
    Tag,
)
from customers.models.quality import QualityDay
from customers.models.record import (
    AcquisitionSource,
    CustomerChange,
    CustomField,
    Guardian,
)
from customers.models.sources import ApiIntake, AppliedVersion, IntakeRecord, Source, SourceSecret
from customers.models.trade import Appointment, Sale, SaleLine, Treatment
from customers.models.traits import CustomerTrait

__all__ = [
    "AcquisitionSource",
    "AdverseEvent",
    "ApiIntake",
    "AppliedVersion",
    "Appointment",
    "Consent",
    "ContactPoint",
    "CustomField",
    "Customer",
    "CustomerChange",
    "CustomerEvent",
    "CustomerFile",
    "CustomerHealth",
    "CustomerTag",
    "CustomerTrait",
    "Delivery",
    "DeliveryAttempt",
    "DuplicatePair",
    "DuplicateRules",
    "FeedMark",
    "Guardian",
    "HealthAccess",
    "Identity",
    "ImportFile",
    "ImportProblem",
    "ImportedChange",
    "ImportedRows",
    "IntakeRecord",
    "Interaction",
    "Merge",
    "Note",
    "NoteVersion",
    "Package",
    "PackageSession",
    "QualityDay",
    "Sale",
    "SaleLine",
    "SavedView",
    "SearchToken",
    "Source",
    "SourceSecret",
    "Subscription",
    "SubscriptionSecret",
    "Tag",
    "Tombstone",
    "Treatment",
    "Visit",
]
