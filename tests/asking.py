"""The questions that the fake page knows, and what a person does with a browser on it."""

from pathlib import Path

from fake_pipeline import SEED, Script

SEED_TEXT = (Path(__file__).parents[1] / SEED).read_text(encoding="utf-8")
TROOPS = "How many troops would the Ukrainian army keep in peacetime?"
LOST = "How many soldiers has Ukraine lost in the war?"
SCALE = (
    "According to the proposal, the Ukrainian army will maintain a peacetime scale of about "
    "800,000 troops."
)
FORCE = (
    "This force not only operates inside Ukraine but also supports military reconstruction, "
    "protects airspace and contributes to ensuring maritime security."
)
HOSTILE = (
    "The vault holds <script>window.hacked=1</script> gold <img src=https://evil.example/x.png "
    "onerror=window.hacked=2> and ${window.hacked=3} {{window.hacked=4}}.\n"
    "[link](javascript:window.hacked=5) ![picture](https://evil.example/y.png) "
    "<form action=https://evil.example><button>Send</button></form> \u202etxt.exe\u202c "
    "zero\u200bwidth </mark></p></article><style>*{display:none!important}</style>\n"
)
VAULT = HOSTILE[: HOSTILE.index("\n")]
SCRIPTS = {
    TROOPS: Script(
        quotes=(SCALE, FORCE),
        sentences=(
            ("The Ukrainian army would keep about 800,000 troops.", (1,)),
            ("A force inside Ukraine would help to rebuild and protect the airspace.", (2,)),
        ),
        short_answer="about 800,000 troops",
        delay_seconds=1.5,  # what stands between quote and sentences is seen on a busy machine too
    ),
    "Which parts are there?": Script(
        quotes=(SCALE, VAULT),
        sentences=(("There are 800,000 troops and a vault.", (1, 2)),),
        delay_seconds=0.05,
    ),
    LOST: Script(
        quotes=(SCALE,), sentences=(), short_answer="about 800,000 troops", confidence=0.25
    ),
    "slow": Script(quotes=(SCALE,), sentences=(("Never shown.", (1,)),), delay_seconds=60),
    "vault": Script(quotes=(VAULT,), sentences=((VAULT, (1,)),), delay_seconds=0.05),
}
TEXTS = {"article.txt": SEED_TEXT, "hostile <b>.txt": HOSTILE}


def type_question(page, question):
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")


def show_card(page, citation):
    """Point at a citation until its card is there: an answer drawn anew loses the pointer."""
    from playwright.sync_api import TimeoutError

    for _ in range(5):
        page.hover(citation)
        try:
            page.wait_for_selector("#card:visible", timeout=5_000)
            return
        except TimeoutError:
            page.mouse.move(1, 1)
    raise AssertionError(f"no card for {citation}")


def wait_until_done(page):
    page.wait_for_selector('#turn .turn[aria-busy="false"]')


def marked_text(page, key):
    return page.evaluate(
        """key => [...document.querySelectorAll('#source mark')]
            .filter(mark => mark.dataset.cites.split(' ').includes(key))
            .map(mark => mark.textContent).join('')""",
        key,
    )


_IN_VIEW = """selector => {
    const box = document.querySelector(selector).getBoundingClientRect();
    const pane = document.querySelector('#source article').getBoundingClientRect();
    return box.top >= Math.max(0, pane.top - 1)
        && box.bottom <= Math.min(innerHeight, pane.bottom) + 1;
}"""


def is_in_view(page, selector):
    return page.evaluate(_IN_VIEW, selector)


def wait_until_in_view(page, selector):
    """Wait for the source to have scrolled there, however long that takes."""
    page.wait_for_function(_IN_VIEW, arg=selector)


def has_sideways_scroll(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")
