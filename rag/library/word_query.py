"""From a question to terms for the word index (SQLite FTS5).

Every token is quoted, so nothing that a person types is syntax.
"""

import unicodedata

STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing done during each few for from further had has
    have having he her here hers him his how i if in into is it its itself just me more most
    my no nor not of off on once only or other our out over own said same say says she
    should so some such than that the their them then there these they this those through to
    too under until up us very was we were what when where which while who whom whose why
    will with would you your s t d ll m re ve don didn doesn isn aren wasn weren hasn haven
    hadn won wouldn couldn shouldn tell please dont didnt doesnt isnt arent wasnt werent hasnt
    havent hadnt wont wouldnt couldnt shouldnt cant im ive whats wheres whos hows thats still yet
    already""".split()
)
"""Words that say nothing of what a question is about, the ends of contractions, and these as they
are typed in haste."""


def match_terms(question: str) -> list[str]:
    """Return the question's words, quoted, to be joined by OR; none if it has none.

    Stop words are left out unless nothing else is left; a word counts once. "us" is a stop word,
    "US" is not.
    """
    tokens = _tokens(question)
    shouted = question.isupper()
    telling = [token for token in tokens if not _is_stop_word(token, shouted)]
    unique = {token.lower(): token for token in telling or tokens}
    return [f'"{token}"' for token in unique.values()]


def _is_stop_word(token: str, shouted: bool) -> bool:
    is_acronym = len(token) > 1 and token.isupper() and not shouted
    return token.lower() in STOP_WORDS and not is_acronym


def _tokens(text: str) -> list[str]:
    """Return runs of letters, marks and numbers, much as FTS5's unicode61 does."""
    return "".join(
        character if unicodedata.category(character)[0] in "LMN" else " " for character in text
    ).split()
