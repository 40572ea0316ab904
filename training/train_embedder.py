"""Teaches the embedder (MiniLM) which passage answers a question, with low-rank adapters.

    python -m training.train_embedder --base MINILM --words MPNET --data QA --out RUN --steps 300

sentence-transformers' MultipleNegativesRankingLoss (Henderson et al. 2017,
https://arxiv.org/abs/1705.00652) over the product's own passages, each question with one passage
that BM25 ranks high and that does not answer. Windows are cut with MPNet's tokenizer (`--words`),
whose words are MiniLM's. Prints how often the evidence of held-out questions is found, before and
after. Knows nothing of reading.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.losses import MultipleNegativesRankingLoss

from training.documents import OWN, Document, Question, own_documents, read_squad, split_natural
from training.mixture import PASSAGE_TOKENS, Source, typed_carelessly
from training.train_reader import load_sources
from training.windows import Window, WindowMaker, load_tokenizer

TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]
SHARES = {"own": 0.4, "natural": 0.3, "squad": 0.2, "wikipedia": 0.1}
DEPTHS = (1, 6, 10, 20)
_CARELESS = 0.15
Pair = tuple[str, str, str]
"""A question, a passage that answers it and one that does not."""


def view_of(maker: WindowMaker, window: Window) -> str:
    """Return what the product embeds of a window: its path and its words."""
    return (
        maker.tokenizer.decode(window.path) + "\n" + window.words if window.path else window.words
    )


def pairs(source: Source, seed: int) -> Iterator[Pair]:
    """Yield the answerable questions of a source without end, in another order each time."""
    maker, epoch = source.maker, 0
    while True:
        rng = random.Random(f"{seed}/{source.name}/{epoch}")
        asked = [
            (number, question)
            for number, document in enumerate(maker.documents)
            for question in document.questions
            if question.evidence
        ]
        rng.shuffle(asked)
        for number, question in asked:
            pair = _pair(source, number, question, rng)
            if pair:
                yield pair
        epoch += 1


def _pair(source: Source, number: int, question: Question, rng: random.Random) -> Pair | None:
    right = answering(source.maker, number, question)
    wrong = source.negatives(number, question, rng)
    if not right or not wrong:
        return None
    text = typed_carelessly(question.text, rng) if rng.random() < _CARELESS else question.text
    return text, view_of(source.maker, right[0]), view_of(source.maker, wrong[-1])


def answering(maker: WindowMaker, number: int, question: Question) -> list[Window]:
    """Return the windows that hold an answer, the one with most of the evidence first."""
    if not question.evidence:
        return []
    start, end = question.answers[0]
    found = [w for w in maker.windows(number, PASSAGE_TOKENS) if w.overlaps(start, end)]
    first, last = question.evidence
    return sorted(found, key=lambda w: max(w.start, first) - min(w.end, last))


def batches(sources: list[Source], size: int, seed: int) -> Iterator[list[Pair]]:
    """Yield batches in which no passage answers two questions."""
    rng = random.Random(seed)
    streams = {s.name: pairs(s, seed) for s in sources if s.name in SHARES}
    while True:
        batch: list[Pair] = []
        seen: set[str] = set()
        while len(batch) < size:
            name = rng.choices(list(SHARES), list(SHARES.values()))[0]
            pair = next(streams[name])
            if pair[1] not in seen:
                seen.add(pair[1])
                batch.append(pair)
        yield batch


@torch.inference_mode()
def found_at(
    model: SentenceTransformer, maker: WindowMaker, asked: list[Document]
) -> dict[str, float]:
    """Return how often a window that answers is among the first, of all of `maker`'s windows."""
    windows = [w for n in range(len(maker.documents)) for w in maker.windows(n, PASSAGE_TOKENS)]
    questions = [
        (number, question)
        for number, document in enumerate(maker.documents)
        if document in asked
        for question in document.questions
        if question.evidence
    ]
    vectors = model.encode([view_of(maker, w) for w in windows], normalize_embeddings=True)
    queries = model.encode([q.text for _, q in questions], normalize_embeddings=True)
    ranked = (queries @ vectors.T).argsort(axis=1)[:, ::-1]
    ranks = []
    for (number, question), order in zip(questions, ranked, strict=True):
        right = {id(window) for window in answering(maker, number, question)}
        ranks.append(next(k for k, place in enumerate(order) if id(windows[place]) in right))
    figures = {f"hit@{k}": round(sum(r < k for r in ranks) / len(ranks), 4) for k in DEPTHS}
    return {"n": len(ranks), "windows": len(windows), **figures}


def measure(model: SentenceTransformer, tokenizer_folder: Path, data: Path) -> dict[str, object]:
    """Return the figures of what was held out: our own among all our own, natural among natural."""
    tokenizer = load_tokenizer(tokenizer_folder)
    trained, held_out = own_documents(OWN)
    natural = split_natural(read_squad(data / "natural.json"))[1]
    development = read_squad(data / "squad.json", 30, 36)
    return {
        "own": found_at(model, WindowMaker(tokenizer, [*trained, *held_out]), held_out),
        "natural": found_at(model, WindowMaker(tokenizer, natural), natural[:400]),
        "development": found_at(model, WindowMaker(tokenizer, development), development[::6]),
    }


def save(model: SentenceTransformer, folder: Path, facts: dict[str, object]) -> None:
    """Write the adapter in float16."""
    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model[0].auto_model)
    state = {k: v.detach().to(torch.float16).contiguous() for k, v in state.items()}
    save_file(state, folder / "adapter.safetensors", metadata={"format": "pt"})
    (folder / "adapter.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Train as the command line says, and measure."""
    parser = argparse.ArgumentParser(description="Teach the embedder.")
    parser.add_argument("--base", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--words", type=Path, required=True, help="folder of all-mpnet-base-v2")
    parser.add_argument("--data", type=Path, required=True, help="folder of the question files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=32, help="questions a step")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--scale", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--before", action="store_true", help="measure the untaught model first")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    model = SentenceTransformer(str(args.base), device="cpu", local_files_only=True)
    if args.before:
        print(json.dumps({"before": measure(model, args.words, args.data)}), flush=True)
    facts = {"rank": args.rank, "alpha": 2 * args.rank, "targets": TARGETS}
    model.add_adapter(
        LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=TARGETS, bias="none")
    )
    trained = [p for name, p in model.named_parameters() if "lora_" in name]
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name)
    optimizer = torch.optim.AdamW(trained, lr=args.learning_rate, weight_decay=0.01)
    loss_of = MultipleNegativesRankingLoss(model, scale=args.scale)
    stream = batches(load_sources(args.data, args.words), args.batch, args.seed)
    model.train()
    losses: list[float] = []
    begun = time.time()
    for step in range(args.steps):
        factor = min((step + 1) / 20, 1 - step / args.steps)
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * factor
        texts = list(zip(*next(stream), strict=True))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = loss_of([model.tokenize(list(column)) for column in texts], None)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if (step + 1) % 20 == 0:
            mean = round(sum(losses[-20:]) / 20, 4)
            print(
                json.dumps({"step": step + 1, "loss": mean, "seconds": int(time.time() - begun)}),
                flush=True,
            )
            save(model, args.out, {**facts, "steps": step + 1})
    model.eval()
    save(model, args.out, {**facts, "steps": args.steps})
    print(json.dumps({"after": measure(model, args.words, args.data)}), flush=True)


if __name__ == "__main__":
    main()
