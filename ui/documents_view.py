"""The Documents view as HTML: which library, what it holds, how far the reading of files is.

Pure functions from values to escaped HTML. Knows neither Gradio nor libraries on disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rag.sizes import readable_bytes
from ui.escape import escape, escape_name, escape_visibly, isolated

if TYPE_CHECKING:
    from rag.library.listed import DocumentInfo
    from rag.library.stored_libraries import StoredLibrary

_MOST_ROWS = 200
_MOST_DOCUMENTS = 2_000
_STATES = {
    "waiting": "waiting",
    "added": "added",
    "changed": "read again",
    "skipped": "skipped",
    "left": "not read",
    "same": "in the library already, just the same",
    "asked": "in the library already, with other words",
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


def render_kept_elsewhere() -> str:
    """Return what stands in place of the documents of a library that many ask."""
    return (
        "<p>This library is kept for many: whoever keeps it adds documents and says who may read "
        "them. The sources of each answer are shown beside it.</p>"
    )


def render_choice(names: Sequence[str], chosen: str, *, started_with: str, deletable: bool) -> str:
    """Return the choice of library, and the ways to make and to delete one."""
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>'
        f"{escape_name(name) or _unnamed(started_with)}</option>"
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


def render_libraries(libraries: Sequence["StoredLibrary"], *, started_with: str) -> str:
    """Return all libraries that take room on the disk, each with what it takes, to be deleted."""
    total = readable_bytes(sum(library.bytes for library in libraries))
    items = "".join(
        _library(library, deletable=library.name != started_with) for library in libraries
    )
    return (
        '<details id="all-libraries"><summary class="quiet">All libraries on this computer: '
        f'{len(libraries):,}, {total}</summary><ul class="libraries-list">{items}</ul>'
        '<button type="button" class="plain" data-action="compact_libraries" title="Write them '
        'anew without what was removed">Give back unused room</button></details>'
    )


def _library(library: "StoredLibrary", *, deletable: bool) -> str:
    documents = "cannot be read"
    if library.documents is not None:
        documents = _count(library.documents, "document")
    places, label = ", ".join(library.places), escape(library.name)
    delete = (
        f'<details class="confirm"><summary class="quiet" aria-label="Delete {label}…">Delete…'
        '</summary><div class="asking"><p>Delete it, with the copies that were added to it '
        "here? Your own files stay where they are.</p>"
        f'<button type="button" class="danger" data-action="delete_library" '
        f'data-library="{label}">Delete it</button> '
        '<button type="button" class="plain" data-action="keep">Keep it</button></div></details>'
        if deletable
        else ""
    )
    return (
        f'<li><span class="name" title="{escape(places)}">{isolated(library.name)}</span>'
        f'<span class="facts">{documents} · {readable_bytes(library.bytes)} · '
        f"read {_when(library.read_at)}{f' · {isolated(places)}' if places else ''}</span>"
        f"{delete}</li>"
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


def render_replacing(names: Sequence[str], tokens: Sequence[str]) -> str:
    """Return the question what becomes of sent files whose names the library has already."""
    what = f"<b>{isolated(names[0])}</b>" if len(names) == 1 else f"<b>{len(names):,} files</b>"
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    old = "one" if len(names) == 1 else "ones"
    buttons = "".join(
        f'<button type="button" class="plain" data-action="{action}" data-how="{how}" '
        f'data-tokens="{escape(" ".join(tokens))}">{label}</button> '
        for action, how, label in (
            ("add_documents", "replace", f"Replace the old {old}"),
            ("add_documents", "both", "Keep both"),
            ("discard_files", "", f"Do not add {them}"),
        )
    )
    return (
        f'<section class="replacing" role="alert"><p>{what} {verb} in the library already, with '
        f"other words.</p><p>{buttons}</p></section>"
    )


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
    label = escape_name(document.name)
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
        f'title="{escape_name(document.source)}">{name}</button>'
        f'<span class="facts">{readable_bytes(document.bytes)} of text · '
        f"{_count(document.passages, 'passage')} · read {_when(document.indexed_at)}</span>"
        f"{remove}</li>"
    )


def _unnamed(started_with: str) -> str:
    short = started_with if len(started_with) <= 60 else f"{started_with[:59]}…"
    return f"Started with: {escape_name(short)}"


def _when(moment: str) -> str:
    """Return a time in this machine's zone, to the minute."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return escape(moment)
    return f'<time datetime="{escape(moment)}">{local:%Y-%m-%d %H:%M}</time>'


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
