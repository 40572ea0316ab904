"""A whole training written down ahead, for a machine that has a GPU and little else.

    python -m training.lessons reader --base all-mpnet-base-v2 --data QA_FOLDER --out reader.xz
    python -m training.lessons checker --base all-mpnet-base-v2 --data QA_FOLDER --mined MINED
        --out checker.xz
    python -m training.lessons embedder --data QA_FOLDER --out embedder.xz

Finding wrong windows takes a processor longer than a GPU needs to learn from them. What
`train_on_gpu` reads holds batches of rows (reader), pairs by epoch (checker) or batches of texts
(embedder), and what is held out. Knows where lessons come from; nothing of how they are learnt.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.documents import KINDS, OWN, own_documents
from training.everyday import FIT, everyday_documents
from training.mixture import Embed, Group, Source, batches
from training.packed import PackedGroup, Packer, write
from training.pairs import Pair
from training.windows import MAX_QUESTION_TOKENS, WindowMaker, encode_text, load_tokenizer

READ = 12
"""Windows that a held-out question is read in: about what the product reads."""


def reader_lessons(args: argparse.Namespace) -> dict[str, Any]:
    """Return batches of `args.tokens` tokens in all, and the held-out questions by set."""
    from training.train_reader import load_sources

    embed = product_embed()
    sources = load_sources(args.data, args.base, embed, args.newest.split(","))
    packer, made, count = Packer(), [], 0
    begun = time.time()
    for batch in batches(sources, args.batch_tokens, args.seed, args.pool):
        made.append([packer.group(group) for group in batch])
        before, count = count, count + sum(len(row) for group in batch for row in group.rows)
        if count // 1_000_000 > before // 1_000_000 or not before:
            print(f"{count:,} tokens, {time.time() - begun:.0f} s", file=sys.stderr, flush=True)
        if count >= args.tokens:
            break
    tokenizer = load_tokenizer(args.base)
    held = {
        name: held_groups(WindowMaker(tokenizer, documents), embed, packer, args.held_every)
        for name, documents in (("own", own_documents(OWN)[1]), ("fit", everyday_documents(FIT)))
    }
    return {"windows": packer.windows, "batches": made, "held": held}


def held_groups(
    maker: WindowMaker, embed: Embed, packer: Packer, every: int = 1
) -> list[PackedGroup]:
    """Return of each document every so many'th question, with the windows that come first.

    These are windows of all documents.
    """
    source = Source("held", maker, 1.0, embed=embed)
    found = []
    for number, document in enumerate(maker.documents):
        for question in document.questions[::every]:
            tokens = encode_text(maker.tokenizer, question.text, MAX_QUESTION_TOKENS)
            rows = []
            for window in source.ranked(question.text, READ):
                touches = question.evidence and window.overlaps(*question.evidence)
                answers = question.answers if touches and window.document == number else ()
                kind = KINDS.index(question.kind)
                rows.append(maker.row(tokens, window, kind=kind, answers=answers))
            group = Group(rows=tuple(rows), shared=0)
            found.append(packer.group(group, answerable=question.kind != "none"))
    return found


def checker_lessons(args: argparse.Namespace) -> dict[str, Any]:
    """Return epochs of pairs, and the held-out pairs by the field of `Mixture` they are in."""
    from training.checker_data import Mixture, Shares

    mixture = Mixture(args.data, OWN / "own", args.mined, args.seed)
    shares = Shares(claims_of_texts=1.0, rows=0.3, everyday=3, renumbered=3, written=2)
    epochs: list[list[Pair]] = []
    for number in range(args.epochs):
        epochs.append(mixture.epoch(shares))
        print(f"epoch {number + 1}: {len(epochs[-1]):,} pairs", file=sys.stderr, flush=True)
    held = {name: value for name, value in vars(mixture).items() if name.startswith("held_")}
    return {"epochs": epochs, "held": held}


def embedder_lessons(args: argparse.Namespace) -> dict[str, Any]:
    """Return all passages' texts, batches of their places with questions, and what validates."""
    from training.embedder_lessons import Batches, load_lessons
    from training.train_embedder import hard_passages, load_base

    base = load_base()
    lessons, validation = load_lessons(args.data, base.tokenizer.backend_tokenizer)
    batches = Batches(lessons, hard_passages(base, lessons), args.seed)
    return {
        "texts": [
            passage.path + passage.words
            for some in (*lessons.values(), *validation.values())
            for lesson in some
            for passage in lesson.passages
        ],
        "batches": [batches.draw() for _ in range(args.batches)],
        "held": validation,
        "beside": {"own": lessons["own"], "fit": lessons["everyday"]},
    }


def product_embed() -> Embed:
    """Return the product's embedder as a function."""
    from rag.assemble import load_embedder
    from rag.settings import load_settings

    embedder, _ = load_embedder(load_settings(), lambda line: print(line, file=sys.stderr))
    return embedder.embed


def main() -> None:
    """Write the lessons that the command line asks for."""
    parser = argparse.ArgumentParser(description="Write a whole training down.")
    parser.add_argument("model", choices=("reader", "checker", "embedder"))
    parser.add_argument("--base", type=Path, help="folder of all-mpnet-base-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mined", type=Path, help="file that training.mine_answers wrote")
    parser.add_argument("--tokens", type=float, default=40e6, help="of the reader's rows")
    parser.add_argument("--batch-tokens", type=int, default=12_000)
    parser.add_argument(
        "--newest",
        default="",
        metavar="aq,ar",
        help="everyday folders that get a share of their own",
    )
    parser.add_argument(
        "--held-every", type=int, default=1, help="held-out questions to measure on"
    )
    parser.add_argument("--pool", type=int, default=800, help="questions sorted by length together")
    parser.add_argument("--epochs", type=int, default=5, help="of the checker's pairs")
    parser.add_argument("--batches", type=int, default=1500, help="of the embedder's questions")
    parser.add_argument("--seed", type=int, default=41)
    args = parser.parse_args()
    if args.base is None and args.model != "embedder":
        parser.error(f"{args.model}: expected --base, the folder of all-mpnet-base-v2")
    make: Callable[[argparse.Namespace], dict[str, Any]]
    make = {
        "reader": reader_lessons,
        "checker": checker_lessons,
        "embedder": embedder_lessons,
    }[args.model]
    write(args.out, make(args))


if __name__ == "__main__":
    main()
