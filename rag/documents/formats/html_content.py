"""What of a page is its content: `<main>`, or the one `<article>`, where there is one.

Without navigation, headers and footers of the site, forms, and blocks of links; but never is
everything left out: what a page has only there is its content. Notes (`<aside>`) and addresses that
are no links are read wherever they stand. One pass over the page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.documents.formats.html_seen import walk_seen

_SECTIONS = frozenset({"article", "main", "section", "blockquote", "figure", "details"})
_OUTSIDE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_MAY_BE_ROOTS = frozenset({"main", "article", "aside", "address"})
_HOLD_LINKS = frozenset("center dd dir div dl li menu nav ol p section td ul".split())
_LEAST_LINKS = 3
_NEARLY_ALL = 0.85
"""The share of a block's text that is links, from which on the block is a menu."""
_HEADER_LINKS = 2
"""From so many links on a header is the site's."""
_MOST_BESIDE = 100
"""How many notes and addresses that lie outside of the content are read with it."""
_LEAST_TEXT = 200
_LEAST_SHARE = 0.1
"""A main part with less text than both of these is not the content."""
_ARTICLE_SHARE = 0.6
"""The share of the text without menus that a page's one article must have to be its content."""
_MOST_LINKED = 0.5
"""A page that is links to a larger share is a list of links, which are then its content."""


@dataclass(slots=True)
class Content:
    """`roots` are written, without `left_out`; `layouts` are tables that only arrange the page.

    With less than `least` characters of text it is not the content.
    """

    roots: list[Any]
    left_out: set[Any] = field(default_factory=set)
    layouts: set[Any] = field(default_factory=set)
    least: int = 0

    def walk(self) -> Iterator[tuple[str, Any]]:
        """Yield as `walk_seen` does, without what is left out."""
        for root in self.roots:
            left_out = None
            for event, element in walk_seen(root):
                if left_out is None and event == "start" and element in self.left_out:
                    left_out = element
                elif left_out is None:
                    yield event, element
                elif event == "end" and element is left_out:
                    left_out = None
                    yield "skip", element


@dataclass(slots=True)
class _Part:
    """An open element: how many characters it has, in links, in blocks of links, left out."""

    element: Any
    is_led_in: bool = False
    forms_before: int = 0
    text: int = 0
    links: int = 0
    linked: int = 0
    in_menus: int = 0
    left_out: int = 0
    paragraphs: int = 0
    has_cells: bool = False
    has_names: bool = False
    holds_blocks: bool = False
    is_layout: bool = False

    @property
    def is_mostly_links(self) -> bool:
        return 2 * self.linked > self.text


def find_content(root: Any) -> list[Content]:
    """Return what to write, best first: the next is for when the one before has no text."""
    survey = _Survey()
    for event, element in walk_seen(root):
        survey.take(event, element)
    return survey.choices(root)


def lays_out(root: Any) -> set[Any]:
    """Return the tables below `root` that only arrange the page."""
    return find_content(root)[0].layouts


class _Survey:
    def __init__(self) -> None:
        self._open: list[_Part] = [_Part(None)]
        self._sections = 0
        self._mains: list[tuple[Any, int]] = []
        self._articles: list[tuple[Any, int]] = []
        self._forms: list[tuple[Any, int]] = []
        self._beside: list[Any] = []  # what is read though it may lie outside of the content
        self._ended: list[Any] = []  # of all these what has ended, in order
        self._outside: set[Any] = set()
        self._menus: set[Any] = set()
        self._layouts: set[Any] = set()
        self._last = ""
        self._inside_main = 0
        self._inside_article = 0
        self._inside_outside = 0

    def take(self, event: str, element: Any) -> None:
        """Take the start or the end of an element, and the text that follows it."""
        if event == "start":
            self._start(element)
            self._text(element.text)
        else:
            if event == "end":
                self._end(element)
            self._text(element.tail)

    def choices(self, root: Any) -> list[Content]:
        whole = self._open[0]
        forms = {form for form, size in self._forms if 2 * size < whole.text}
        outside = self._outside | forms
        is_list_of_links = whole.in_menus > _MOST_LINKED * (whole.text - whole.left_out)
        left_out = outside if is_list_of_links else outside | self._menus
        least = min(_LEAST_TEXT, int(_LEAST_SHARE * whole.text))
        chosen = [(roots, left_out) for roots in self._roots(whole) if roots]
        chosen += [([root], left_out), ([root], outside)]
        chosen = [(self._with_beside(roots, without), without) for roots, without in chosen]
        return [
            *(Content(roots, without, self._layouts, least) for roots, without in chosen),
            Content([root], set(), self._layouts),
        ]

    def _roots(self, whole: _Part) -> list[list[Any]]:
        size = sum(size for _, size in self._mains)
        mains = [main for main, _ in self._mains]
        if size < _LEAST_TEXT and size < _LEAST_SHARE * whole.text:
            mains = []
        rest = whole.text - whole.left_out - whole.in_menus
        articles = [article for article, size in self._articles if size >= _ARTICLE_SHARE * rest]
        return [mains, [] if mains or len(self._articles) != 1 else articles]

    def _with_beside(self, roots: list[Any], left_out: set[Any]) -> list[Any]:
        """Return the roots, and among them in order what is beside them and would be left out."""
        around = {each for root in roots for each in root.iterancestors()}
        beside = [each for each in self._beside if each not in around]
        others = {*roots, *beside}
        added = [each for each in beside if not _is_inside(each.getparent(), others, left_out)]
        if not added:
            return roots
        wanted = {*roots, *added}
        ended = [each for each in self._ended if each in wanted]
        return [*(each for each in roots if each not in ended), *ended]

    def _start(self, element: Any) -> None:
        tag, role = element.tag, element.get("role")
        if tag == "main" or role == "main":
            self._inside_main += 1
        if tag == "article":
            self._inside_article += 1
        self._sections += tag in _SECTIONS
        led = tag in _HOLD_LINKS and self._last.endswith((":", "\N{FULLWIDTH COLON}"))
        part = _Part(element, is_led_in=led, forms_before=len(self._forms))
        self._mark_table(tag, part)
        if self._is_outside(tag, role):
            self._outside.add(element)
            self._inside_outside += 1
        self._open.append(part)

    def _end(self, element: Any) -> None:
        part = self._open.pop()
        above = self._open[-1]
        tag = element.tag
        self._sections -= tag in _SECTIONS
        if tag == "a" and element.get("href") is not None and part.text:
            part.links, part.linked = 1, part.text
        is_menu = (
            (tag in _HOLD_LINKS or (tag == "table" and not part.has_names))
            and not part.is_led_in
            and part.links >= _LEAST_LINKS
            and part.linked >= _NEARLY_ALL * part.text
        )
        if is_menu:
            self._menus.add(element)
            part.in_menus = part.text
        elif part.is_led_in and part.linked:
            above.is_led_in = above.element is not None and above.element.tag in _HOLD_LINKS
        self._end_region(element, part)
        if tag == "table":
            arranges = part.holds_blocks and not part.has_names
            if arranges or part.is_layout or not part.has_cells:
                self._layouts.add(element)
        else:
            if tag != "td":
                above.paragraphs += part.paragraphs
            elif part.paragraphs > 1:
                above.holds_blocks = True
            above.has_cells |= part.has_cells
            above.has_names |= part.has_names
            above.holds_blocks |= part.holds_blocks
            above.is_layout |= part.is_layout
        above.text += part.text
        above.links += part.links
        above.linked += part.linked
        above.in_menus += part.in_menus
        above.left_out += part.left_out

    def _end_region(self, element: Any, part: _Part) -> None:
        """Take the end of what may be the content, or may not."""
        tag, role = element.tag, element.get("role")
        if tag == "main" or role == "main":
            self._inside_main -= 1
            if not self._inside_main:
                self._mains.append((element, part.text - part.left_out))
        if tag == "article":
            self._inside_article -= 1
            if not self._inside_article and not self._inside_outside:
                self._articles.append((element, part.text))
        if tag == "form":
            self._forms.append((element, part.text))
        if element in self._outside:
            self._end_outside(element, part, tag, role)
        elif tag == "address" and self._is_apart(part):
            self._beside.append(element)
        if tag in _MAY_BE_ROOTS or role in ("main", "complementary"):
            self._ended.append(element)

    def _end_outside(self, element: Any, part: _Part, tag: str, role: str | None) -> None:
        """Take the end of what lies outside of the content by its name, unless it is its own."""
        self._inside_outside -= 1
        in_content = self._inside_main or self._inside_article
        own_header = tag == "header" and part.links < _HEADER_LINKS
        is_note = tag == "aside" or role == "complementary"
        if own_header or (is_note and in_content and not part.is_mostly_links):
            self._outside.discard(element)
            return
        part.left_out, part.in_menus = part.text, 0
        if is_note and self._is_apart(part) and not self._inside_outside:
            self._outside.discard(element)
            self._beside.append(element)

    def _is_apart(self, part: _Part) -> bool:
        """Tell whether what ends is read though it may lie outside of the content."""
        has_form = len(self._forms) > part.forms_before
        return not part.is_mostly_links and not has_form and len(self._beside) < _MOST_BESIDE

    def _is_outside(self, tag: str, role: str | None) -> bool:
        if tag in ("nav", "aside") or role in _OUTSIDE_ROLES:
            return True
        return tag in ("header", "footer") and not self._sections and not self._inside_main

    def _mark_table(self, tag: str, part: _Part) -> None:
        """Note what tells a table of data from one that arranges a page."""
        above = self._open[-1]
        if tag in ("td", "th"):
            above.has_cells = True
            above.has_names |= tag == "th"
        elif tag == "table":
            if part.element.get("role") in ("presentation", "none"):
                part.is_layout = True
            above.is_layout = True  # a table in a cell
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6", "pre"):
            above.holds_blocks = True
        elif tag in ("p", "ul", "ol"):
            above.paragraphs += 1

    def _text(self, text: str | None) -> None:
        if text and (own := text.strip()):
            self._open[-1].text += len(own)
            self._last = own[-1]


def _is_inside(element: Any, roots: set[Any], left_out: set[Any]) -> bool:
    """Tell whether an element is written with one of the roots."""
    while element is not None and element not in left_out:
        if element in roots:
            return True
        element = element.getparent()
    return False
