"""Turn articles of a SQuAD JSON file into documents and question sets for `footnote evaluate`.

The evidence of a question is the whole sentence around its first answer, found with sentencex on
the paragraph, so it does not change when Footnote's own splitting does.
"""

import argparse
import json
import random
import sys
from pathlib import Path

from rag.evaluation.squad import Article, Record, article_records, file_name

HELP = """\
Writes OUTPUT/documents/TITLE.txt, one for each article (its paragraphs, joined by a blank line),
and OUTPUT/questions.jsonl. Unanswerable questions are in the group "adversarial".

With --out-of-corpus it writes one folder for each article instead, OUTPUT/TITLE: its documents are
all the other articles, and its questions are the answerable ones of the article that is held out,
marked as not answerable, in the group "out_of_corpus". Evaluate each folder on its own. --limit
then counts over all folders together.

Articles are numbered from 0 by title order; --articles=-6: takes the last six.
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the documents and question sets; return the exit code."""
    args = _parser().parse_args(arguments)
    data = json.loads(args.squad.read_text(encoding="utf-8"))["data"]
    articles = sorted(data, key=lambda article: article["title"])[args.articles]
    if not articles:
        print("no article in that range", file=sys.stderr)
        return 1
    texts = {file_name(article["title"]): article_text(article) for article in articles}
    records = {file_name(article["title"]): article_records(article) for article in articles}
    if args.out_of_corpus:
        records = {
            name: [unanswerable(r) for r in records[name] if r["answerable"]] for name in records
        }
    chosen = sample([r for name in records for r in records[name]], args.limit, args.seed)
    if not args.out_of_corpus:
        write_set(args.output, texts, chosen)
        return 0
    for held_out in texts:
        others = {name: text for name, text in texts.items() if name != held_out}
        ids = {record["id"] for record in records[held_out]}
        own = [record for record in chosen if record["id"] in ids]
        if own:
            write_set(args.output / held_out.removesuffix(".txt"), others, own)
    return 0


def article_text(article: Article) -> str:
    """Return the article's paragraphs joined by a blank line."""
    return "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])


def unanswerable(record: Record) -> Record:
    """Return the record as it is asked where its article is not."""
    return {
        "id": record["id"],
        "question": record["question"],
        "answerable": False,
        "answers": [],
        "group": "out_of_corpus",
    }


def sample(records: list[Record], limit: int | None, seed: int) -> list[Record]:
    """Return `limit` records drawn at random, in their own order; all without a limit."""
    if limit is None or limit >= len(records):
        return records
    chosen = random.Random(seed).sample(range(len(records)), limit)
    return [records[index] for index in sorted(chosen)]


def write_set(folder: Path, texts: dict[str, str], records: list[Record]) -> None:
    """Write the documents and the question set into `folder`, and say what was written."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (documents / name).write_text(text, encoding="utf-8", newline="")
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    (folder / "questions.jsonl").write_text("".join(lines), encoding="utf-8", newline="")
    unanswerable = sum(not record["answerable"] for record in records)
    print(
        f"{folder}: {len(texts)} documents, {len(records)} questions, {unanswerable} unanswerable"
    )


def _article_range(text: str) -> slice:
    first, colon, last = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r}: expected FIRST:LAST, such as 30:36")
    try:
        return slice(int(first) if first else None, int(last) if last else None)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected whole numbers") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("squad", type=Path, metavar="SQUAD.json", help="file in the SQuAD format")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--articles",
        type=_article_range,
        default=slice(None),
        metavar="FIRST:LAST",
        help="which articles, LAST not included (default: all)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="draw N questions at random")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of that draw (default: 0)"
    )
    parser.add_argument(
        "--out-of-corpus",
        action="store_true",
        help="ask each article's answerable questions of the other articles; see below",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
