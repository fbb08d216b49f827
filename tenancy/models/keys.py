from datetime import datetime

from django.db import models

from tenancy.erasure import PSEUDONYM, forget_mentions, keep_rows
from tenancy.managers import DoorManager, ScopedManager, ScopedQuerySet
from tenancy.models.base import TenantModel
from tenancy.scope import KEY_DOOR_SETTING


class ApiKeyQuerySet(ScopedQuerySet):
    def usable(self, at: datetime) -> models.QuerySet:
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=at)


class ApiKey(TenantModel):
    """A booking system's key to one clinic. Only its hash is kept."""

    erasure = keep_rows("keys of programs")
    wall_door = f"prefix = (SELECT nullif(current_setting('{KEY_DOOR_SETTING}', true), ''))"
    wall_global_unique = ("prefix",)  # random, found before the clinic is known, says nothing

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    hashed_key = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager.from_queryset(ApiKeyQuerySet)()
    at_the_door = DoorManager()

    class Meta(TenantModel.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="api_key_name_once", fields=["clinic", "name"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyKey(TenantModel):
    """The stored answer of a request, committed with its effect."""

    erasure = forget_mentions(body={}, key=PSEUDONYM, stays=("route", "request_hash"))

    key = models.CharField(max_length=200)
    route = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once", fields=["clinic", "key"]),
        ]

    def __str__(self) -> str:
        return self.key
