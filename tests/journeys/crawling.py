"""Every page a person can reach by clicking, one of each kind."""

import re
from collections import deque
from collections.abc import Iterator

from tests.journeys.visitor import Visitor

# The operator's own pages, what has a test of its own, and what is no page.
LEFT_OUT = re.compile(
    r"^/(admin|api|static|media|accounts/logout|switch)\b|\.(csv|json|xlsx)$|/errors/$"
)


def kind_of(path: str) -> str:
    """`/customers/17/?page=2` → `/customers/N/`: pages of one kind are made by one template."""
    bare = path.partition("?")[0]
    if bare.startswith("/demo/mailbox/") and bare != "/demo/mailbox/":
        return "/demo/mailbox/KEY/"
    if bare.startswith("/u/"):
        return "/u/KEY/"
    return re.sub(r"/\d+(?=/)", "/N", bare)


def crawl(visitor: Visitor, start: str = "/") -> Iterator[tuple[str, int]]:
    """(path, status) of each kind of page, the visitor standing on it; widest first."""
    waiting, seen = deque([start]), {kind_of(start)}
    while waiting:
        path = waiting.popleft()
        response = visitor.open(path)
        yield path, response.status if response else 0
        for link in visitor.links():
            if kind_of(link) not in seen and not LEFT_OUT.search(link.partition("?")[0]):
                seen.add(kind_of(link))
                waiting.append(link)
