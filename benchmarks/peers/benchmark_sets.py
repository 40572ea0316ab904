"""What benchmark.py asks: questions, each with the documents it is asked of.

Always the seed article with its question set. With a SQuAD file also four sets over its last six
articles, on which nothing of Footnote was trained or tuned. The draw for N questions begins with
that for fewer, so that a run can be made longer.
"""

import contextlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.squad_questions import article_text, unanswerable, write_set
from rag.evaluation.questions import Question, read_questions
from rag.evaluation.squad import Article, Record, article_records, file_name
from rag.seed import seed_articles, seed_folder

SETS = {
    "seed": "The seed article and its question set",
    "closed": "Each question with its paragraph as the only document",
    "open": "Questions over six Wikipedia articles",
    "out_of_corpus": "Questions over the other five articles: none has an answer",
    "adversarial": "SQuAD 2.0's questions that only seem to have an answer, over all six",
}
ARTICLES = slice(-6, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question, the set it belongs to, and the documents to ask."""

    set: str
    paths: tuple[Path, ...]
    question: Question


def seed_tasks(limit: int | None, seed: int) -> list[Task]:
    """Return the tasks of the seed article, at most `limit` of them."""
    questions, _ = read_questions(seed_folder() / "questions.jsonl")
    paths = tuple(seed_articles())
    tasks = [Task(set="seed", paths=paths, question=question) for question in questions]
    return draw(tasks, len(tasks) if limit is None else limit, seed)


def squad_tasks(
    squad: Path, folder: Path, names: Sequence[str], count: int, seed: int
) -> list[Task]:
    """Return `count` tasks of each of the sets `names`; their documents are written into `folder`.

    Raises `OSError` or `ValueError` where `squad` cannot be read.
    """
    data = json.loads(squad.read_text(encoding="utf-8"))["data"]
    articles = sorted(data, key=lambda article: article["title"])[ARTICLES]
    tasks: list[Task] = []
    for name in names:
        asked = draw(_records(name, articles), count, seed)
        for place in dict.fromkeys(place for place, _ in asked):
            records = [record for other, record in asked if other == place]
            target = folder / name / place
            with contextlib.redirect_stdout(sys.stderr):
                write_set(target, _texts(name, place, articles), records)
            questions, _ = read_questions(target / "questions.jsonl")
            paths = (target / "documents",)
            tasks += [Task(set=name, paths=paths, question=question) for question in questions]
    return tasks


def draw(items: list[Any], count: int, seed: int) -> list[Any]:
    """Return `count` items drawn at random, in their own order; a larger draw holds a smaller."""
    order = random.Random(seed).sample(range(len(items)), len(items))
    return [items[index] for index in sorted(order[:count])]


def _records(name: str, articles: Sequence[Article]) -> list[tuple[str, Record]]:
    """Return (folder of the documents, record) of every question of a set."""
    found: list[tuple[str, Record]] = []
    for article in articles:
        if name == "closed":
            for number, paragraph in enumerate(article["paragraphs"]):
                place = f"{file_name(article['title']).removesuffix('.txt')}-{number}"
                records = article_records(article | {"paragraphs": [paragraph]})
                found += [(place, record) for record in records if record["answerable"]]
            continue
        for record in article_records(article):
            if record["answerable"] is (name == "adversarial"):
                continue
            if name == "out_of_corpus":
                place = file_name(article["title"]).removesuffix(".txt")
                found.append((place, unanswerable(record)))
            else:
                found.append(("all", record))
    return found


def _texts(name: str, place: str, articles: Sequence[Article]) -> dict[str, str]:
    """Return the documents, by name, of one folder of a set."""
    texts = {file_name(article["title"]): article_text(article) for article in articles}
    if name == "closed":
        title, _, number = place.rpartition("-")
        article = next(a for a in articles if file_name(a["title"]) == f"{title}.txt")
        return {f"{title}.txt": article["paragraphs"][int(number)]["context"]}
    return {other: text for other, text in texts.items() if other != f"{place}.txt"}
