"""An embedder without a model: the same text always gives the same unit vector."""

import hashlib
import re
import time

import numpy as np


class FakeEmbedder:
    """Rows from a hash of the text; tokens are at most five letters, or one other character."""

    name = "fake"
    max_tokens = 256

    def __init__(self, dimension=16, seconds=0.0):
        self.dimension = dimension
        self.seconds = seconds
        self.embedded = []

    def embed(self, texts):
        time.sleep(self.seconds)
        self.embedded.extend(texts)
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for number, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            row = np.random.default_rng(seed).normal(size=self.dimension)
            rows[number] = row / np.linalg.norm(row)
        return rows

    def token_spans(self, text):
        return [match.span() for match in re.finditer(r"\w{1,5}|[^\w\s]", text)]


class RestartingEmbedder(FakeEmbedder):
    """A word's first token is one letter, the others three: half a word can count for more."""

    def token_spans(self, text):
        return [match.span() for match in re.finditer(r"\b\w|\w{1,3}|[^\w\s]", text)]


class WholeWordEmbedder(FakeEmbedder):
    """As WordPiece does with words over 100 letters: each is one unknown token."""

    def token_spans(self, text):
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


class AlikeEmbedder(FakeEmbedder):
    """All texts are alike."""

    def embed(self, texts):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows[:, 0] = 1.0
        return rows
