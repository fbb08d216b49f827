"""What a bad network makes of a history: some twice, some out of order, some never."""

from dataclasses import dataclass
from random import Random

from clinic_crm.intake_proof.history import Change


@dataclass(frozen=True)
class Traffic:
    """deliveries: in the order they arrive. lost: never delivered; they must be polled."""

    deliveries: list[Change]
    lost: list[Change]
    n_duplicated: int
    n_shuffled: int


def traffic(
    changes: list[Change],
    *,
    seed: int,
    duplicated_rate: float = 0.3,
    shuffled_rate: float = 0.3,
    lost_rate: float = 0.05,
) -> Traffic:
    """Exactly these shares of the events: lost ones of all, the others of what is left."""
    dice = Random(seed + 1)  # noqa: S311 a proof must be repeatable
    lost = set(dice.sample(range(len(changes)), round(lost_rate * len(changes))))
    sent = [change for number, change in enumerate(changes) if number not in lost]
    shuffled = dice.sample(range(len(sent)), round(shuffled_rate * len(sent)))
    places = dice.sample(shuffled, len(shuffled))
    arriving = list(sent)
    for before, after in zip(shuffled, places, strict=True):
        arriving[after] = sent[before]
    again = dice.sample(sent, round(duplicated_rate * len(sent)))
    for change in again:
        arriving.insert(dice.randrange(len(arriving) + 1), change)
    return Traffic(
        arriving, [changes[number] for number in sorted(lost)], len(again), len(shuffled)
    )
