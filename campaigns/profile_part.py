"""What a customer's profile shows of messages: the last ones, and why one was left out.

The profile fetches them after it is shown: they are the longest table of the house.
"""

from typing import Any

from campaigns.models import Message
from campaigns.reasons import in_words
from customers.models import Customer
from customers.panels import ProfilePart, register_part

N_SHOWN = 4
State = Message.State
TONES = {
    State.SENT: "good", State.SKIPPED: "neutral", State.UNKNOWN: "watch", State.FAILED: "act",
}  # fmt: skip


def latest_messages(customer: Customer) -> list[dict[str, Any]]:
    """The newest first, in one query; empty where nothing was ever to be sent."""
    rows = Message.objects.filter(customer=customer).select_related("campaign")
    return [_shown(message) for message in rows.order_by("-created_at", "-pk")[:N_SHOWN]]


def _shown(message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "tone": TONES.get(State(message.state), "neutral"),
        "why": in_words(message.skip_reason) if message.skip_reason else "",
        "at": message.sent_at or message.handed_at or message.due_at,
    }


def register_messages() -> None:
    register_part(
        ProfilePart(
            "messages",
            lambda _profile: {},
            {"now": "campaigns/_profile_messages.html"},
            order=60,
            capability="campaigns.view",
        )
    )
