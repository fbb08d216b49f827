"""A clinic of its own, one family of members, and what each client is going to try."""

from dataclasses import dataclass
from random import Random

from django.utils import timezone

from customers.models import Customer, Guardian
from loyalty.models import Programme
from loyalty.services.awards import award, open_account
from loyalty.services.programme import Rung, Terms, create_programme
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic

START_POINTS = 600  # in three lots; far fewer than the clients ask for
KINDS = {"redeem": 40, "give": 10, "capture": 20, "release": 10, "return": 10, "transfer": 10}


@dataclass(frozen=True)
class Try:
    """One thing a client wants, under its own key; `other` only where points are passed on."""

    kind: str
    key: str
    account_id: int
    points: int
    other_id: int


@dataclass(frozen=True)
class World:
    clinic: Clinic
    account_ids: list[int]
    clients: list[list[Try]]


def make_world(*, seed: int, n_clients: int, n_accounts: int, n_tries: int) -> World:
    """The clinic is new at every run; what is tried is the same for the same seed."""
    clinic = create_clinic(
        slug=f"ledger-proof-{timezone.now():%Y%m%d%H%M%S%f}", name="Ledger proof",
        timezone="Asia/Shanghai", currency="CNY", country="CN",
    )  # fmt: skip
    with clinic_scope(clinic.pk):
        accounts = _family(clinic, n_accounts)
    dice = Random(seed)  # noqa: S311 a proof must be repeatable
    clients = [
        [_try(dice, f"{client}.{number}", accounts) for number in range(n_tries)]
        for client in range(n_clients)
    ]
    return World(clinic, accounts, clients)


def _family(clinic: Clinic, n_accounts: int) -> list[int]:
    """Accounts of children of one guardian, so that points may pass between all of them."""
    today = local_day(clinic.zone, timezone.now())
    programme = create_programme(
        terms=Terms(name="Points", points_per_unit=1, point_value_minor=1),
        ladder=[Rung("Member", 0)],
        starts_on=today,
    )
    Programme.objects.filter(pk=programme.pk).update(allows_transfers=True)
    programme.refresh_from_db()
    guardian = Customer.objects.create(name="Guardian", known_since_on=today)
    accounts = []
    for number in range(n_accounts):
        child = Customer.objects.create(name=f"Child {number}", known_since_on=today)
        Guardian.objects.create(customer=child, guardian=guardian, relation="mother")
        account = open_account(programme=programme, customer_id=child.pk)
        for lot in range(3):
            award(
                account=account, points=START_POINTS // 3, on=today, reason="Start",
                idempotency_key=f"start:{account.pk}:{lot}",
            )  # fmt: skip
        accounts.append(account.pk)
    return accounts


def _try(dice: Random, key: str, accounts: list[int]) -> Try:
    (kind,) = dice.choices(list(KINDS), list(KINDS.values()))
    one, other = dice.sample(accounts, 2)
    return Try(kind, key, one, dice.randrange(1, 60), other)


def close(world: World) -> None:
    """The clinic's nights are over; its books stay to be looked at."""
    with clinic_scope(world.clinic.pk):
        Clinic.objects.filter(pk=world.clinic.pk).update(is_active=False)
