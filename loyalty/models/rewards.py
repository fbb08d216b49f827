"""What points can be exchanged for, and each exchange."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.models.ladder import Tier
from loyalty.models.ledger import Account
from loyalty.models.programme import Programme
from segmentation.models import Segment
from tenancy.erasure import keep_rows
from tenancy.managers import ScopedManager, ScopedQuerySet
from tenancy.models import Branch, Membership, TenantForeignKey, TenantModel


class RewardQuerySet(ScopedQuerySet):
    def on_offer(self, on) -> Self:
        """Those that can be had on a local day; `ends_on` is the last one."""
        running = self.filter(is_active=True, starts_on__lte=on)
        return running.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class Reward(TenantModel):
    """One line of the catalogue. stock: pieces left; None: as many as are asked for."""

    erasure = keep_rows("the catalogue")

    programme = TenantForeignKey(Programme, on_delete=models.PROTECT, related_name="rewards")
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    points = models.PositiveIntegerField()
    money_minor = models.BigIntegerField(default=0)  # to be paid beside the points
    cost_minor = models.BigIntegerField(default=0)  # what one piece costs the clinic
    stock = models.PositiveIntegerField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    branch = TenantForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="rewards"
    )
    min_tier = TenantForeignKey(  # this one and those above it
        Tier, on_delete=models.PROTECT, null=True, blank=True, related_name="rewards"
    )
    segment = TenantForeignKey(
        Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(RewardQuerySet)()

    class Meta(TenantModel.Meta):
        ordering = ["points", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="reward_name_once",
                fields=["clinic", "programme", "name"],
                condition=Q(is_active=True),
            ),
            models.CheckConstraint(name="reward_price_positive", condition=Q(points__gte=1)),
            models.CheckConstraint(
                name="reward_money_not_negative",
                condition=Q(money_minor__gte=0, cost_minor__gte=0),
            ),
            models.CheckConstraint(
                name="reward_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Redemption(TenantModel):
    """One reward in exchange for points: claimed from afar or handed over at once, perhaps undone.

    The points left the account in the transaction that made this row.
    """

    erasure = keep_rows("the books: what was exchanged, under the customer's number")

    class State(models.TextChoices):
        CLAIMED = "claimed", _("To be handed over")
        HANDED_OVER = "handed_over", _("Handed over")
        UNDONE = "undone", _("Undone")

    class Door(models.TextChoices):
        DESK = "desk", _("At the desk")
        API = "api", _("By API")
        MEMBER = "member", _("By the member")

    reward = TenantForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    account = TenantForeignKey(Account, on_delete=models.PROTECT, related_name="redemptions")
    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="redemptions")
    points = models.PositiveIntegerField()
    money_minor = models.BigIntegerField(default=0)
    branch = TenantForeignKey(Branch, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.CLAIMED)
    door = models.CharField(max_length=8, choices=Door, default=Door.DESK)
    code = models.CharField(max_length=16)  # what the member shows at the desk
    idempotency_key = models.CharField(max_length=120)
    claimed_at = models.DateTimeField()
    claimed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    handed_over_at = models.DateTimeField(null=True)
    handed_over_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="redemption_key_once", fields=["clinic", "idempotency_key"]
            ),
            models.UniqueConstraint(name="redemption_code_once", fields=["clinic", "code"]),
            models.CheckConstraint(
                name="redemption_state_has_its_time",
                condition=Q(state="claimed", handed_over_at__isnull=True, undone_at__isnull=True)
                | Q(state="handed_over", handed_over_at__isnull=False, undone_at__isnull=True)
                | Q(state="undone", undone_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "customer", "state"], name="redemption_of_customer"),
            models.Index(fields=["clinic", "reward"], name="redemption_of_reward"),
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.state}"
