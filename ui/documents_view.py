"""The Documents view as HTML: which library, what it holds, how far the reading of files is.

Pure functions from values to escaped HTML. Knows neither Gradio nor libraries on disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rag.sizes import readable_bytes
from ui.escape import escape, escape_visibly, isolated

if TYPE_CHECKING:
    from rag.documents.library import DocumentInfo

_MOST_ROWS = 200
_MOST_DOCUMENTS = 2_000
_STATES = {
    "waiting": "waiting",
    "added": "added",
    "changed": "read again",
    "skipped": "skipped",
    "left": "not read",
}


_REFRESH = (
    '<button type="button" class="plain" data-action="refresh_library" title="Look at the files '
    'again, and read those that changed">Read again what changed</button>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A file that is being read; `state` is waiting, reading, added, changed, skipped or left.

    `done` counts pages while there are `pages` to recognise, else passages.
    """

    name: str
    state: str = "waiting"
    done: int = 0
    passages: int = 0
    pages: int = 0
    reason: str = ""


def render_choice(names: Sequence[str], chosen: str, *, started_with: str, deletable: bool) -> str:
    """Return the choice of library, and the ways to make and to delete one."""
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>'
        f"{escape(name) or _unnamed(started_with)}</option>"
        for name in names
    )
    delete = (
        '<details class="confirm"><summary class="quiet">Delete this library…</summary>'
        '<div class="asking"><p>Delete the library '
        f"<b>{isolated(chosen)}</b>, with the copies that were added to it here? "
        "Your own files stay where they are.</p>"
        '<button type="button" class="danger" data-action="delete_library">Delete it</button> '
        '<button type="button" class="plain" data-action="keep">Keep it</button></div></details>'
        if deletable
        else ""
    )
    return (
        '<section class="library" aria-label="Library"><div class="line">'
        '<label for="library-choice">Library</label>'
        f'<select id="library-choice">{options}</select></div>'
        '<div class="line"><label for="library-name">New library</label>'
        '<input id="library-name" maxlength="64" placeholder="Its name" autocomplete="off">'
        '<button type="button" class="plain" data-action="create_library">Make</button></div>'
        f"{delete}</section>"
    )


def render_adding(
    chosen: str, *, ticket: str, suffixes: Sequence[str], kinds: str, max_bytes: int
) -> str:
    """Return where files are dropped, with what the browser must know to send them."""
    target = (
        f"They are copied into <b>{isolated(chosen)}</b>."
        if chosen
        else "They are copied into a library of your own; what Footnote was started with stays."
    )
    return (
        f'<section class="adding" data-ticket="{escape(ticket)}" data-max="{max_bytes}"'
        f' data-kinds="{escape(" ".join(suffixes))}" aria-label="Add documents">'
        "<p><b>Drop files or a folder here</b>, or choose them:</p>"
        '<p class="choices"><label class="button">Files'
        f'<input type="file" id="add-files" multiple accept="{escape(",".join(suffixes))}"></label>'
        '<label class="button">A folder<input type="file" id="add-folder" webkitdirectory></label>'
        f'</p><p class="hint">{target} Read are {escape(kinds)}, '
        f"up to {readable_bytes(max_bytes)} each. Nothing leaves this computer.</p>"
        '<p class="sending" role="status"></p></section>'
    )


def render_progress(rows: Sequence[Row], summary: str, *, running: bool, problem: str = "") -> str:
    """Return how far the reading is: one line for all, then one for each file."""
    order = {"reading": 0, "skipped": 1}  # what a person looks for comes first
    ordered = sorted(rows, key=lambda row: order.get(row.state, 2))
    items = "".join(map(_row, ordered[:_MOST_ROWS]))
    more = len(rows) - _MOST_ROWS
    rest = f'<li class="more">and {more:,} more files</li>' if more > 0 else ""
    cancel = (
        '<button type="button" class="plain" data-action="cancel_reading">Cancel</button>'
        if running
        else ""
    )
    error = f'<p class="problem" role="alert">{escape_visibly(problem)}</p>' if problem else ""
    line = (
        f'<p class="summary"><span role="status">{escape_visibly(summary)}</span>{cancel}</p>'
        if summary
        else ""
    )
    listed = f'<ul class="files">{items}{rest}</ul>' if items else ""
    if not error and not line and not listed:
        return ""
    busy = str(running).lower()
    return f'<section class="reading" aria-busy="{busy}">{error}{line}{listed}</section>'


def render_documents(
    documents: Sequence["DocumentInfo"], *, named: bool, fixed: bool = False
) -> str:
    """Return the list of what is in the library; of a `fixed` one nothing can be read again."""
    if not documents:
        return (
            '<section class="held empty"><h3>Nothing here yet</h3>'
            "<p>Drop a file or a folder above, then ask about it.</p></section>"
        )
    passages = sum(document.passages for document in documents)
    items = "".join(_document(document, named) for document in documents[:_MOST_DOCUMENTS])
    more = len(documents) - _MOST_DOCUMENTS
    rest = f'<li class="more">and {more:,} more documents</li>' if more > 0 else ""
    return (
        '<section class="held"><div class="line"><h3>In this library</h3>'
        f"<span>{_count(len(documents), 'document')} · {_count(passages, 'passage')}</span>"
        f'{"" if fixed else _REFRESH}</div><ul class="documents-list">{items}{rest}</ul></section>'
    )


def _row(row: Row) -> str:
    state = _STATES.get(row.state, row.state)
    if row.state == "reading" and row.pages:
        state = f"recognising {row.done:,} of {row.pages:,} pages"
    elif row.state == "reading":
        state = f"reading {row.done:,} of {row.passages:,} passages" if row.passages else "reading"
    elif row.state in ("added", "changed") and row.passages:
        state += f", {_count(row.passages, 'passage')}"
    total = row.pages or row.passages
    bar = (
        f'<progress max="{total}" value="{row.done}" aria-hidden="true"></progress>'
        if row.state == "reading" and total
        else ""
    )
    reason = row.reason.removeprefix(f"{row.name}: ").removeprefix("skipped, ")
    why = f": {escape_visibly(reason)}" if reason else ""
    return (
        f'<li class="{escape(row.state)}"><span class="name">{isolated(row.name)}</span> '
        f'<span class="state">{escape(state)}{why}</span>{bar}</li>'
    )


def _document(document: "DocumentInfo", named: bool) -> str:
    name = isolated(document.name)
    label = escape(document.name)
    remove = (
        f'<details class="confirm"><summary class="quiet" aria-label="Remove {label}…">Remove…'
        '</summary><div class="asking"><p>Remove it from this library?</p>'
        f'<button type="button" class="danger" data-action="remove_document" '
        f'data-document="{document.id}">Remove it</button> '
        '<button type="button" class="plain" data-action="keep">Keep it</button></div></details>'
        if named
        else ""
    )
    return (
        f'<li><button type="button" class="open" data-open="{document.id}" '
        f'title="{escape(document.source)}">{name}</button>'
        f'<span class="facts">{readable_bytes(document.bytes)} of text · '
        f"{_count(document.passages, 'passage')} · read {_when(document.indexed_at)}</span>"
        f"{remove}</li>"
    )


def _unnamed(started_with: str) -> str:
    short = started_with if len(started_with) <= 60 else f"{started_with[:59]}…"
    return f"Started with: {escape(short)}"


def _when(moment: str) -> str:
    """Return a time in this machine's zone, to the minute."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return escape(moment)
    return f'<time datetime="{escape(moment)}">{local:%Y-%m-%d %H:%M}</time>'


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
