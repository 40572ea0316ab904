"""Does a sentence begin with "her successor" or "this", and only another one says whose or what?

A quote may: it is shown as it stands, and its source beside it. A phrased sentence may not, unless
the sentence it leans on is shown right before it. Nothing is resolved here: at worst a phrase loses
to its quote.
"""

from rag.answering.lexicon import (
    Word,
    WordKind,
    is_connector,
    is_subject_pronoun,
    is_time,
    read_words,
    refers_back,
)

_LONGEST_LEAD = 3
"""Words before a comma that may stand before the subject: "Three days later, he …"."""


def dangles(sentence: str) -> bool:
    """Return whether `sentence` begins with a word that refers to something said before it.

    What can stand before the first thing that is named is passed over: prepositions, articles,
    quantities, times, connectors.
    """
    words = read_words(sentence)
    for index, word in enumerate(words):
        if refers_back(word):
            return True
        after = words[index + 1] if index + 1 < len(words) else word
        if not (_says_no_thing(word) or is_connector(word, after)):
            break
    lead = next((index for index, word in enumerate(words) if index and word.starts_clause), 0)
    return 0 < lead <= _LONGEST_LEAD and is_subject_pronoun(words[lead])


def _says_no_thing(word: Word) -> bool:
    return word.kind is not WordKind.CONTENT or word.is_number or is_time(word)
