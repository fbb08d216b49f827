"""What a customer's profile shows of messages: the last ones, and why one was left out."""

from collections.abc import Mapping
from typing import Any

from campaigns.models import Message
from campaigns.reasons import in_words
from customers.panels import ProfilePart, register_part
from customers.queries.profile import Profile

N_SHOWN = 4
State = Message.State
TONES = {
    State.SENT: "good", State.SKIPPED: "neutral", State.UNKNOWN: "watch", State.FAILED: "act",
}  # fmt: skip


def messages_on_profile(profile: Profile) -> Mapping[str, Any] | None:
    """One query; None where nothing was ever to be sent."""
    rows = Message.objects.filter(customer=profile.customer).select_related("campaign")
    found = [_shown(message) for message in rows.order_by("-created_at", "-pk")[:N_SHOWN]]
    return {"messages": found} if found else None


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
            messages_on_profile,
            {"now": "campaigns/_profile_messages.html"},
            order=60,
            capability="campaigns.view",
        )
    )
