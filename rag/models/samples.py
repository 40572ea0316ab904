"""What quantising measures a network's ranges on: the seed article and its questions."""

import json
from collections.abc import Iterator

import numpy as np

from rag.models.engines import Tokens
from rag.models.tokenizer import TextTokenizer
from rag.seed import seed_articles, seed_folder

_SAMPLES = 64
_READ_CHARACTERS = 600
_READ_TOKENS = 200


def seed_pieces(characters: int) -> Iterator[str]:
    """Yield pieces of the seed article that start at even distances."""
    text = "\n".join(path.read_text("utf-8") for path in seed_articles())
    for number in range(_SAMPLES):
        start = number * len(text) // _SAMPLES
        yield text[start : start + characters]


def seed_questions(tokenizer: TextTokenizer) -> Iterator[Tokens]:
    """Yield questions with pieces of the seed article, as batches of one row."""
    questions = [
        json.loads(line)["question"]
        for line in (seed_folder() / "questions.jsonl").read_text("utf-8").splitlines()
    ]
    for number, piece in enumerate(seed_pieces(_READ_CHARACTERS)):
        row = tokenizer.pair(questions[number % len(questions)], piece, _READ_TOKENS)
        yield {
            "input_ids": row.ids[np.newaxis],
            "token_type_ids": row.type_ids[np.newaxis],
            "attention_mask": np.ones((1, len(row)), dtype=np.int64),
        }
