"""The same questions asked at home and of a shared library: how many answers are the same.

    FOOTNOTE_HOME=MODELS python benchmarks/homes_alike.py FOLDER [--limit 600]

FOLDER is what `benchmarks/squad_questions.py` wrote. The documents are read at home and copied with
`copy_library` onto Qdrant's own engine in this process (qdrant-edge), whose graph is built; the
questions are asked of both with the same models, in the same batches.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
sys.path.insert(1, str(Path.cwd() / "tests"))

from rag.datatypes import Answer
from rag.offline import set_offline

BATCH = 20


def main() -> int:
    """Ask both, print how many answers are the same, and those that are not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=400, help="stop asking after so many")
    args = parser.parse_args()
    set_offline()
    from edge_client import EdgeClient
    from shared_library import open_local

    from rag.assemble import load_models, make_pipeline, refresh_library
    from rag.library.copying import copy_library
    from rag.settings import load_settings

    lines = (args.folder / "questions.jsonl").read_text("utf-8").splitlines()[: args.limit]
    questions = [json.loads(line)["question"] for line in lines]
    models = load_models(load_settings(generator="none"), say)
    with tempfile.TemporaryDirectory() as folder:
        models_home = Path(os.environ["FOOTNOTE_HOME"]).resolve() / "models"
        (Path(folder) / "models").symlink_to(models_home)
        os.environ["FOOTNOTE_HOME"] = folder
        settings = load_settings(generator="none")
        home, _ = refresh_library(
            settings,
            models.embedder,
            models.library_id,
            docs=[args.folder / "documents"],
            name=None,
            say=say,
        )
        client = EdgeClient(Path(folder) / "engine")
        shared = open_local(
            models.embedder,
            client,
            recipe={**home.recipe, "dimension": str(models.embedder.dimension)},
        )
        copy_library(home, shared)
        client.optimize()
        say(f"{shared.document_count()} documents, {shared.passage_count()} passages")
        pipelines = [make_pipeline(settings, models, each, say=say) for each in (home, shared)]
        answers: list[tuple[Answer, Answer]] = []
        began = time.monotonic()
        for first in range(0, len(questions), BATCH):
            batch = questions[first : first + BATCH]
            if time.monotonic() - began > args.seconds:
                break
            both = [list(pipeline.ask_many(batch)) for pipeline in pipelines]
            answers += zip(*both, strict=True)
        compare(answers)
        home.close()
        client.close()
    return 0


def compare(answers: list[tuple[Answer, Answer]]) -> None:
    """Print how alike the answers are."""
    names = ("status", "short_answer", "text")
    for name in names:
        same = sum(getattr(one, name) == getattr(other, name) for one, other in answers)
        print(f"same {name}: {same} of {len(answers)} ({same / len(answers):.4f})")
    furthest = max(abs(one.confidence - other.confidence) for one, other in answers)
    print(f"confidences differ by at most {furthest:.4f}")
    for one, other in answers:
        if one.short_answer != other.short_answer:
            print(f"  {one.question}\n    {one.short_answer!r} ({one.confidence:.3f})")
            print(f"    {other.short_answer!r} ({other.confidence:.3f})")


def say(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
