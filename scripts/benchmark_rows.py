"""What the benchmark counts in a row besides what `footnote evaluate` does, for every system alike.

Two measures of support: the strict one is Footnote's own verifier, which a baseline was not built
for; the lenient one only asks which words stand in the cited text, whatever is said with them.
"""

from collections.abc import Mapping, Sequence

import snowballstemmer

from rag.answering.lexicon import Word, WordKind, read_words
from rag.answering.verify import verify_sentence
from rag.documents.split import split_sentences
from rag.evaluation.rows import Row, score_row

_STEMMER = snowballstemmer.stemmer("english")


def supports(sentence: str, quotes: Sequence[str]) -> bool:
    """Return whether the verifier lets `sentence` pass on the sentences of `quotes`.

    The verifier compares sentences, and a baseline cites chunks: those are taken apart first.
    """
    evidence = [quote[start:end] for quote in quotes for start, end in split_sentences(quote)]
    return verify_sentence(sentence, evidence).supported


def sentence_counts(row: Row, texts: Mapping[str, str]) -> dict[str, int]:
    """Return counts over the row's shown sentences.

    `sentences`: how many; `rightly_cited`: with a citation that touches the evidence or, without
    evidence, holds an accepted answer (none where the question has no answer); `with_new_word`:
    with a content word or number that no text it cites has; `words`, `new_words`: such words in
    all, and those that no cited text has; `cited_characters`: what a person reads to check it all.
    """
    counts = dict.fromkeys(("sentences", "rightly_cited", "with_new_word", "words", "new_words"), 0)
    for sentence in row["sentences"]:
        cited = [c for c in row["citations"] if c["number"] in sentence["citations"]]
        words = content_words(sentence["text"])
        known = {stem(word) for citation in cited for word in read_words(citation["quote"])}
        new = sum(stem(word) not in known for word in words)
        right = score_row(row | {"citations": cited}, texts)["right_citations"]
        counts["sentences"] += 1
        counts["rightly_cited"] += bool(right)
        counts["with_new_word"] += new > 0
        counts["words"] += len(words)
        counts["new_words"] += new
    cited_characters = sum(citation["end"] - citation["start"] for citation in row["citations"])
    return counts | {"cited_characters": cited_characters}


def content_words(sentence: str) -> list[Word]:
    """Return the words that say something: names, numbers, nouns, verbs, adjectives."""
    return [
        word for word in read_words(sentence) if word.kind is WordKind.CONTENT or word.is_number
    ]


def stem(word: Word) -> str:
    """Return the key under which "sails" and "sailed" are the same word."""
    return str(_STEMMER.stemWord(word.key))
