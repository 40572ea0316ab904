"""Check the development set against the text that Footnote reads; print each fault, then counts.

Everything quoted must stand in the document, white space apart: how blocks of HTML, Word and PDF
are set apart may change. Exit code 1 if there is a fault.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from rag.documents.load import Source, read_document  # noqa: E402

KINDS = frozenset("short yes no list steps explanation count extreme comparison overview".split())
TYPES = frozenset(
    "fact far typed yesno list steps count why how define table extreme compare summary close "
    "premise followup".split()
)
UNANSWERABLE = frozenset(("close", "premise"))
REQUIRED = ("id", "question", "type", "kind", "document", "gold", "genre")
TEXT_FILES = (".md", ".txt", ".csv")
MAX_BYTES = 20_000_000

Entry = dict[str, Any]


def main() -> int:
    """Check all questions; return the exit code."""
    lines = (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    entries: list[Entry] = [json.loads(line) for line in lines]
    paths = sorted((FOLDER / "documents").iterdir())
    texts = {path.name: flat(read_text(path)) for path in paths}
    faults = [fault for entry in entries for fault in faults_of(entry, texts)]
    for name in ("id", "question"):
        uses = Counter(entry[name] for entry in entries if not entry.get("history"))
        faults += [f"{name} {value!r} twice" for value, count in uses.items() if count > 1]
    for fault in faults:
        print(fault)
    for name in ("type", "kind", "document"):
        print(f"{name}: {dict(sorted(Counter(entry[name] for entry in entries).items()))}")
    print(f"{len(entries)} questions of {len(texts)} documents, {len(faults)} faults")
    return 1 if faults else 0


def read_text(path: Path) -> str:
    """Return the text of a document as Footnote reads it."""
    return read_document(Source(path=path, name=path.name), max_bytes=MAX_BYTES).text


def flat(text: str) -> str:
    """Return `text` with every run of white space as one space."""
    return " ".join(text.split())


def faults_of(entry: Entry, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each thing that is wrong with a question."""
    place = entry.get("id", entry)
    missing = [name for name in REQUIRED if not entry.get(name)]
    if missing:
        yield f"{place}: {', '.join(missing)} missing"
        return
    if entry["type"] not in TYPES or entry["kind"] not in KINDS:
        yield f"{place}: type {entry['type']!r}, kind {entry['kind']!r}"
    if entry["type"] == "followup" and not entry.get("history"):
        yield f"{place}: a follow-up without an earlier question"
    if entry["document"] not in texts:
        yield f"{place}: no document {entry['document']}"
        return
    if entry["answerable"] == (entry["type"] in UNANSWERABLE):
        yield f"{place}: answerable is {entry['answerable']} for type {entry['type']}"
    if not entry["answerable"] and (entry["answers"] or entry.get("evidence")):
        yield f"{place}: not answerable, but has answers or evidence"
    if entry["answerable"]:
        faults = (*faults_of_evidence(entry), *faults_of_answers(entry, texts))
        yield from (f"{place}: {fault}" for fault in faults)
    for name, quote in quotes_of(entry):
        if flat(quote) not in texts[name]:
            yield f"{place}: not in {name}: {quote!r}"


def faults_of_answers(entry: Entry, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the answers of an answerable question, by their kind."""
    text, answers = texts[entry["document"]], entry["answers"]
    if entry["kind"] in ("yes", "no") and answers != [entry["kind"]]:
        yield f"answers are {answers}, expected the word {entry['kind']}"
    elif entry["kind"] in ("list", "steps"):
        yield from faults_of_items(answers, text)
    elif entry["kind"] in ("short", "explanation", "extreme"):
        if not any(flat(answer) in text for answer in answers):
            yield f"no accepted answer stands in the document: {answers}"
    elif entry["kind"] == "count" and not answers:
        yield "no accepted answer"
    elif entry["kind"] == "overview" and not entry.get("points"):
        yield "an overview without key points"
    elif entry["kind"] == "comparison" and not entry.get("sides"):
        yield "a comparison without sides"


def faults_of_evidence(entry: Entry) -> Iterator[str]:
    """Yield what is wrong with the evidence: in a file that is text it stands to the letter."""
    if not entry.get("evidence"):
        yield "no evidence"
    elif entry["document"].endswith(TEXT_FILES):
        path = FOLDER / "documents" / entry["document"]
        if entry["evidence"] not in path.read_text(encoding="utf-8"):
            yield "the evidence is not to the letter in the file"


def faults_of_items(items: list[str], text: str) -> Iterator[str]:
    """Yield what is wrong with the items of a list: each stands in the text, in their order."""
    if len(items) < 2:
        yield f"a list of {len(items)} items"
    position = 0
    for item in items:
        found = text.find(flat(item), position)
        if found < 0:
            yield f"item not in the document after the one before: {item!r}"
            return
        position = found + len(flat(item))


def quotes_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield (document, quote) for all that must stand in a document."""
    document = entry["document"]
    for name in ("evidence", "lead_in", "correction"):
        if entry.get(name):
            yield document, entry[name]
    for name in ("points", "rows"):
        yield from ((document, quote) for quote in entry.get(name, ()))
    for name in ("sides", "superseded"):
        yield from ((side["document"], side["evidence"]) for side in entry.get(name, ()))


if __name__ == "__main__":
    sys.exit(main())
