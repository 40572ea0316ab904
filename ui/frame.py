"""What stands around the conversation: the page's top line, its views, the welcome.

Pure functions from values to escaped HTML. Knows neither Gradio nor answers.
"""

from collections.abc import Mapping, Sequence

from ui.escape import escape, escape_visibly, isolated

VIEWS = {"ask": "Ask", "documents": "Documents", "history": "History", "settings": "Settings"}
BRAND = '<h1 class="brand">Footnote<sup aria-hidden="true">1</sup></h1>'

SEED_SHA256 = "340af240ee0963f56139d2c969b87b61644b1c969c9872578bf40e0179c376b6"
SEED_EXAMPLES = (
    "What has the US agreed to provide to Ukraine?",
    "How many troops would the Ukrainian army keep in peacetime?",
    "What is the biggest obstacle to a deal?",
    "Which article of NATO is the security mechanism similar to?",
    "What did Dmitry Peskov say about the deadline?",
)


def render_views() -> str:
    """Return the links to the views; `page.js` marks the one that is shown."""
    links = "".join(f'<a href="#{view}">{name}</a>' for view, name in VIEWS.items())
    return f'<nav class="views" aria-label="Views">{links}</nav>'


def render_status(
    models: Mapping[str, str], documents: int = 0, passages: int = 0, *, problem: str = ""
) -> str:
    """Return the top line's end: that all is offline, and what is running.

    A `problem` stands in place of what is in a library that cannot be opened.
    """
    rows = "".join(
        f"<dt>{escape(role.capitalize())}</dt><dd>{isolated(name)}</dd>"
        for role, name in models.items()
    )
    library = (
        f"{documents:,} {'document' if documents == 1 else 'documents'}",
        f"{passages:,} {'passage' if passages == 1 else 'passages'}",
    )
    if problem:
        library = ("library not open", escape_visibly(problem))
    return (
        '<details class="status"><summary><span class="dot"></span>Offline'
        f'<span class="wide"> · {" · ".join(library)}</span></summary>'
        f"<dl>{rows}<dt>Library</dt><dd>{', '.join(library)}</dd>"
        "<dt>Network</dt><dd>not used; everything runs on this computer</dd></dl></details>"
    )


def render_panel_heading(title: str, line: str) -> str:
    """Return the head of a view other than Ask: its title, and one line on what it is for."""
    return f'<header class="panel-heading"><h2>{escape(title)}</h2><p>{escape(line)}</p></header>'


def render_welcome(examples: Sequence[str], documents: int) -> str:
    """Return what stands in place of the conversation before the first question."""
    if not documents:
        return (
            '<section class="welcome"><h2>This library is empty.</h2>'
            '<p>Add files to it under <a href="#documents">Documents</a>, then ask about them. '
            "Nothing leaves this computer.</p></section>"
        )
    subject = "the document shown here" if documents == 1 else f"your {documents:,} documents"
    buttons = "".join(
        f'<li><button type="button" class="example">{escape(example)}</button></li>'
        for example in examples
    )
    tries = f'<h3>Try one of these</h3><ul class="examples">{buttons}</ul>' if examples else ""
    return (
        '<section class="welcome"><h2>Ask, and see where it says so.</h2>'
        f"<p>Footnote answers from {subject} and shows the exact sentences it relies on. "
        "What the documents do not say, it does not answer. Nothing leaves this computer.</p>"
        f"{tries}</section>"
    )


def render_theme_choice() -> str:
    """Return the choice between light and dark, which the browser keeps (see `page.js`)."""
    choices = "".join(
        f'<label><input type="radio" name="theme" value="{value}"> {label}</label>'
        for value, label in (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
    )
    return (
        f'<fieldset class="theme"><legend>Theme</legend>{choices}'
        "<p>Kept in this browser.</p></fieldset>"
    )


def render_running(models: Mapping[str, str], memory_bytes: int) -> str:
    """Return what is running: the models' names, the memory used, and that all is offline."""
    rows = "".join(
        f"<dt>{escape(role.capitalize())}</dt><dd>{isolated(name)}</dd>"
        for role, name in models.items()
    )
    return (
        f'<h3>What is running</h3><dl class="running">{rows}'
        f"<dt>Memory</dt><dd>{memory_bytes / 2**20:,.0f} MiB used by this program</dd>"
        "<dt>Network</dt><dd>offline: nothing leaves this computer</dd></dl>"
    )


def render_outcome(line: str, *, failed: bool = False) -> str:
    """Return one line on what came of a person's wish, which is read out."""
    kind = "failed" if failed else "done"
    return f'<p class="outcome {kind}" role="{"alert" if failed else "status"}">{escape(line)}</p>'
