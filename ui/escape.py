"""Text from documents, models and people to HTML that shows it and does nothing else.

Knows nothing of answers or pages. Everything the page shows passes through `escape`.
"""

import html
import re
import unicodedata

# Characters that a reader cannot see, or that change the order in which others are seen. Joiners
# are left alone between letters that use them (Persian, emoji), and shown beside ASCII.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)
_STRONG = re.compile(r"(?<![\w*])(\*\*)(?=[^\s*])([^\n]{0,300}?[^\s*])(\*\*)(?![\w*])")
"""Between two pairs of asterisks, as Markdown has it; powers (`2**3**4`) are none."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def escape(text: str) -> str:
    """Return `text` as HTML, fit for content and for quoted attributes.

    A lone surrogate, which no page can carry, becomes U+FFFD.
    """
    return html.escape(_SURROGATE.sub("\ufffd", text), quote=True)


def escape_visibly(text: str) -> str:
    """Return `text` as HTML content in which hidden characters are labelled and isolated.

    The character itself stays, inside a `span` of its own, so that taking the tags away gives the
    text back exactly.
    """
    pieces: list[str] = []
    position = 0
    for match in _HIDDEN.finditer(text):
        pieces.append(escape(text[position : match.start()]))
        pieces.append(_label(match.group()))
        position = match.end()
    pieces.append(escape(text[position:]))
    return "".join(pieces)


def escape_document(text: str) -> str:
    """Return words of a document as `escape_visibly` does, strong where Markdown says so.

    The asterisks stay, unseen, so that taking the tags away gives the text back exactly.
    """
    pieces: list[str] = []
    position = 0
    for match in _STRONG.finditer(text):
        before, mark = escape_visibly(text[position : match.start()]), escape_visibly(match[1])
        unseen = f'<span class="mark-up">{mark}</span>'
        pieces.append(f"{before}<b>{unseen}{escape_visibly(match[2])}{unseen}</b>")
        position = match.end()
    pieces.append(escape_visibly(text[position:]))
    return "".join(pieces)


def before_strong(text: str, cut: int) -> int:
    """Return `cut`, or where the words begin that it would cut in two, if they are strong."""
    cuts = (m.start() for m in _STRONG.finditer(text) if m.start() < cut < m.end())
    return next(cuts, cut)


def isolated(text: str) -> str:
    """Return a name as HTML whose writing direction leaves its surroundings alone."""
    return f"<bdi>{escape_visibly(text)}</bdi>"


def name_hidden(text: str) -> str:
    """Return plain text in which hidden characters are replaced by their names, `⟨U+202E⟩`."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def escape_name(text: str) -> str:
    """Return a name as HTML for a place that holds no elements: a title, an option, an attribute.

    Characters that are hidden, or that turn the order of others, are replaced by their names.
    """
    return escape(name_hidden(text))


def _label(character: str) -> str:
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "control character").lower()
    return (
        f'<span class="hidden-character" title="{code} {name}" data-code="{code}">'
        f"{escape(character)}</span>"
    )
