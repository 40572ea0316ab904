"""Put, change and remove documents until killed: LIBRARY SEED. Prints the number of each step."""

import random
import sys
from pathlib import Path

import numpy as np
from contract_documents import RECIPE, TOKENS, made, text_of
from fake_embedder import FakeEmbedder
from library_content import vector_of

from rag.documents.split import split_passages
from rag.library import vector_index
from rag.library.library import open_library


def main():
    vector_index.IN_MEMORY = 10
    chance, embedder = random.Random(sys.argv[2]), FakeEmbedder()
    library = open_library(Path(sys.argv[1]), embedder_id="fake", passage_tokens=TOKENS)
    library.start_over(RECIPE | {"dimension": "16"})
    for step in range(10_000):
        name = f"{chance.randrange(12)}.txt"
        if chance.random() < 0.2:
            library.remove(f"/docs/{name}")
        else:
            document = made(name, text_of(step))
            drafts = split_passages(document, embedder, TOKENS)
            rows = np.array([vector_of(draft, embedder) for draft in drafts])
            library.put(document, drafts, rows)
        library.settle()
        print(step, flush=True)


if __name__ == "__main__":
    main()
