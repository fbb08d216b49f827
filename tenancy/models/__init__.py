from tenancy.models.base import TenantForeignKey, TenantModel
from tenancy.models.clinic import Branch, Clinic
from tenancy.models.keys import ApiKey, IdempotencyKey
from tenancy.models.people import Membership, User
from tenancy.models.work import AuditEntry, Job, NightlySlot

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Branch",
    "Clinic",
    "IdempotencyKey",
    "Job",
    "Membership",
    "NightlySlot",
    "TenantForeignKey",
    "TenantModel",
    "User",
]
