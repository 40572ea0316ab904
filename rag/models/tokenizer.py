"""Texts to the tokens that a model takes, and where in the text each of them stands.

Over the `tokenizers` package alone: transformers, which would do the same, takes seconds to import.
Knows nothing of questions or passages.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelNotFound

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """Two texts as one row of t tokens, all arrays of int64."""

    ids: NDArray[np.int64]
    """(t,)"""
    type_ids: NDArray[np.int64]
    """(t,), what the model calls its token types."""
    offsets: NDArray[np.int64]
    """(t, 2), start and end in the text that a token is of; (0, 0) for special tokens."""
    in_second: NDArray[np.bool_]
    """(t,), whether a token is of the second text."""

    def __len__(self) -> int:
        return len(self.ids)


class TextTokenizer:
    """Tokens of texts. Holds no state, so that threads may share it."""

    def __init__(self, backend: "Tokenizer") -> None:
        backend.no_padding()
        backend.no_truncation()
        self._backend = backend

    def ids(self, text: str, max_tokens: int) -> list[int]:
        """Return the tokens of `text` with the special ones, cut to fit `max_tokens`."""
        encoding = self._backend.encode(text)
        kept = _kept(np.array([part == 0 for part in encoding.sequence_ids]), max_tokens)
        return [token for token, is_kept in zip(encoding.ids, kept, strict=True) if is_kept]

    def pair(self, first: str, second: str, max_tokens: int) -> TokenRow:
        """Return both texts as one row; the second one is cut to fit `max_tokens`."""
        encoding = self._backend.encode(first, second)
        in_second = np.array([part == 1 for part in encoding.sequence_ids])
        kept = _kept(in_second, max_tokens)
        return TokenRow(
            ids=np.array(encoding.ids, dtype=np.int64)[kept],
            type_ids=np.array(encoding.type_ids, dtype=np.int64)[kept],
            offsets=np.array(encoding.offsets, dtype=np.int64)[kept],
            in_second=in_second[kept],
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) in `text` of each token, without special tokens or truncation."""
        return list(self._backend.encode(text, add_special_tokens=False).offsets)


def _kept(may_go: NDArray[np.bool_], limit: int) -> NDArray[np.bool_]:
    """Say which of the tokens stay, (t,), where the last of those that may go do until they fit."""
    kept = np.ones(len(may_go), dtype=bool)
    excess = len(may_go) - limit
    if excess > 0:
        kept[np.flatnonzero(may_go)[-excess:]] = False
    return kept


def load_tokenizer(folder: Path) -> TextTokenizer:
    """Return the tokenizer of a model's folder. Raises `ModelNotFound` if it cannot be read."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        return TextTokenizer(Tokenizer.from_file(str(file)))
    except Exception as error:  # tokenizers raises nothing more precise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFound(f"{file}: cannot be read ({reason}); install the model again") from None
