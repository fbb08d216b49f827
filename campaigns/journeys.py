"""The journey of a campaign as plain values: what follows what, and whether it can be walked.

Nothing here reads the database; `campaigns.queries.journeys` does, and `services/journey.py` walks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from campaigns.exceptions import JourneyRefused

MESSAGE, WAIT, BRANCH, PHONE = "message", "wait", "branch", "phone"
END = 0
MAX_STEPS = 30
MAX_WAIT_DAYS = 365
LANGUAGES = ("", "en", "zh-hans")


@dataclass(frozen=True)
class Wording:
    """One language of a variant. variant_id: its own row; None: the campaign's own words."""

    variant_id: int | None
    subject: str
    body: str


@dataclass(frozen=True)
class VariantPlan:
    """share: percent. by_language: "" is what everybody else reads, and always there."""

    name: str
    share: int
    by_language: Mapping[str, Wording]

    @property
    def variant_id(self) -> int | None:
        return self.by_language[""].variant_id

    @property
    def subject(self) -> str:
        return self.by_language[""].subject

    @property
    def body(self) -> str:
        return self.by_language[""].body

    def words_for(self, language: str) -> Wording:
        return self.by_language.get(language) or self.by_language[""]


@dataclass(frozen=True)
class Stop:
    """A step of the journey. next_if_yes and next_if_no: as in `campaigns.models.Step`."""

    number: int
    kind: str
    channel: str = ""
    wait_days: int = 0
    condition: str = ""
    script: str = ""
    next_if_yes: int | None = None
    next_if_no: int | None = None
    variants: tuple[VariantPlan, ...] = ()

    @property
    def is_action(self) -> bool:
        return self.kind in {MESSAGE, PHONE}


@dataclass(frozen=True)
class Arrival:
    """Where somebody stands once all waits on the way are added up. step END: it is over."""

    step: int
    wait_days: int


@dataclass(frozen=True)
class Journey:
    """Stops by their number, which runs from 1 without a gap."""

    stops: tuple[Stop, ...]
    _by_number: dict[int, Stop] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_number", {stop.number: stop for stop in self.stops})

    def stop(self, number: int) -> Stop | None:
        return self._by_number.get(number)

    def following(self, stop: Stop, *, holds: bool = True) -> int:
        """The number of the next step; END where there is none."""
        wanted = stop.next_if_yes if holds or stop.kind != BRANCH else stop.next_if_no
        if wanted is None:
            wanted = stop.number + 1
        return wanted if wanted in self._by_number else END

    def arrive(self, number: int) -> Arrival:
        """From the start of step `number`, past the waits. Needs a journey without circles."""
        days = 0
        while (stop := self.stop(number)) is not None and stop.kind == WAIT:
            days += stop.wait_days
            number = self.following(stop)
        return Arrival(number if stop else END, days)

    @property
    def messages(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.kind == MESSAGE)

    @property
    def calls(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.kind == PHONE)

    @property
    def asks_for_visits(self) -> bool:
        """Then a visit is an answer that the journey reacts to, and does not simply end it."""
        return any(stop.condition == "visited" for stop in self.stops)

    def successors(self, stop: Stop) -> tuple[int, ...]:
        ways = {self.following(stop)}
        if stop.kind == BRANCH:
            ways.add(self.following(stop, holds=False))
        return tuple(sorted(ways - {END}))


def check_journey(journey: Journey, *, outcome_window_days: int) -> None:
    """Raises JourneyRefused naming the step at fault and what to do."""
    if not any(stop.is_action for stop in journey.stops):
        raise JourneyRefused(_("A journey needs at least one message or call."))
    if len(journey.stops) > MAX_STEPS:
        raise JourneyRefused(_("A journey has at most %(n)s steps.") % {"n": MAX_STEPS})
    for stop in journey.stops:
        _check_stop(stop, journey)
    _refuse_circles(journey)
    _refuse_unreached(journey)
    longest = longest_wait_days(journey)
    if longest > outcome_window_days:
        raise JourneyRefused(
            _(
                "The waits add up to %(days)s days, but the outcome is judged after %(window)s. "
                "Wait less, or widen the outcome window."
            )
            % {"days": longest, "window": outcome_window_days}
        )


def _check_stop(stop: Stop, journey: Journey) -> None:
    if stop.kind == WAIT and not 1 <= stop.wait_days <= MAX_WAIT_DAYS:
        raise JourneyRefused(
            _("Step %(n)s: wait 1 to %(most)s days.") % {"n": stop.number, "most": MAX_WAIT_DAYS},
            step=stop.number,
        )
    for target in (stop.next_if_yes, stop.next_if_no):
        if target not in (None, END) and journey.stop(target) is None:
            raise JourneyRefused(
                _("Step %(n)s leads to step %(to)s, which there is not.")
                % {"n": stop.number, "to": target},
                step=stop.number,
            )
    was_said = any(other.is_action and other.number < stop.number for other in journey.stops)
    if stop.kind == BRANCH and stop.condition != "visited" and not was_said:
        raise JourneyRefused(
            _("Step %(n)s asks for an answer before anything was said.") % {"n": stop.number},
            step=stop.number,
        )
    if stop.kind == MESSAGE:
        check_shares(stop)


def check_shares(stop: Stop) -> None:
    total = sum(variant.share for variant in stop.variants)
    if not stop.variants:
        raise JourneyRefused(
            _("Step %(n)s says nothing yet. Write the message.") % {"n": stop.number},
            step=stop.number,
        )
    if total != 100:
        raise JourneyRefused(
            _("Step %(n)s: the shares of its variants add up to %(total)s percent, not to 100.")
            % {"n": stop.number, "total": total},
            step=stop.number,
        )


def _refuse_circles(journey: Journey) -> None:
    done: set[int] = set()

    def walk(number: int, path: tuple[int, ...]) -> None:
        if number in path:
            circle = " → ".join(str(n) for n in (*path[path.index(number) :], number))
            raise JourneyRefused(
                _("The steps go in a circle: %(circle)s. Let one of them lead on or end.")
                % {"circle": circle},
                step=path[-1],
            )
        stop = journey.stop(number)
        if number in done or stop is None:
            return
        for following in journey.successors(stop):
            walk(following, (*path, number))
        done.add(number)

    for stop in journey.stops:
        walk(stop.number, ())


def _refuse_unreached(journey: Journey) -> None:
    reached, waiting = set(), [journey.stops[0].number]
    while waiting:
        number = waiting.pop()
        stop = journey.stop(number)
        if number not in reached and stop is not None:
            reached.add(number)
            waiting.extend(journey.successors(stop))
    lost = sorted({stop.number for stop in journey.stops} - reached)
    if lost:
        raise JourneyRefused(
            _("Nobody would ever come to step %(n)s: no other step leads there.") % {"n": lost[0]},
            step=lost[0],
        )


def longest_wait_days(journey: Journey) -> int:
    """Days from enrolment to the last step, on the longest way. Needs no circles."""
    longest: dict[int, int] = {}

    def days_from(number: int) -> int:
        if number not in longest:
            stop = journey.stop(number)
            if stop is None:
                return 0
            own = stop.wait_days if stop.kind == WAIT else 0
            longest[number] = own + max(map(days_from, journey.successors(stop)), default=0)
        return longest[number]

    return days_from(journey.stops[0].number) if journey.stops else 0


def single_message(subject: str, body: str, channel: str = "email") -> Journey:
    """The journey of a campaign without steps."""
    words = VariantPlan("A", 100, {"": Wording(None, subject, body)})
    return Journey((Stop(1, MESSAGE, channel=channel, variants=(words,)),))


def variants_from(rows: Iterable[tuple[int, str, str, int, str, str]]) -> tuple[VariantPlan, ...]:
    """rows: (id, name, language, share, subject, body); a name needs its plain row."""
    by_name: dict[str, dict[str, Wording]] = {}
    share_of: dict[str, int] = {}
    for pk, name, language, share, subject, body in rows:
        by_name.setdefault(name, {})[language] = Wording(pk, subject, body)
        if not language:
            share_of[name] = share
    return tuple(
        VariantPlan(name, share_of[name], by_name[name])
        for name in sorted(by_name)
        if name in share_of
    )
