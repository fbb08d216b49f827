"""Every kind of provider: its channel, what an account needs, and how to open it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.channels.alibaba_sms import AlibabaSms
from campaigns.channels.contract import Channel, ProviderClass, ProviderUnavailable
from campaigns.channels.email import BackendChannel, get_backend
from campaigns.channels.recording import Recording
from campaigns.channels.smtp import Server, SmtpChannel
from campaigns.channels.tencent_sms import TencentSms
from campaigns.channels.twilio import Twilio
from campaigns.channels.wechat import WeChatTemplate, WeCom
from customers.services.outgoing.targets import TargetRefused, public_addresses

Text = str | Promise
SENDER_ADDRESS = _("Sender's e-mail address")


@dataclass(frozen=True)
class Field:
    """One thing an account needs. is_secret: never shown again."""

    name: str
    label: Text
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True)
class Opening:
    """What is needed to open a channel. receipts_url: where reports shall be sent."""

    sender: str
    credentials: Mapping[str, str]
    receipts_url: str = ""
    endpoint: str = ""


@dataclass(frozen=True)
class Kind:
    """sender: what stands in the account's `sender`. can_sign: reports are signed by our secret."""

    key: str
    channel: str
    label: Text
    provider_class: ProviderClass
    fields: tuple[Field, ...]
    open: Callable[[Opening], Channel]
    sender: Text = SENDER_ADDRESS


def _smtp(opening: Opening) -> Channel:
    said = opening.credentials
    port = int(said["port"]) if said.get("port", "").isdecimal() else 587
    if not settings.WEBHOOKS_TO_PRIVATE:
        try:
            public_addresses(said["host"], port)
        except TargetRefused as refused:
            raise ProviderUnavailable(refused.message[:100]) from refused
    security = said.get("security") or "starttls"
    return SmtpChannel(
        Server(
            said["host"],
            port,
            said.get("user", ""),
            said.get("password", ""),
            starts_tls=security == "starttls",
            over_tls=security == "tls",
        )
    )


def _service(backend: str) -> Callable[[Opening], Channel]:
    """A mail service by anymail; its credentials are the backend's arguments."""

    def open_it(opening: Opening) -> Channel:
        more = {"api_url": opening.endpoint} if opening.endpoint else {}
        given = {k: text for k, text in opening.credentials.items() if text and k != "webhook_key"}
        path = f"anymail.backends.{backend}.EmailBackend"
        return BackendChannel(get_backend(path, **given, **more))

    return open_it


def _by(channel: Callable[..., Channel]) -> Callable[[Opening], Channel]:
    return lambda o: channel(o.sender, o.credentials, o.endpoint)


def _twilio(opening: Opening) -> Channel:
    return Twilio(opening.sender, opening.credentials, opening.endpoint, opening.receipts_url)


_KEY = Field("api_key", _("API key"), is_secret=True)
_SIGNATURE = pgettext_lazy("of an SMS", "Signature")
_BLIND, _ASKED, _KEYED = ProviderClass.BLIND, ProviderClass.ASKED, ProviderClass.KEYED
_KINDS = (
    Kind("smtp", "email", _("Your own mail server (SMTP)"), _BLIND, (
        Field("host", _("Server")), Field("port", _("Port"), is_required=False),
        Field("security", _("Encryption: starttls, tls or none"), is_required=False),
        Field("user", _("User name"), is_required=False),
        Field("password", _("Password"), is_secret=True, is_required=False)), _smtp),
    Kind("brevo", "email", "Brevo", _BLIND, (_KEY,), _service("brevo")),
    Kind("mailgun", "email", "Mailgun", _BLIND, (
        _KEY, Field("sender_domain", _("Domain")),
        Field("webhook_key", _("Key that signs reports"), is_secret=True, is_required=False)),
        _service("mailgun")),
    Kind("mailjet", "email", "Mailjet", _BLIND, (
        _KEY, Field("secret_key", _("Secret key"), is_secret=True)), _service("mailjet")),
    Kind("postmark", "email", "Postmark", _BLIND, (
        Field("server_token", _("Server token"), is_secret=True),), _service("postmark")),
    Kind("resend", "email", "Resend", _BLIND, (_KEY,), _service("resend")),
    Kind("sendgrid", "email", "SendGrid", _BLIND, (_KEY,), _service("sendgrid")),
    Kind("sparkpost", "email", "SparkPost", _BLIND, (_KEY,), _service("sparkpost")),
    Kind("alibaba", "sms", _("Alibaba Cloud SMS"), _ASKED, (
        Field("access_key_id", _("AccessKey ID")),
        Field("access_key_secret", _("AccessKey secret"), is_secret=True),
        Field("template_code", _("Template code")),
        Field("template_variable", _("Variable of the template"), is_required=False)),
        _by(AlibabaSms), _SIGNATURE),
    Kind("tencent", "sms", _("Tencent Cloud SMS"), _BLIND, (
        Field("secret_id", _("SecretId")), Field("secret_key", _("SecretKey"), is_secret=True),
        Field("sdk_app_id", _("SDK AppID")), Field("template_id", _("Template ID"))),
        _by(TencentSms), _SIGNATURE),
    Kind("twilio", "sms", "Twilio", _BLIND, (
        Field("account_sid", _("Account SID")),
        Field("auth_token", _("Auth token"), is_secret=True)), _twilio,
        _("Number, or SID of a messaging service")),
    Kind("wechat", "wechat", _("WeChat service account"), _KEYED, (
        Field("app_id", _("AppID")), Field("app_secret", _("AppSecret"), is_secret=True),
        Field("template_id", _("Template ID")),
        Field("template_field", _("Field of the template"), is_required=False),
        Field("url", _("Page that opens"), is_required=False)), _by(WeChatTemplate), _("Name")),
    Kind("wecom", "wecom", _("WeCom"), _BLIND, (
        Field("corp_id", _("CorpID")), Field("corp_secret", _("Secret"), is_secret=True)),
        _by(WeCom), _("User ID of the member of staff")),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.key: kind for kind in _KINDS}


def _recording(channel: str) -> Kind:
    label = _("Recording provider (for trying out)")
    behaves = Field("class", _("Behaves as: keyed, asked or blind"), is_required=False)
    return Kind("recording", channel, label, _KEYED, (behaves,), _by(Recording))


def kind_of(key: str, channel: str = "sms") -> Kind | None:
    """The recording one exists where the settings name where it runs, for every channel."""
    if key == "recording":
        return _recording(channel) if "recording" in settings.PROVIDER_ENDPOINTS else None
    return KINDS.get(key)


def open_channel(key: str, opening: Opening, *, channel: str = "sms") -> Channel:
    """Raises ProviderUnavailable when it cannot be opened as it stands."""
    kind = kind_of(key, channel)
    if kind is None:
        raise ProviderUnavailable(f"no such provider: {key[:20]}")
    endpoint = settings.PROVIDER_ENDPOINTS.get(key, "")
    said = Opening(opening.sender, opening.credentials, opening.receipts_url, endpoint)
    try:
        return kind.open(said)
    except KeyError as missing:
        raise ProviderUnavailable(f"the account lacks {missing}") from missing
