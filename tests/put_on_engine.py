"""Put, change and remove documents on Qdrant's engine until killed: FOLDER SEED.

Prints what it is about to do, "put NAME NUMBER" or "remove NAME", and "done" after each.
"""

import random
import sys
from pathlib import Path

from edge_client import EdgeClient
from fake_embedder import FakeEmbedder
from shared_library import open_local
from test_library_contract import RECIPE, put, text_of


def main():
    chance, embedder = random.Random(sys.argv[2]), FakeEmbedder()
    client = EdgeClient(Path(sys.argv[1]))
    library = open_local(embedder, client, recipe=RECIPE | {"dimension": "16"})
    for _ in range(100_000):
        name, number = f"{chance.randrange(12)}.txt", chance.randrange(1_000)
        if chance.random() < 0.2:
            print(f"remove {name}", flush=True)
            library.remove(f"/docs/{name}")
        else:
            print(f"put {name} {number}", flush=True)
            put(library, embedder, name, text_of(number))
        if chance.random() < 0.1:
            library.settle()
        print("done", flush=True)


if __name__ == "__main__":
    main()
