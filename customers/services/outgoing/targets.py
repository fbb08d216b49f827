"""Where we may call: public addresses only, whatever a name leads to at the moment of the call."""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from tenancy.exceptions import DomainError

MAX_URL = 500
_PLAIN = re.compile(r"[\x21-\x7e]+")
_HIDES_ANOTHER = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)  # NAT64, 6to4, Teredo: a public IPv6 address with any IPv4 address inside
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(DomainError):
    """We do not call there."""

    code = "target_refused"


def check_url(url: str) -> str:
    """The address in a form we can call. Raises TargetRefused; what its name resolves to is looked
    at here for the person who types it, and again at every call."""
    cleaned = url.strip()
    if len(cleaned) > MAX_URL or not _PLAIN.fullmatch(cleaned):
        raise TargetRefused(_("Write the address in plain letters, at most 500 of them."))
    try:
        parts = urlsplit(cleaned)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise TargetRefused(_("This is no address.")) from None
    schemes = {"https", "http"} if settings.WEBHOOKS_TO_PRIVATE else {"https"}
    if parts.scheme not in schemes or not host:
        raise TargetRefused(_("The address must begin with https://."))
    if parts.username or parts.password or parts.fragment:
        raise TargetRefused(_("The address must hold no password and no «#»."))
    public_addresses(host, port or 443)
    return cleaned


def public_addresses(host: str, port: int) -> list[str]:
    """Every address of this name, resolved now. Raises TargetRefused when one is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetRefused(_("The name %(host)s is not known.") % {"host": host[:80]}) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        if not settings.WEBHOOKS_TO_PRIVATE and not is_public(text):
            raise TargetRefused(
                _("%(host)s leads to %(address)s, which is not a public address.")
                % {"host": host[:80], "address": text}
            )
    return addresses


def is_public(text: str) -> bool:
    """Neither private, loopback, link-local, shared, reserved nor multicast, in any disguise."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in _HIDES_ANOTHER):
            return False
    return address.is_global and not address.is_multicast
