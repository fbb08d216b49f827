"""Subjects and bodies in Liquid: plain text with merge fields, checked when saved.

Only the tags and filters listed here exist: no loops, no includes, no arithmetic that would turn a
missing value into 0. The result is text. Whatever is shown as HTML is escaped as a whole by the
mail's layout, so neither a name nor the author can bring markup in; Liquid's own autoescape would
protect the values only, and would put `&amp;` into subjects.

`render` does one message at a time. For many, `campaigns.services.composing` compiles once:
`compile_mail(subject=, body=, clinic=, language=None, look=None) -> MailTemplate`, whose
`.fill(values, unsubscribe_url=, links=None) -> Mail(subject, text, html)` only joins pieces, and
`compile_text(source) -> TextTemplate` with `.fill(values) -> str` for SMS, WeChat and scripts.
Both raise EmptyField and TemplateRefused as `render` does.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _
from liquid import Environment
from liquid.exceptions import LiquidError, UndefinedError
from liquid.template import BoundTemplate
from liquid.undefined import FalsyStrictUndefined

from campaigns.exceptions import EmptyField, TemplateRefused
from campaigns.merge_fields import FIELD_NAMES, example_values

TAGS = frozenset(
    {"content", "output", "illegal", "if", "unless", "case", "assign", "capture", "comment", "#"}
)
FILTERS = frozenset(
    {"default", "upcase", "downcase", "capitalize", "append", "prepend", "strip", "truncate"}
)
MAX_BODY = 20_000  # characters
MAX_SUBJECT = 200


class MessageEnvironment(Environment):
    """Liquid with nothing in it that a message does not need."""

    block_nesting_limit = 5
    loop_iteration_limit = 1  # no tag loops; should one ever be added, it is bounded
    local_namespace_limit = 20_000
    output_stream_limit = 100_000

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: call for name, call in self.filters.items() if name in FILTERS}


_environment = MessageEnvironment(undefined=FalsyStrictUndefined)


@dataclass(frozen=True)
class Text:
    """A rendered message. subject: one line. body: plain text with line breaks."""

    subject: str
    body: str


def check(*, subject: str, body: str) -> None:
    """Raises TemplateRefused naming the field of the form, the unknown and the known ones."""
    if not subject.strip():
        raise TemplateRefused(_("Give the message a subject."), field="subject")
    if len(subject) > MAX_SUBJECT or "\n" in subject or "\r" in subject:
        raise TemplateRefused(
            _("A subject is one line of at most 200 characters."), field="subject"
        )
    _check_body(body)
    _check_source("subject", subject)


def check_short(body: str) -> None:
    """Of a message without a subject: SMS, WeChat, a script for a call. Raises TemplateRefused."""
    _check_body(body)


def _check_body(body: str) -> None:
    if not body.strip():
        raise TemplateRefused(_("Write the message."), field="body")
    if len(body) > MAX_BODY:
        raise TemplateRefused(_("A message has at most 20,000 characters."), field="body")
    _check_source("body", body)


def _check_source(field: str, source: str) -> None:
    """Filters are looked up only when rendered, so all that is mentioned is looked at here."""
    try:
        found = _parsed(source).analyze()
        unknown_filters = sorted(set(found.filters) - FILTERS)
        unknown_fields = sorted(set(found.globals) - set(FIELD_NAMES))
        if not unknown_filters and not unknown_fields:
            _try_out(source)
            return
    except (LiquidError, RecursionError) as error:
        raise TemplateRefused(_sentence(error), field=field) from None
    if unknown_fields:
        message = _("There is no field «%(unknown)s». Known fields: %(known)s.")
        known = ", ".join(FIELD_NAMES)
    else:
        message = _("There is no filter «%(unknown)s». Known filters: %(known)s.")
        known = ", ".join(sorted(FILTERS))
    unknown = "», «".join(unknown_fields or unknown_filters)
    raise TemplateRefused(message % {"unknown": unknown, "known": known}, field=field)


def _try_out(source: str) -> None:
    """Once with everything known and once with nothing: wrong arguments show only then."""
    _parsed(source).render(example_values())
    with suppress(UndefinedError):
        _parsed(source).render()


def _sentence(error: Exception) -> str:
    """Where and what, without Liquid's drawing of the place."""
    what = str(error.args[0]) if error.args else type(error).__name__
    try:
        place = error.context() if isinstance(error, LiquidError) else None
    except ValueError:
        place = None
    if not place:
        return _("The text cannot be read: %(what)s") % {"what": what}
    return _("Line %(line)s cannot be read: %(what)s") % {"line": place[0], "what": what}


@lru_cache(maxsize=64)
def _parsed(source: str) -> BoundTemplate:
    return _environment.from_string(source)


def used_fields(*, subject: str, body: str) -> frozenset[str]:
    """The merge fields that a checked message mentions."""
    return frozenset(
        name for source in (subject, body) for name in _parsed(source).analyze().globals
    )


def render(*, subject: str, body: str, values: Mapping[str, str | int]) -> Text:
    """The message for one customer.

    values: fields that have one; a field that is missing is empty for this customer.
    Raises EmptyField when an empty field would be printed, TemplateRefused when a limit is hit.
    """
    clean = cleaned(values)
    # No control character survives in a subject: it becomes a header.
    return Text(
        subject=one_line(rendered(subject, clean))[:MAX_SUBJECT],
        body=rendered(body, clean).strip(),
    )


def rendered(source: str, clean: Mapping[str, str | int]) -> str:
    """By Liquid, of values that are clean. Raises as `render` does."""
    try:
        return _parsed(source).render(clean)
    except UndefinedError as error:
        raise EmptyField(str(error.args[0])) from None
    except LiquidError as error:
        raise TemplateRefused(_sentence(error)) from None


def cleaned(values: Mapping[str, str | int]) -> dict[str, str | int]:
    """Each value on one line without control characters; what is empty then is missing."""
    lines = {
        name: value if isinstance(value, int) else one_line(value) for name, value in values.items()
    }
    return {name: value for name, value in lines.items() if value != ""}


def one_line(value: str) -> str:
    if value.isprintable():
        return " ".join(value.split())
    printable = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(printable.split())
