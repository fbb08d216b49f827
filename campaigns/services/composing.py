"""Composing a mail or a short text once, and filling it in for each person.

`compile_mail(subject=…, body=…, clinic=…, language=…)` does what costs: Liquid's parsing, the
layout, escaping, links. `.fill(values, unsubscribe_url=…)` joins. Plain fields never touch Liquid
again; a text with conditions is rendered by it for each person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.exceptions import EmptyField
from campaigns.mail_layout import markup
from campaigns.mail_layout.frame import Frame, framed
from campaigns.mail_layout.pieces import How, Pieces, Slot, Values, cut, join
from campaigns.models import MailLook
from campaigns.services.templates import MAX_SUBJECT, cleaned, one_line, rendered
from tenancy.models import Clinic

_ANCHOR = "color:inherit;text-decoration:underline"
_UNSUBSCRIBE, _BODY = "@unsubscribe", "@body"


class Mail(NamedTuple):
    """subject: one line. text: the plain twin with the footer. html: the whole page."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class TextTemplate:
    """A short text; `pieces` is None where only Liquid can fill it in."""

    source: str
    pieces: Pieces | None

    def fill(self, values: Values) -> str:
        """Raises EmptyField (leave this customer out), TemplateRefused (a limit was hit)."""
        return self.said(cleaned(values))

    def said(self, values: Values) -> str:
        """Of values that are clean."""
        if self.pieces is None:
            return rendered(self.source, values).strip()
        return join(self.pieces, values).strip()


@dataclass(frozen=True)
class MailTemplate:
    """links: the addresses in the body that hold no field, in their order, each once."""

    subject: TextTemplate
    body: TextTemplate
    links: tuple[str, ...]
    _html: Pieces = field(repr=False)
    _text: Pieces = field(repr=False)

    def fill(
        self, values: Values, *, unsubscribe_url: str, links: Mapping[str, str] | None = None
    ) -> Mail:
        """The mail for one person, text and HTML from the same words.

        values: {merge field: value}, as `campaigns.queries.merge_values` reads them.
        links: {address in the text: address to print instead}, for counting clicks.
        Raises EmptyField (leave this customer out), TemplateRefused (a limit was hit).
        """
        said, instead = cleaned(values), links or {}
        subject = one_line(self.subject.said(said))[:MAX_SUBJECT]
        if not subject:
            raise EmptyField("subject")
        said[_UNSUBSCRIBE] = unsubscribe_url
        if self.body.pieces is not None:
            said |= {_link_name(url): instead.get(url, url) for url in self.links}
            return Mail(subject, join(self._text, said), join(self._html, said))
        words = markup.without_private(self.body.said(said))
        text = markup.with_addresses(words, lambda url: instead.get(url, url))
        html = markup.paragraphs(
            words, anchor=_ANCHOR, target=lambda url: escape(instead.get(url, url))
        )
        return Mail(
            subject, join(self._text, said | {_BODY: text}), join(self._html, said | {_BODY: html})
        )


def compile_text(source: str) -> TextTemplate:
    """Of a checked text: one for a short message, a subject or a script."""
    return TextTemplate(source, None if markup.PRIVATE.search(source) else cut(source))


def compile_mail(
    *, subject: str, body: str, clinic: Clinic, language: str | None = None,
    look: MailLook | None = None,
) -> MailTemplate:  # fmt: skip
    """Of a checked subject and body; asks the database for nothing.

    language: of the footer, the clinic's where not told. look: `look_of(clinic)`.
    """
    language = language or clinic.language
    words = compile_text(body)
    with translation.override(language):
        frame, footer = _frame(clinic, language, look), _footer(clinic)
    before, between, after = framed(frame)
    if words.pieces is None:
        links = tuple(dict.fromkeys(_plain_links(body)))
        html: Pieces = (Slot(_BODY),)
        text: Pieces = (Slot(_BODY),)
    else:
        links, text, html = _laid_out(words.pieces)
    unsubscribe = Slot(_UNSUBSCRIBE)
    return MailTemplate(
        subject=compile_text(subject), body=words, links=links,
        _html=(before, *html, between, replace(unsubscribe, how="html"), after),
        _text=(*text, footer, unsubscribe, "\n"),
    )  # fmt: skip


def look_of(clinic: Clinic) -> MailLook | None:
    """In the clinic's open scope."""
    return MailLook.objects.filter(clinic=clinic).first()


def _frame(clinic: Clinic, language: str, look: MailLook | None) -> Frame:
    name = clinic.sender_name or clinic.name
    frame = Frame(
        language=language, clinic=name, address=clinic.postal_address, why=_why(clinic),
        unsubscribe=_("Unsubscribe"),
    )  # fmt: skip
    return replace(frame, accent=look.accent, logo_url=look.logo_url) if look else frame


def _why(clinic: Clinic) -> str:
    words = _("You get this message because you agreed to hear from %(name)s.")
    return words % {"name": clinic.name}


def _footer(clinic: Clinic) -> str:
    """What stands under the plain twin, up to the address that unsubscribes."""
    sender = "\n".join(filter(None, [clinic.sender_name or clinic.name, clinic.postal_address]))
    return f"\n\n--\n{sender}\n\n{_why(clinic)}\n{_('Unsubscribe:')} "


def _link_name(url: str) -> str:
    return f"@link {url}"


def _plain_links(source: str) -> list[str]:
    """Addresses in a text that only Liquid can fill in, those with a field left aside."""
    return [url for url in markup.addresses(source) if "{" not in url]


def _laid_out(pieces: Pieces) -> tuple[tuple[str, ...], Pieces, Pieces]:
    """(addresses without fields, pieces of the plain text, pieces of the HTML)"""
    slots = [piece for piece in pieces if isinstance(piece, Slot)]
    numbers = iter(range(len(slots)))
    marked = "".join(
        piece if isinstance(piece, str) else markup.mark(next(numbers)) for piece in pieces
    ).strip()
    links: dict[str, int] = {}

    def plain(url: str) -> str:
        return url if markup.MARKS.search(url) else markup.mark(slot_of(url))

    def target(url: str) -> str:
        return markup.in_href(url) if markup.MARKS.search(url) else markup.mark(slot_of(url))

    def slot_of(url: str) -> int:
        if url not in links:
            links[url] = len(slots)
            slots.append(Slot(_link_name(url)))
        return links[url]

    text = markup.with_addresses(marked, plain)
    html = markup.paragraphs(marked, anchor=_ANCHOR, target=target)
    return tuple(links), _slotted(text, slots, "text"), _slotted(html, slots, "html")


def _slotted(marked: str, slots: list[Slot], how: How) -> Pieces:
    pieces: list[str | Slot] = []
    for part in markup.MARKS.split(marked):
        if not markup.MARKS.fullmatch(part):
            pieces.append(part)
            continue
        number, is_in_address = markup.number_of(part)
        pieces.append(replace(slots[number], how="href" if is_in_address else how))
    return tuple(piece for piece in pieces if piece != "")
