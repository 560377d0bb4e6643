"""Works with the pages of a server as its administrator does, in a real browser.

Fails on: a step that does not lead where it should; a violation that axe finds on any page, light or dark; an error on the console; a
violation of the content security policy; a text of the stage that ran.
"""

import glob
import os
import re
import sys

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

URL = os.environ["STANCH_URL"]
PASSWORD = os.environ["STANCH_PASSWORD"]
SHOTS = os.environ.get("STANCH_SHOTS")
AXE = glob.glob(os.environ["STANCH_LIBRARY"] + "/python*/site-packages/axe_playwright_python/axe.min.js")[0]
FULL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What another choice of colours changes.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Notes what the policy of the page forbids, and asks for nothing else.
WATCH = """
window.__forbidden = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__forbidden.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# The innermost elements that reach over the edge of the page.
WIDEST = """
[...document.querySelectorAll("body *")].filter((one) =>
  one.getBoundingClientRect().right > document.documentElement.clientWidth + 1 &&
  !one.closest("[role=region][tabindex]")).slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")
"""
PAGES = [
    "/on-call",
    "/executive",
    "/debug",
    "/debug?origin=shop&rule=token&days=7",
    "/incidents",
    "/incidents/1",
    "/incidents/2",
    "/leaks",
    "/leaks?kind=repository&reach=public&presence=there",
    "/leaks/1",
    "/leaks/4",
    "/search?q=acme",
    "/search?q=%3Cscript%3Ewindow.__pwned%3D5%3C%2Fscript%3E",
    "/allowances",
    "/audit",
    "/audit?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dwindow.__pwned%3D6%3E&from=2026-01-01",
    "/settings/users",
    "/settings/teams",
    "/settings/tokens",
    "/settings/channels",
    "/settings/policy",
    "/account",
]
HOSTILE = '"><script>window.__pwned=7</script><img src=x onerror=window.__pwned=8>'
problems = []
# A refusal that the walk asks for is an error on the console.
REFUSED = "status of 422"


def told(page: Page, message: ConsoleMessage) -> None:
    """Notes what a page says on the console."""
    if message.type == "error" and not (REFUSED in message.text and page.url.endswith("/allowances")):
        problems.append(f"{page.url}: console: {message.text}")


def look(page: Page, name: str) -> None:
    """Holds a page against what must never be."""
    pwned, forbidden = page.evaluate("[window.__pwned ?? null, window.__forbidden]")
    if pwned is not None:
        problems.append(f"{name}: a text ran: {pwned}")
    problems.extend(f"{name}: forbidden: {one}" for one in forbidden)


def check(page: Page, name: str, only: dict = FULL) -> None:
    """The same, with what assistive technology makes of it. Everything that can be opened is."""
    look(page, name)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(open(AXE, encoding="utf-8").read())
    result = page.evaluate(
        "(only) => axe.run(document, { runOnly: only, resultTypes: ['violations'] })", only
    )
    for violation in result["violations"]:
        for node in violation["nodes"]:
            told = node["failureSummary"].replace("\n", " ")
            problems.append(f"{name}: axe: {violation['id']}: {node['html'][:160]}: {told[:200]}")


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        os.makedirs(SHOTS, exist_ok=True)
        file = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
        page.screenshot(path=f"{SHOTS}/{file}.png", full_page=True)


def log_in(page: Page) -> None:
    """Sets a password by the one-time link, and logs in."""
    page.goto(os.environ["STANCH_SETUP"])
    check(page, "setup")
    page.fill("input[name=new]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(URL + "/leaks/1")
    expect(page).to_have_url(re.compile("/login"))
    check(page, "login")
    page.fill("input[name=login]", "ada@acme.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page).to_have_url(URL + "/leaks/1")


def step(page: Page, name: str, shown: str = "") -> None:
    """Takes the incident one step on."""
    form = page.locator(f"form:has(input[name=step][value={name}])")
    page.evaluate("document.querySelectorAll('details.act').forEach((one) => { one.open = true; })")
    if shown:
        form.locator("[name=evidence_text]").fill(shown)
    form.locator("button[type=submit]").click()
    expect(page.locator("#timeline, main").first).to_be_visible()


def respond(page: Page) -> None:
    """Sees an incident, takes it, gives a duty, and drives it to its end."""
    page.goto(URL + "/on-call")
    page.locator("a[href='/incidents/1']").first.click()
    expect(page).to_have_url(URL + "/incidents/1")
    step(page, "acknowledge")
    expect(page.locator("main")).to_contain_text("acknowledged it")
    page.evaluate("document.querySelectorAll('#duties details').forEach((one) => { one.open = true; })")
    page.locator("form:has(input[name=duty][value=commander])").first.locator("button").click()
    expect(page.locator("main")).to_contain_text("handed commander over from nobody to ada@acme.example")
    for name, told in [("revoke", "revoked the secret"), ("rotate", "rotated the secret"), ("prove", "proved that the secret is dead")]:
        step(page, name, f"seen in the console {HOSTILE}")
        expect(page.locator("main")).to_contain_text(told)
    step(page, "close")
    expect(page.locator("main")).to_contain_text("closed it")
    look(page, "closed incident")
    page.goto(URL + "/executive")
    expect(page.locator("main")).to_contain_text("1 h")
    expect(page.locator("main")).to_contain_text("Objective")


def allow(page: Page) -> None:
    """Lets a secret be, and takes that back."""
    page.goto(URL + "/leaks/4")
    page.click("#new-allowance summary")
    form = page.locator("#new-allowance form")
    form.locator("[name=reason]").select_option("test-credential")
    form.locator("[name=note]").fill(HOSTILE)
    form.locator("[name=ticket]").fill(HOSTILE)
    form.locator("[name=expires]").fill("2020-01-01")
    form.locator("button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("expires: is in the past")
    page.goto(URL + "/leaks/4")
    page.click("#new-allowance summary")
    form.locator("[name=reason]").select_option("test-credential")
    form.locator("[name=note]").fill(HOSTILE)
    form.locator("[name=expires]").fill(page.evaluate("new Date(Date.now() + 9 * 86400000).toISOString().slice(0, 10)"))
    form.locator("button[type=submit]").click()
    expect(page).to_have_url(URL + "/leaks/4")
    page.goto(URL + "/allowances?state=ending")
    expect(page.locator("main")).to_contain_text("1 allowance will end within 14 days")
    check(page, "an allowance")
    shoot(page, "an allowance")
    page.goto(URL + "/allowances")
    page.locator("summary:has-text('End')").first.click()
    page.locator("form[action$='/end'] [name=reason]").fill(HOSTILE)
    page.locator("form[action$='/end'] button").click()
    expect(page.locator("main")).to_contain_text("ended")


def administer(page: Page) -> None:
    """Adds a team, somebody and a token, whose text is seen once."""
    page.goto(URL + "/settings/teams")
    page.locator("#new-team [name=name]").fill("<b>shop</b>")
    page.locator("#new-team [name=origins]").fill("git.example/**\nregistry.example/*")
    page.locator("#new-team button").click()
    expect(page.locator("#teams")).to_contain_text("<b>shop</b>")
    page.goto(URL + "/settings/users")
    page.locator("#new-user [name=name]").fill("Wen")
    page.locator("#new-user [name=login]").fill("wen")
    page.locator("#new-user [name=team]").check()
    page.locator("#new-user button[type=submit]").click()
    expect(page.locator("#invitation")).to_contain_text("/setup/")
    check(page, "an invitation")
    shoot(page, "an invitation")
    page.goto(URL + "/settings/tokens")
    page.locator("#new-token [name=name]").fill("ci")
    page.locator("#new-token button[type=submit]").click()
    expect(page.locator(".notice code")).to_be_visible()
    check(page, "a token")
    shoot(page, "a token")
    page.goto(URL + "/settings/tokens")
    expect(page.locator(".notice")).to_have_count(0)


def choose_dark(page: Page) -> None:
    """The choice of colours leads back to where it was made."""
    page.goto(URL + "/leaks?q=token")
    page.locator("button[popovertarget=you]").click()
    page.locator("button[name=theme][value=dark]").click()
    expect(page).to_have_url(URL + "/leaks?q=token")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def visit(page: Page, theme: str, only: dict) -> None:
    for path in PAGES:
        answer = page.goto(URL + path)
        if answer is None or answer.status != 200:
            problems.append(f"{path}: {answer and answer.status}")
        check(page, f"{theme} {path}", only)
        shoot(page, f"{theme} {path}")


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["STANCH_CHROMIUM"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(WATCH)
        # Whoever shares the machine may slow it down: what never comes is told late.
        context.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        page = context.new_page()
        page.on("console", lambda message: told(page, message))
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: problems.append(f"{page.url}: a dialog: {dialog.message}"))
        log_in(page)
        visit(page, "light", FULL)
        respond(page)
        allow(page)
        administer(page)
        choose_dark(page)
        visit(page, "dark", COLOURS)
        page.set_viewport_size({"width": 390, "height": 844})
        for path in PAGES:
            page.goto(URL + path)
            wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            if wide:
                widest = page.evaluate(WIDEST)
                problems.append(f"narrow {path}: scrolls sideways: {widest}")
            shoot(page, f"narrow {path}")
        browser.close()


main()
for problem in dict.fromkeys(problems):
    print(problem)
sys.exit(1 if problems else 0)
