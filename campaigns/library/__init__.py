"""Ready recall and care templates, each in English and in Chinese, written for their readers.

Every one passes the content check. A clinic copies one and makes it its own; what it copied is
never changed from here.
"""

from dataclasses import dataclass

from campaigns.library.chinese import CHINESE
from campaigns.library.english import ENGLISH

# key → (kind, channel): the choices of campaigns.models.Template.
_SHELVES = {
    "return": ("return", "email"),
    "return_sms": ("return", "sms"),
    "return_call": ("return", "phone"),
    "return_wechat": ("return", "wechat"),
    "due": ("due", "email"),
    "due_sms": ("due", "sms"),
    "due_call": ("due", "phone"),
    "second_visit": ("second_visit", "email"),
    "second_visit_sms": ("second_visit", "sms"),
    "first_visit_thanks": ("second_visit", "email"),
    "birthday": ("birthday", "email"),
    "birthday_sms": ("birthday", "sms"),
    "spring_festival": ("festival", "email"),
    "womens_day": ("festival", "email"),
    "mid_year": ("festival", "email"),
    "qixi_sms": ("festival", "sms"),
    "mid_autumn_sms": ("festival", "sms"),
    "double_11": ("festival", "email"),
    "double_12_sms": ("festival", "sms"),
    "anniversary": ("festival", "email"),
    "care_day_1_sms": ("care", "sms"),
    "care_day_1_call": ("care", "phone"),
    "care_day_7_sms": ("care", "sms"),
    "care_day_30": ("care", "email"),
    "points": ("points", "email"),
    "points_sms": ("points", "sms"),
    "tier": ("points", "email"),
    "review": ("review", "email"),
    "review_sms": ("review", "sms"),
    "referral": ("referral", "email"),
    "referral_sms": ("referral", "sms"),
    "win_back_1": ("win_back", "email"),
    "win_back_2": ("win_back", "email"),
    "win_back_3": ("win_back", "email"),
}
_WORDS = {"en": ENGLISH, "zh-hans": CHINESE}


@dataclass(frozen=True)
class Ready:
    """subject: "" where the channel has none."""

    key: str
    kind: str
    channel: str
    language: str
    name: str
    subject: str
    body: str


READY: tuple[Ready, ...] = tuple(
    Ready(key, kind, channel, language, *_WORDS[language][key])
    for language in _WORDS
    for key, (kind, channel) in _SHELVES.items()
)


def ready(key: str, language: str) -> Ready:
    """Raises KeyError for a template that is not in the library."""
    for one in READY:
        if (one.key, one.language) == (key, language):
            return one
    raise KeyError(key)
