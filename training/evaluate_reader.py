"""Measures readers on what was held out: the larger and the small one, on the same windows.

    python -m training.evaluate_reader --base all-mpnet-base-v2 --data QA_FOLDER
        --adapter runs/mpnet --small rag/reader

A question gets the windows of its own document (128 tokens), each read apart; the window with the
highest margin (span's logits minus those of "no answer") speaks. Knows nothing about training.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import re
import string
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rag.models.engines import SpanLogits, likely_tags
from rag.models.large_reader import load_large_reader
from training.documents import (
    KINDS,
    OWN,
    Document,
    Question,
    own_documents,
    read_squad,
    split_natural,
)
from training.mixture import PASSAGE_TOKENS
from training.reader_loss import Batch, pad_rows
from training.small_reader_model import SmallReaderModel
from training.windows import MAX_QUESTION_TOKENS, Window, WindowMaker, encode_text, load_tokenizer

BATCH = 12
MAX_ANSWER_TOKENS = 30
DEVELOPMENT = (30, 36)
"""The last six articles of squad.json, on which nothing is trained or chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of one window: its best span's text and margin, kinds, tagged items."""

    text: str
    margin: float
    kinds: tuple[float, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of a document, by their numbers and as a value."""

    document: int
    question: Question


Reader = Callable[[WindowMaker, Sequence[tuple[str, Window]]], list[Reading]]
"""(question, window) to readings, in the same order."""
Network = Callable[[Batch], SpanLogits]


def best_span(
    start: NDArray[np.float32], end: NDArray[np.float32], places: NDArray[np.int64], longest: int
) -> tuple[int, int, float]:
    """Return (first, last, margin) of the best span among `places`; token 0 is "no answer"."""
    sums = start[places, None] + end[None, places]
    length = np.arange(len(places))[None, :] - np.arange(len(places))[:, None]
    sums = np.where((length >= 0) & (length < longest), sums, -np.inf)
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    margin = float(sums[first, last] - start[0] - end[0])
    return int(places[first]), int(places[last]), margin


def tagged_items(tags: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return (first, last) of the runs that tags (0 outside, 1 first, 2 inside) mark."""
    items: list[tuple[int, int]] = []
    for place, tag in enumerate(tags):
        if tag == 1 or (tag == 2 and (place == 0 or tags[place - 1] == 0)):
            items.append((place, place))
        elif tag == 2:
            items[-1] = (items[-1][0], place)
    return items


def words_of(window: Window, shift: int, first: int, last: int) -> str:
    """Return the words between two positions of a window's row, whose text begins at `shift`."""
    return window.words[window.starts[first - shift] : window.ends[last - shift]]


def trained_network(base: Path, adapter: Path) -> Network:
    """Return the larger reader as it is trained."""
    from training.reader_model import ReaderModel

    model = ReaderModel(base, json.loads((adapter / "adapter.json").read_text())["rank"])
    model.load(adapter)
    return _logits_of(model)


def small_network(folder: Path) -> Network:
    """Return the small reader of a folder. A span model has no kinds: only its margin counts."""
    return _logits_of(SmallReaderModel(folder))


def _logits_of(model: torch.nn.Module) -> Network:
    """Return what a model gives, in bfloat16 where the processor computes in it."""
    model.eval()

    @torch.inference_mode()
    def run(batch: Batch) -> SpanLogits:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(batch)
        return SpanLogits(
            starts=out.start.numpy(),
            ends=out.end.numpy(),
            kinds=out.kind.numpy(),
            tags=out.tags.numpy(),
        )

    return run


def product_network(home: Path, threads: int) -> Network:
    """Return the network that the product made ready below `home`, on OpenVINO in int8."""
    _, model = load_large_reader(home, "openvino", threads, print)

    def run(batch: Batch) -> SpanLogits:
        tokens = {"input_ids": batch.ids.numpy(), "attention_mask": batch.attention.numpy()}
        return model.logits(tokens)

    return run


def heads_reader(network: Network, longest: int, with_path: bool = True) -> Reader:
    """Return a reader over a network with three heads."""

    def read(maker: WindowMaker, asked: Sequence[tuple[str, Window]]) -> list[Reading]:
        rows = [
            maker.row(
                encode_text(maker.tokenizer, question, MAX_QUESTION_TOKENS),
                window,
                with_path=with_path,
            )
            for question, window in asked
        ]
        found: list[Reading | None] = [None] * len(rows)
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        for begin in range(0, len(order), BATCH):
            chosen = order[begin : begin + BATCH]
            batch = pad_rows([rows[n] for n in chosen])
            out = network(batch)
            if out.kinds is None or out.tags is None:
                raise ValueError("the network lacks the heads for kinds and tags")
            for place, n in enumerate(chosen):
                words = functools.partial(words_of, asked[n][1], rows[n].text_start)
                places = np.flatnonzero(batch.text[place].numpy())
                first, last, margin = best_span(out.starts[place], out.ends[place], places, longest)
                tags = np.where(batch.text[place].numpy(), likely_tags(out.tags[place]), 0)
                found[n] = Reading(
                    text=words(first, last),
                    margin=margin,
                    kinds=tuple(out.kinds[place].tolist()),
                    items=tuple(words(*item) for item in tagged_items(tags)),
                )
        return [reading for reading in found if reading is not None]

    return read


def normalised(text: str) -> list[str]:
    """Return the words of a text after SQuAD's official normalisation."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Return SQuAD's token F1, best over the answers."""
    best = 0.0
    for answer in answers:
        mine, gold = normalised(prediction), normalised(answer)
        common = sum((Counter(mine) & Counter(gold)).values())
        f1 = 2 * common / (len(mine) + len(gold)) if mine and gold else float(mine == gold)
        best = max(best, f1)
    return best


def item_f1(items: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of a list: items count as right where they are equal once normalised."""
    mine = Counter(" ".join(normalised(item)) for item in items)
    theirs = Counter(" ".join(normalised(item)) for item in gold)
    common = sum((mine & theirs).values())
    return 2 * common / (sum(mine.values()) + sum(theirs.values())) if mine else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative, ties half."""
    above = np.subtract.outer(np.array(positive), np.array(negative))
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def refused_at(
    positive: Sequence[float], negative: Sequence[float], passing: float = 0.95
) -> float:
    """Return the share of negatives below the score that `passing` of the positives reach."""
    return float((np.array(negative) < np.quantile(np.array(positive), 1 - passing)).mean())


def none_margin(reading: Reading) -> float:
    """Return the log-odds, by the head for kinds, that the window answers."""
    kinds = np.array(reading.kinds)
    return float(np.logaddexp.reduce(kinds[1:]) - kinds[0])


def score(reading: Reading) -> float:
    """Return what windows and questions are compared by: margin, and the kinds where there are."""
    return reading.margin + (none_margin(reading) if reading.kinds else 0.0)


def ask(reader: Reader, maker: WindowMaker, asked: Sequence[Asked]) -> list[list[Reading]]:
    """Return the readings of all windows of each question's document."""
    pairs, owners = [], []
    for owner, item in enumerate(asked):
        for window in maker.windows(item.document, PASSAGE_TOKENS):
            pairs.append((item.question.text, window))
            owners.append(owner)
    found: list[list[Reading]] = [[] for _ in asked]
    for owner, reading in zip(owners, reader(maker, pairs), strict=True):
        found[owner].append(reading)
    return found


def sample(documents: Sequence[Document], limit: int | None, answerable: bool) -> list[Asked]:
    """Return a fixed random sample of the questions."""
    chosen = [
        Asked(document=number, question=question)
        for number, document in enumerate(documents)
        for question in document.questions
        if (question.kind != "none") == answerable
    ]
    random.Random(0).shuffle(chosen)
    return chosen[:limit]


def best(readings: Sequence[Reading], by: Callable[[Reading], float]) -> Reading:
    """Return the reading with the highest score."""
    return max(readings, key=by)


def squad_figures(
    reader: Reader, maker: WindowMaker, limit: int | None, by: Callable[[Reading], float]
) -> dict[str, float]:
    """Return F1 and exact match with the paragraph given, and AUROC where some have no answer."""
    asked = sample(maker.documents, limit, True)
    found = [best(readings, by) for readings in ask(reader, maker, asked)]
    f1 = [token_f1(r.text, item.question.accepted) for r, item in zip(found, asked, strict=True)]
    exact = [
        any(normalised(r.text) == normalised(a) for a in item.question.accepted)
        for r, item in zip(found, asked, strict=True)
    ]
    figures = {"n": len(asked), "f1": float(np.mean(f1)), "exact": float(np.mean(exact))}
    impossible = sample(maker.documents, limit, False)
    if impossible:
        wrong = [best(readings, by) for readings in ask(reader, maker, impossible)]
        figures["auroc"] = auroc([by(r) for r in found], [by(r) for r in wrong])
        figures["unanswerable"] = len(impossible)
    return figures


def own_figures(
    reader: Reader, maker: WindowMaker, by: Callable[[Reading], float]
) -> dict[str, float]:
    """Return the figures on our own documents, with the windows of the document given."""
    answerable, impossible = (
        sample(maker.documents, None, True),
        sample(maker.documents, None, False),
    )
    found = [best(readings, by) for readings in ask(reader, maker, answerable)]
    wrong = [best(readings, by) for readings in ask(reader, maker, impossible)]
    by_kind: dict[str, list[tuple[Reading, Question]]] = {}
    for reading, item in zip(found, answerable, strict=True):
        kind = item.question.kind
        by_kind.setdefault("yesno" if kind in ("yes", "no") else kind, []).append(
            (reading, item.question)
        )
    figures: dict[str, float] = {"n": len(answerable), "unanswerable": len(impossible)}
    for kind in ("span", "explanation"):
        pairs = by_kind.get(kind, [])
        figures[f"{kind}_f1"] = float(np.mean([token_f1(r.text, q.accepted) for r, q in pairs]))
    lists = by_kind.get("list", [])
    joined = [
        token_f1(" ".join(r.items) if r.items else r.text, [" ".join(q.accepted)]) for r, q in lists
    ]
    figures["list_token_f1"] = float(np.mean(joined))
    figures["list_item_f1"] = float(np.mean([item_f1(r.items, q.accepted) for r, q in lists]))
    if found[0].kinds:
        yes, no = KINDS.index("yes"), KINDS.index("no")
        pairs = by_kind.get("yesno", [])
        forced = [("no", "yes")[r.kinds[yes] > r.kinds[no]] == q.kind for r, q in pairs]
        figures["yesno_forced"] = float(np.mean(forced))
        kinds = [KINDS[1 + int(np.argmax(r.kinds[1:]))] for r in found]
        gold = [item.question.kind for item in answerable]
        figures["yesno_right"] = float(
            np.mean([k == g for k, g in zip(kinds, gold, strict=True) if g in ("yes", "no")])
        )
        figures["kind_right"] = float(np.mean([k == g for k, g in zip(kinds, gold, strict=True)]))
    scores, others = [by(r) for r in found], [by(r) for r in wrong]
    figures["auroc"] = auroc(scores, others)
    figures["refused_at_95"] = refused_at(scores, others)
    figures["refused_at_90"] = refused_at(scores, others, 0.9)
    return figures


def held_out(data: Path, tokenizer_folder: Path) -> dict[str, WindowMaker]:
    """Return what nothing is trained on, cut by a model's tokenizer: development, own, natural."""
    tokenizer = load_tokenizer(tokenizer_folder)
    natural = split_natural(read_squad(data / "natural.json"))[1]
    return {
        "development": WindowMaker(tokenizer, read_squad(data / "squad.json", *DEVELOPMENT)),
        "own": WindowMaker(tokenizer, own_documents(OWN)[1]),
        "natural": WindowMaker(tokenizer, natural),
    }


def report(name: str, reader: Reader, makers: dict[str, WindowMaker], limit: int) -> None:
    """Print the figures of a reader, by its margin alone and with its kinds."""
    read_once = remembering(reader)
    rules: dict[str, Callable[[Reading], float]] = {
        "margin": lambda reading: reading.margin,
        "margin+kind": score,
    }
    for rule, by in rules.items():
        begun = time.time()
        figures = {
            "reader": name,
            "by": rule,
            "development": squad_figures(read_once, makers["development"], limit, by),
            "own": own_figures(read_once, makers["own"], by),
            "natural": squad_figures(read_once, makers["natural"], limit, by),
        }
        figures["seconds"] = round(time.time() - begun, 1)
        print(json.dumps(figures, indent=1), flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure the readers named on the command line and print their figures."""
    parser = argparse.ArgumentParser(description="Measure readers on what was held out.")
    parser.add_argument("--base", type=Path, help="folder of all-mpnet-base-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--adapter", type=Path, help="folder with adapter.safetensors")
    parser.add_argument("--home", type=Path, help="FOOTNOTE_HOME with the larger reader made ready")
    parser.add_argument("--small", type=Path, action="append", default=[], help="folder of one")
    parser.add_argument("--limit", type=int, default=300, help="questions of SQuAD and natural")
    parser.add_argument("--longest", type=int, default=MAX_ANSWER_TOKENS, help="tokens of a span")
    parser.add_argument("--without-path", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(arguments)
    if (args.adapter or args.home) and not args.base:
        parser.error("--adapter and --home need --base, for the tokenizer")
    torch.set_num_threads(args.threads)
    networks: list[tuple[str, Network, Path]] = []
    if args.adapter:
        networks.append(("mpnet", trained_network(args.base, args.adapter), args.base))
    if args.home:
        networks.append(("mpnet int8", product_network(args.home, args.threads), args.base))
    networks += [(str(folder), small_network(folder), folder) for folder in args.small]
    for name, network, tokenizer_folder in networks:
        reader = heads_reader(network, args.longest, not args.without_path)
        report(name, reader, held_out(args.data, tokenizer_folder), args.limit)


def remembering(reader: Reader) -> Reader:
    """Return a reader that reads each request once and then remembers it."""
    kept: dict[tuple, list[Reading]] = {}

    def read(maker: WindowMaker, asked: Sequence[tuple[str, Window]]) -> list[Reading]:
        key = (id(maker), tuple((question, id(window)) for question, window in asked))
        if key not in kept:
            kept[key] = reader(maker, asked)
        return kept[key]

    return read


if __name__ == "__main__":
    main()
