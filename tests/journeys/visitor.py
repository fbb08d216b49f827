"""Somebody at a browser, who notices everything that goes wrong on the pages they see."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, Response, expect, sync_playwright

from tests.journeys.product import Login, Product

CHROMIUM = "/usr/bin/chromium"
# A headless browser has no business with anybody but the product.
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync"]  # fmt: skip
DESKTOP, PHONE = (1440, 900), (390, 844)
SETTLING_MS = 200
# The walk asks whether it works, not how fast: a busy machine takes its time.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS // 2)
GRAVE = {"serious", "critical"}
AXE = Axe()
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"frame-title": {"enabled": True}}}


def require_none(faults: list[str]) -> None:
    """Fail and print them all: pytest shortens long lists."""
    if faults:
        raise AssertionError("\n".join([f"{len(faults)} faults", *faults]))


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)


class Visitor:
    """One browser window with its own cookies.

    faults: one line for each console error, failed or foreign request, in the order they happened.
    """

    def __init__(
        self,
        browser: Browser,
        product: Product,
        *,
        size: tuple[int, int] = DESKTOP,
        language: str = "en",
        theme: str = "light",
    ) -> None:
        self.product = product
        self.faults: list[str] = []
        self.expects_refusal = False
        self.context = browser.new_context(
            base_url=product.url,
            viewport={"width": size[0], "height": size[1]},
            locale={"en": "en-GB", "zh-hans": "zh-CN"}[language],
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.look(language=language, theme=theme)
        self.page: Page = self.context.new_page()
        self._listen(self.page)

    def look(self, **preferences: str) -> None:
        """Set language or theme, as the menu does."""
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.product.url}
             for name, value in preferences.items()]
        )  # fmt: skip

    def _listen(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._note(f"script: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))
        page.on("response", self._answered)

    def _note(self, fault: str) -> None:
        self.faults.append(f"{urlsplit(self.page.url).path}: {fault}")

    def _said(self, kind: str, text: str) -> None:
        is_expected = self.expects_refusal and text.startswith("Failed to load resource")
        if kind == "error" and not is_expected:
            self._note(f"console: {text}")

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in {"http", "https"} and not url.startswith(self.product.url + "/"):
            self._note(f"asks another host: {url}")

    def _failed(self, url: str, why: str) -> None:
        if why != "net::ERR_ABORTED":  # we went to the next page before this one was done
            self._note(f"request failed: {url} ({why})")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not self.expects_refusal:
            self._note(f"{response.status} from {urlsplit(response.url).path}")

    def sign_in(self, login: Login) -> None:
        """As a newcomer does: the demo's sign-in page fills in the form."""
        self.page.goto("/accounts/login/")
        self.page.locator(f'[data-fill-email="{login.email}"]').click()
        self.page.locator("form.form button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def open(self, path: str) -> Response | None:
        """Go to a page and wait until it has stopped loading."""
        response = self.page.goto(path)
        self.settle()
        return response

    def settle(self) -> None:
        """Until htmx is done; a page that polls is silent between two questions."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_timeout(SETTLING_MS)  # what loads itself has begun to by then
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    def links(self) -> list[str]:
        """Paths (with their query) this page leads to by a click."""
        """But those a customer wrote, which are marked so."""
        hrefs = self.page.eval_on_selector_all(
            "a[href]:not([rel~=nofollow])", "all => all.map(a => a.href)"
        )
        return [
            href.removeprefix(self.product.url).partition("#")[0]
            for href in dict.fromkeys(hrefs)
            if href.startswith(self.product.url + "/")
        ]

    def foreign_links(self) -> list[str]:
        """But those a customer wrote, which are marked so."""
        hrefs = self.page.eval_on_selector_all(
            "a[href]:not([rel~=nofollow])", "all => all.map(a => a.href)"
        )
        ours = (self.product.url + "/", "mailto:", "tel:", "sms:")
        return [href for href in hrefs if not href.startswith(ours)]

    def grave_axe_issues(self) -> list[str]:
        """«rule: where» of every serious or critical issue axe finds on this page."""
        found = AXE.run(self.page, options=AXE_OPTIONS).response["violations"]
        return [
            f"{rule['id']} ({rule['impact']}): {node['target'][0]} {node['html'][:120]}"
            for rule in found if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]  # fmt: skip

    def n_pixels_too_wide(self) -> int:
        """How far the page can be scrolled to the side."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def close(self) -> None:
        self.context.close()
