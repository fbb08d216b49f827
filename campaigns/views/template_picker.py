"""Beginning a message from a template: a dialog to choose in, and the words put into the form."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from campaigns.exceptions import CampaignRefused, EmptyField
from campaigns.forms.words import WordsForm
from campaigns.library import READY, Ready, ready
from campaigns.merge_fields import example_values
from campaigns.models import Template
from campaigns.services.composing import compile_text
from tenancy.access import requires

Channel = Template.Channel
Examples = dict[str, str | int]


@dataclass(frozen=True)
class Offered:
    """One template to choose. query: how `words` is asked for it."""

    name: str
    begins: str  # its subject, or its first words
    query: str


@requires("campaigns.edit")
@require_safe
def template_pick(request: HttpRequest) -> HttpResponse:
    """The clinic's own templates of one channel and language, then the library's, by occasion."""
    channel, language = _channel(request), _language(request)
    own = Template.objects.filter(is_archived=False, channel=channel, language=language)
    library = [one for one in READY if (one.channel, one.language) == (channel, language)]
    with translation.override(language):
        examples = example_values()
    context = {
        "channel": channel,
        "language": language,
        "languages": Template.Language.choices,
        "shelves": [
            (True, _shelved([(one.kind, _of_own(one, examples)) for one in own])),
            (False, _shelved([(one.kind, _of_library(one, examples)) for one in library])),
        ],
    }
    return render(request, "campaigns/_template_pick.html", context)


@requires("campaigns.edit")
@require_safe
def template_words(request: HttpRequest) -> HttpResponse:
    """The fields of the form with the chosen template's words in them."""
    chosen = _chosen(request)
    words = {"subject": chosen.subject, "body": chosen.body, "script": chosen.body}
    form = WordsForm(channel=chosen.channel, initial=words)
    response = render(request, "campaigns/_words.html", {"form": form})
    trigger_client_event(response, "dialog-close", after="settle")
    return trigger_client_event(response, "words-chosen", after="settle")


def _chosen(request: HttpRequest) -> Template | Ready:
    if key := request.GET.get("ready", ""):
        try:
            return ready(key, _language(request))
        except KeyError:
            raise Http404 from None
    text = request.GET.get("template", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return get_object_or_404(Template.objects.filter(is_archived=False), pk=int(text))


def _shelved(found: list[tuple[str, Offered]]) -> list[tuple[str, list[Offered]]]:
    """By occasion, in the order of the occasions."""
    shelves: dict[str, list[Offered]] = {}
    for kind, one in found:
        shelves.setdefault(kind, []).append(one)
    return [(label, shelves[kind]) for kind, label in Template.Kind.choices if kind in shelves]


def _of_own(one: Template, examples: Examples) -> Offered:
    return Offered(one.name, _begins(one, examples), f"template={one.pk}")


def _of_library(one: Ready, examples: Examples) -> Offered:
    query = f"ready={one.key}&language={one.language}"
    return Offered(one.name, _begins(one, examples), query)


def _begins(one: Template | Ready, examples: Examples) -> str:
    try:
        return compile_text(one.subject or one.body).fill(examples)
    except (EmptyField, CampaignRefused):  # an own template may need what no example has
        return one.subject or one.body


def _channel(request: HttpRequest) -> str:
    wanted = request.GET.get("channel", "")
    return wanted if wanted in Channel.values else Channel.EMAIL.value


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in Template.Language.values else request.clinic.language
