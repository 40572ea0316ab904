"""Documents as hypothesis makes them: written by the writer of all formats, or plain texts."""

from fake_embedder import FakeEmbedder
from hypothesis import strategies as st

from rag.datatypes import Document, Passage
from rag.documents.formats.layout import text_blocks
from rag.documents.formats.writer import DocumentWriter
from rag.documents.split import split_passages
from rag.documents.structure import walk_blocks

PIECES = [
    *"aB.!?\"'()é中。😀\u0301\u200d\x1c ",
    *["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", "\x0b", "\xa0", ". ", "Mr. ", "U.S. ", "[1]"],
    *["# ", "- ", "1. ", "(a) ", "| ", "---", "“", "”", "word ", "w" * 120, "x" * 45 + " "],
    *["Note: ", "as follows:\n", "Key: value\n", "a\tb\tc\n", "ﬁ", "…", "\xad"],
]
texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=80).map("".join),
)
"""Any text, and texts that look like something."""

_WORDS = [
    *[
        "red",
        "sky",
        "café",
        "Mr.",
        "1932",
        "ﬁne",
        "１２",
        "x²",
        "…",
        "中文",
        "so\xadon",
        "(a)",
        "it.",
    ],
    *["w" * 30, "w" * 130, "“so”", "Yes!", "a:b"],
]
_words = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=12).map(" ".join)
_lead_in = _words.map(lambda words: f"{words} these:")
_text = st.one_of(_words, _words, _lead_in)
_cells = st.lists(st.one_of(st.just(""), _words), min_size=2, max_size=4)
_depth = st.integers(0, 2)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("heading"), st.integers(1, 4), _words),
        st.tuples(st.just("paragraph"), _text),
        st.tuples(st.just("paragraph"), _lead_in),
        st.tuples(st.just("item"), st.sampled_from(["-", "1.", "(b)"]), _text, _depth),
        st.tuples(st.just("item"), st.just("-"), _words, st.just(0)),
        st.tuples(st.just("item_part"), _text, _depth),
        st.tuples(st.just("row"), _cells),
        st.tuples(st.just("header"), _cells),
        st.tuples(st.just("record"), st.lists(st.tuples(_words, _words), min_size=1, max_size=3)),
        st.tuples(st.just("code"), st.lists(_words, min_size=1, max_size=30).map("\n".join)),
        st.tuples(st.just("turn"), st.sampled_from(["Anna", "", "Bo 09:30"]), _text),
        st.tuples(st.just("end_group")),
    ),
    max_size=25,
)


def written(steps, title=""):
    """Return the document that these calls of the writer make."""
    writer = DocumentWriter(1_000_000)
    writer.title = title
    for name, *arguments in steps:
        if name == "header":
            writer.row(*arguments, header=True)
        else:
            getattr(writer, name)(*arguments)
    return document_of(writer.result())


def document_of(extracted):
    return Document(
        source="",
        name="",
        sha256="",
        text=extracted.text,
        page_starts=extracted.page_starts,
        blocks=extracted.blocks,
        title=extracted.title,
    )


def plain(text, title=""):
    """Return the document that a plain text is."""
    return Document(source="", name="", sha256="", text=text, blocks=text_blocks(text), title=title)


written_documents = st.builds(written, _steps, st.sampled_from(["", "Brindle 300"]))
plain_documents = st.builds(plain, texts, st.sampled_from(["", "Brindle 300"]))
documents = st.one_of(written_documents, written_documents, plain_documents)


def own_characters(document):
    """Return the offsets of all that is not white space in blocks' own words, marks left out.

    Of a turn its label too, which says who speaks.
    """
    offsets = set()
    for block in walk_blocks(document.blocks):
        if block.kind in ("list", "table", "row"):
            continue
        start = block.start if block.kind == "turn" else block.text_start
        offsets.update(
            offset for offset in range(start, block.text_end) if not document.text[offset].isspace()
        )
    return offsets


def passages_of(document, max_tokens=128):
    """Return the passages as the library gives them out, and the paths of their views."""
    drafts = split_passages(document, FakeEmbedder(), max_tokens)
    passages = [
        Passage(
            id=number,
            document_id=1,
            start=draft.start,
            end=draft.end,
            text=document.text[draft.start : draft.end],
            sentences=draft.sentences,
            kinds=draft.kinds,
            view=draft.view,
            segments=draft.segments,
        )
        for number, draft in enumerate(drafts)
    ]
    return passages, [draft.path for draft in drafts]
