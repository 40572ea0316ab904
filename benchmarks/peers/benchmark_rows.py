"""What the benchmark counts in a row besides what `footnote evaluate` does, for every system alike.

Support is only measured by which words stand in the cited text, whatever is said with them.
"""

from collections.abc import Mapping

from rag.answering.question_words import content_stems
from rag.evaluation.rows import Row, score_row


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
        words = content_stems(sentence["text"])
        known = {stem for citation in cited for stem in content_stems(citation["quote"])}
        new = sum(stem not in known for stem in words)
        right = score_row(row | {"citations": cited}, texts)["right_citations"]
        counts["sentences"] += 1
        counts["rightly_cited"] += bool(right)
        counts["with_new_word"] += new > 0
        counts["words"] += len(words)
        counts["new_words"] += new
    cited_characters = sum(citation["end"] - citation["start"] for citation in row["citations"])
    return counts | {"cited_characters": cited_characters}
