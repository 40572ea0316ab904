"""What quantising measures a network's ranges on: the seed article and its questions."""

import json
from collections.abc import Iterator

from rag.models.tokenizer import TextTokenizer, TokenRow
from rag.seed import seed_articles, seed_folder

_SAMPLES = 64
_READ_CHARACTERS, _EMBEDDED_CHARACTERS = 600, 500
_READ_TOKENS, _EMBEDDED_TOKENS = 200, 256


def seed_pieces(characters: int) -> Iterator[str]:
    """Yield pieces of the seed article that start at even distances."""
    text = "\n".join(path.read_text("utf-8") for path in seed_articles())
    for number in range(_SAMPLES):
        start = number * len(text) // _SAMPLES
        yield text[start : start + characters]


def seed_questions(tokenizer: TextTokenizer) -> Iterator[TokenRow]:
    """Yield questions with pieces of the seed article."""
    questions = [
        json.loads(line)["question"]
        for line in (seed_folder() / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    for number, piece in enumerate(seed_pieces(_READ_CHARACTERS)):
        yield tokenizer.pair(questions[number % len(questions)], piece, _READ_TOKENS)


def read_pieces(tokenizer: TextTokenizer) -> Iterator[list[int]]:
    """Yield the tokens of questions with pieces of the seed article, as a reader gets them."""
    return (row.ids.tolist() for row in seed_questions(tokenizer))


def embedded_pieces(tokenizer: TextTokenizer) -> Iterator[list[int]]:
    """Yield the tokens of pieces of the seed article, as an embedder gets them."""
    for piece in seed_pieces(_EMBEDDED_CHARACTERS):
        yield tokenizer.ids(piece, _EMBEDDED_TOKENS)
