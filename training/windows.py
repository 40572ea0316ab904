"""Documents cut into windows just as the product cuts them into passages, as the model's tokens.

A window's path (title, headings, what leads in a list) and the columns' names may be read but never
answer. Knows the tokenizers of MPNet and MiniLM, whose words are the same, and the product's
passages; knows nothing of negatives or the model.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tokenizers import Tokenizer

import rag.datatypes as product
from rag.documents.kinds import READERS
from rag.documents.split import PassageDraft, split_passages
from training.documents import Document

CLS, PAD, SEP = 0, 1, 2
"""Ids of <s>, <pad> and </s> in MPNet's vocabulary."""
MAX_QUESTION_TOKENS = 48
MAX_WINDOW_TOKENS = 300
"""With the path; what is longer is cut off, as the product's reader does later."""
_MAX_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How two texts become one input: the ids of the special tokens, `between` times the last."""

    names: tuple[str, str, str]
    first: int
    pad: int
    last: int
    between: int


MPNET = Frame(names=("<s>", "<pad>", "</s>"), first=CLS, pad=PAD, last=SEP, between=2)
MINILM = Frame(names=("[CLS]", "[PAD]", "[SEP]"), first=101, pad=0, last=102, between=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A passage of a document: tokens, and where in the document each stands, if it does.

    `path` and `text` are tokens, `places` the (start, end) in the document of each one of `text`:
    None for a column's name or what separates two cells. `starts` and `ends` stand in `words`.
    """

    document: int
    start: int
    end: int
    path: list[int]
    text: list[int]
    places: list[tuple[int, int] | None]
    words: str
    starts: list[int]
    ends: list[int]

    def tokens_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and last of the tokens that overlap [start, end) of the document."""
        found = [
            token
            for token, place in enumerate(self.places)
            if place and place[0] < end and place[1] > start
        ]
        return (found[0], found[-1]) if found else None

    def overlaps(self, start: int, end: int) -> bool:
        """Say whether the window touches [start, end) of the document."""
        return self.start < end and self.end > start


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One input of the model: question, path and text in the model's frame.

    `spans` are the answers as positions in the input, last one included: empty where the window
    does not answer. `tagged` says whether the spans are also to be learnt token by token, `said`
    which tokens of the text stand in the document (empty: all of them).
    """

    question: list[int]
    path: list[int]
    text: list[int]
    kind: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    tagged: bool = True
    said: tuple[bool, ...] = ()
    frame: Frame = MPNET

    def __len__(self) -> int:
        """Return the number of tokens with the special ones."""
        return self.text_start + len(self.text) + 1

    @property
    def text_start(self) -> int:
        """Return the position of the text's first token."""
        return self.second_start + len(self.path)

    @property
    def second_start(self) -> int:
        """Return the position of the first token of path or text."""
        return 1 + len(self.question) + self.frame.between

    @property
    def ids(self) -> list[int]:
        """Return the tokens of the whole input."""
        frame = self.frame
        between = [frame.last] * frame.between
        return [frame.first, *self.question, *between, *self.path, *self.text, frame.last]


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load tokenizer.json without padding and truncation. Raises ValueError for another model's."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    frame_of(tokenizer)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def frame_of(tokenizer: Tokenizer) -> Frame:
    """Return the frame of a tokenizer's model. Raises ValueError for an unknown one."""
    for frame in (MPNET, MINILM):
        if tuple(map(tokenizer.token_to_id, frame.names)) == (frame.first, frame.pad, frame.last):
            return frame
    raise ValueError(
        f"the tokenizer's special tokens are neither {MPNET.names} nor {MINILM.names} with the "
        "ids they should have; give the folder of all-mpnet-base-v2 or all-MiniLM-L6-v2."
    )


def encode_text(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    """Return the first `limit` tokens of a text, without special ones."""
    return tokenizer.encode(text, add_special_tokens=False).ids[:limit]


class TokenCounter:
    """What the product's splitter needs of an embedder: MPNet's tokens are those of MiniLM."""

    name, dimension = "tokens", 0

    def __init__(self, tokenizer: Tokenizer, max_tokens: int = 512) -> None:
        """Count for a model that takes `max_tokens`."""
        self._tokenizer = tokenizer
        self.max_tokens = max_tokens

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token."""
        return self._tokenizer.encode(text, add_special_tokens=False).offsets


class WindowMaker:
    """Documents read and cut as the product does, and rows of their windows."""

    def __init__(self, tokenizer: Tokenizer, documents: list[Document]) -> None:
        """Read the documents: our own as Markdown, the others as text."""
        self.tokenizer = tokenizer
        self.frame = frame_of(tokenizer)
        self.documents = documents
        self._read = [read_as_the_product(document) for document in documents]
        self._cut: dict[tuple[int, int], list[Window]] = {}

    def windows(self, number: int, size: int) -> list[Window]:
        """Return the windows of a document, in order, of at most `size` tokens without the path."""
        key = number, size
        if key not in self._cut:
            counter = cast(product.Embedder, TokenCounter(self.tokenizer))
            drafts = split_passages(self._read[number], counter, size)
            self._cut[key] = [self._window(number, draft) for draft in drafts]
        return self._cut[key]

    def _window(self, number: int, draft: PassageDraft) -> Window:
        encoding = self.tokenizer.encode(draft.view, add_special_tokens=False)
        offsets = encoding.offsets[:MAX_WINDOW_TOKENS]
        ids = encoding.ids[:MAX_WINDOW_TOKENS]
        head = sum(end <= len(draft.path) for _, end in offsets)
        segment_starts = [segment.start for segment in draft.segments]
        places: list[tuple[int, int] | None] = []
        for start, end in offsets[head:]:
            at = bisect_right(segment_starts, start) - 1
            segment = draft.segments[at] if at >= 0 else None
            if segment is None or start >= segment.end:
                places.append(None)
            elif segment.end - segment.start == segment.text_end - segment.text_start:
                shift = segment.text_start - segment.start
                places.append((start + shift, end + shift))
            else:
                places.append((segment.text_start, segment.text_end))
        shift = len(draft.path)
        return Window(
            document=number,
            start=draft.start,
            end=draft.end,
            path=ids[:head],
            text=ids[head:],
            places=places,
            words=draft.words,
            starts=[start - shift for start, _ in offsets[head:]],
            ends=[end - shift for _, end in offsets[head:]],
        )

    def row(
        self,
        question: list[int],
        window: Window,
        *,
        kind: int = 0,
        answers: tuple[tuple[int, int], ...] = (),
        with_path: bool = True,
        tagged: bool = True,
    ) -> Row:
        """Return the row of a window; of the answers (in characters) those that lie inside."""
        path = window.path if with_path else []
        shift = 1 + len(question) + self.frame.between + len(path)
        spans = []
        for start, end in answers:
            tokens = window.tokens_of(start, end)
            if tokens and window.start <= start and end <= window.end:
                spans.append((tokens[0] + shift, tokens[1] + shift))
        return Row(
            question=question,
            path=path,
            text=window.text,
            kind=kind if spans else 0,
            spans=tuple(spans),
            tagged=tagged,
            said=tuple(place is not None for place in window.places),
            frame=self.frame,
        )


def read_as_the_product(document: Document) -> product.Document:
    """Return a document as the product reads a file of that text, .md if structured, else .txt."""
    extract = READERS[".md" if document.structured else ".txt"]
    extracted = extract(document.text.encode(), _MAX_BYTES)
    if extracted.text != document.text:
        raise ValueError(
            f"{document.title}: the product reads another text; offsets would be wrong"
        )
    fields = extracted._asdict() | {"title": extracted.title or document.title}
    return product.Document(source="", name="", sha256="", **fields)
