"""Pictures of every page into build/screenshots/, and the README's into docs/images/.

.venv/bin/python -m tests.journeys.take_screenshots               starts a product of its own
.venv/bin/python -m tests.journeys.take_screenshots --url http://127.0.0.1:8000
… --only customers --only en-light-1440                           a part of them
"""

import argparse
from contextlib import nullcontext
from itertools import product as every
from pathlib import Path

from playwright.sync_api import Browser

from devstack.state import ROOT
from tests.journeys import product as products
from tests.journeys.crawling import crawl, kind_of
from tests.journeys.visitor import DESKTOP, PHONE, Visitor, chromium

FOLDER = ROOT / "build" / "screenshots"
README_PICTURE = ROOT / "docs" / "images" / "today.png"
CLINICS = {"en": "harley-rose", "zh-hans": "yujing"}  # each in its own language
THEMES = ("light", "dark")
CHARTS_MS = 600  # charts load after the page and grow into place
FOR_STRANGERS = ("/accounts/login/", "/accounts/password/reset/")
NOT_FOUND = "/customers/999999999/"
NO_PERMISSION = "/analytics/"  # as seen by staff


def name_of(path: str) -> str:
    """`/customers/17/` → `customers-N`."""
    if path == NOT_FOUND:
        return "not-found"
    return kind_of(path).strip("/").replace("/", "-") or "today"


def scroll_through(visitor: Visitor) -> None:
    """Charts are drawn when they come near the window."""
    for place in ("document.body.scrollHeight", "0"):
        visitor.page.evaluate(f"window.scrollTo(0, {place})")
        visitor.page.wait_for_timeout(CHARTS_MS // 2)


def take(visitor: Visitor, path: str, folder: Path, name: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    visitor.open(path)
    scroll_through(visitor)
    visitor.page.wait_for_timeout(CHARTS_MS)
    visitor.page.screenshot(path=folder / f"{name or name_of(path)}.png", full_page=True)


def take_all(browser: Browser, product: products.Product, only: list[str]) -> None:
    for language, clinic in CLINICS.items():
        owner = Visitor(browser, product)
        owner.sign_in(product.login("owner", clinic))
        paths = [path for path, status in crawl(owner) if status == 200]
        for theme, size in every(THEMES, (DESKTOP, PHONE)):
            look = f"{language}-{theme}-{size[0]}"
            if not wanted(look, [name for name in only if name[:2] in {"en", "zh"}]):
                continue
            folder = FOLDER / look
            of_pages = [name for name in only if name[:2] not in {"en", "zh"}]
            for role, shown in {
                "owner": [*paths, NOT_FOUND], "staff": ["/", NO_PERMISSION], "": FOR_STRANGERS,
            }.items():  # fmt: skip
                visitor = Visitor(browser, product, size=size, language=language, theme=theme)
                if role:
                    visitor.sign_in(product.login(role, clinic))
                for path in shown:
                    name = f"{role}-{name_of(path)}" if role == "staff" else name_of(path)
                    if wanted(name, of_pages):
                        take(visitor, path, folder, name)
                visitor.close()
            print(f"{folder.relative_to(ROOT)}: {len(list(folder.glob('*.png')))} pictures")
        owner.close()


def wanted(name: str, only: list[str]) -> bool:
    return not only or any(part in name for part in only)


def take_for_readme(browser: Browser, product: products.Product) -> None:
    visitor = Visitor(browser, product)
    visitor.sign_in(product.login("owner", CLINICS["en"]))
    visitor.open("/")
    visitor.page.wait_for_timeout(CHARTS_MS)
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    visitor.page.screenshot(path=README_PICTURE)
    print(f"{README_PICTURE.relative_to(ROOT)}: {README_PICTURE.stat().st_size // 1000} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", help="a running demo; without it one is started")
    parser.add_argument(
        "--only", action="append", default=[], help="part of a page's or look's name"
    )
    parser.add_argument("--readme", action="store_true", help="only the README's picture")
    options = parser.parse_args()
    running = nullcontext(products.at(options.url)) if options.url else products.running()
    with running as product, chromium() as browser:
        take_for_readme(browser, product)
        if not options.readme:
            take_all(browser, product, options.only)


if __name__ == "__main__":
    main()
