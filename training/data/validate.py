"""Checks documents with questions: prints every fault with its line, then the counts.

    python training/data/validate.py [FILE.jsonl ...]

Without a file it checks every `w*.jsonl`, `q*.jsonl`, `pairs/*.jsonl`, `tables/*.jsonl` and
`everyday/*/*/questions.jsonl` here. A file named `q*` holds no documents, only more questions about
those of the `w*` files here and in `own/`; one named `p*` or `t*` holds short texts with what is
said beside them, one named `r*` small tables, one named `questions` what is asked of the documents
in the folder beside it. It ends with 1 where there is a fault.
"""

import collections
import html
import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WORDS = (250, 420)
PAIR_ANSWERS = {"answers": 3, "close": 2}
"""Fields of a short text that hold a question with words of the text, and how many texts each."""
MORE_PAIR_ANSWERS = {"explains": 3, "denied": 2}
"""Those that the first files do not have."""
PAIR_FIELDS = {"yes", "no", "open", "supported", "contradicted", "unsaid"}
WANTED = {"span": 5, "list": 2, "why": 1, "yesno": 2, "close": 1, "premise": 1}


def question_faults(text: str, asked: dict[str, Any]) -> list[str]:
    """Return what is wrong with a question of a document's text."""
    kind, answers = asked.get("kind"), asked.get("answers", [])
    evidence = asked.get("evidence", "")
    if kind not in WANTED:
        return [f"kind {kind!r}, expected one of {', '.join(WANTED)}"]
    if kind in ("close", "premise"):
        return [f"{kind} wants no answers and no evidence"] if answers or evidence else []
    faults = [f"answer not in evidence: {answer!r}" for answer in answers if answer not in evidence]
    times = text.count(evidence) if evidence else 0
    if times != 1:
        faults.append(f"evidence stands {times} times in context, wanted once")
    wrong = form_fault(kind, answers, asked)
    return [*faults, wrong] if wrong else faults


def form_fault(kind: str, answers: list[str], asked: dict[str, Any]) -> str:
    """Return what is wrong with the number and length of the answers, or nothing."""
    words = [len(answer.split()) for answer in answers]
    if kind == "yesno":
        right = asked.get("answer") in ("yes", "no") and not answers
        return "" if right else "yesno wants answer yes or no, and no answers"
    if kind == "list":
        return "" if 2 <= len(answers) <= 8 else "list wants 2 to 8 answers"
    if kind == "why":
        return (
            "" if len(words) == 1 and words[0] >= 4 else "why wants one clause of 4 words or more"
        )
    if len(words) != 1 or words[0] > 10:
        return "span wants one answer of 10 words at most"
    return "" if asked["evidence"].count(answers[0]) == 1 else "answer not once in evidence"


def document_faults(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document and its questions."""
    missing = [key for key in ("title", "genre", "context", "qas") if key not in document]
    if missing:
        return [f"no {', '.join(missing)}"]
    text, asked = document["context"], document["qas"]
    faults = []
    words = len(text.split())
    if not WORDS[0] <= words <= WORDS[1]:
        faults.append(f"context has {words} words, wanted {WORDS[0]} to {WORDS[1]}")
    kinds = collections.Counter(item.get("kind") for item in asked)
    if kinds != WANTED:
        faults.append(f"kinds {dict(kinds)}, wanted {WANTED}")
    if sorted(i.get("answer") for i in asked if i.get("kind") == "yesno") != ["no", "yes"]:
        faults.append("wanted one question that is answered yes and one that is answered no")
    questions = collections.Counter(item["question"] for item in asked)
    faults += [f"twice: {question}" for question, times in questions.items() if times > 1]
    for item in asked:
        faults += [f"{fault} ({item['question']})" for fault in question_faults(text, item)]
    return faults


def plain(question: str) -> str:
    """Return a question's words in small letters: what makes two questions the same."""
    return " ".join(re.findall(r"\w+", question.lower()))


def known_documents() -> dict[str, dict[str, Any]]:
    """Return by title all documents that more questions can be about."""
    paths = [*sorted(HERE.glob("w*.jsonl")), *sorted(HERE.glob("own/w*.jsonl"))]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return {document["title"]: document for document in map(json.loads, lines)}


def more_faults(more: dict[str, Any], known: dict[str, dict[str, Any]]) -> list[str]:
    """Return what is wrong with more questions about a document that stands elsewhere."""
    document = known.get(more.get("title", ""))
    if document is None:
        return [f"no document has the title {more.get('title')!r}"]
    faults, asked = [], more.get("qas", [])
    said = collections.Counter(item.get("answer") for item in asked if item.get("kind") == "yesno")
    if said["yes"] != said["no"]:
        faults.append(f"{said['yes']} questions say yes and {said['no']} say no, wanted as many")
    before = {plain(item["question"]) for item in document["qas"]}
    for item in asked:
        found = question_faults(document["context"], item)
        if plain(item["question"]) in before:
            found.append("asked twice, here or with the document")
        before.add(plain(item["question"]))
        faults += [f"{fault} ({item['question']})" for fault in found]
    return faults


def pair_faults(text: dict[str, Any], *, turned: bool) -> list[str]:
    """Return what is wrong with a short text and what is said beside it.

    In one that was `turned` a question may have moved from any field to any other.
    """
    wanted = PAIR_ANSWERS | (MORE_PAIR_ANSWERS if turned or "denied" in text else {})
    if set(text) != PAIR_FIELDS | {"title", "under", "text", *wanted}:
        return [f"fields {', '.join(sorted(text))}"]
    least, most = (0, 8) if turned else (1, 4)
    faults = [
        f"{name} wants {least} to {most} texts"
        for name in PAIR_FIELDS
        if not least <= len(text[name]) <= most
    ]
    words = text["text"].lower()
    for name, length in wanted.items():
        for item in text[name]:
            if len(item) != length:
                faults.append(f"{name} wants {length} texts: {item}")
            faults += [f"not in the text: {a!r}" for a in item[1:] if a.lower() not in words]
    return faults


def table_faults(table: dict[str, Any]) -> list[str]:
    """Return what is wrong with a small table and what is asked of it."""
    if set(table) != {"title", "under", "columns", "rows", "asked", "meant"}:
        return [f"fields {', '.join(sorted(table))}"]
    columns, rows = table["columns"], table["rows"]
    faults = [f"a row has {len(row)} cells" for row in rows if len(row) != len(columns)]
    if len(set(columns)) != len(columns):
        faults.append("two columns of one name")
    faults += [f"no column {name!r}" for _, name in table["asked"] if name not in (*columns, "")]
    return faults + [
        f"no such rows: {asked}"
        for asked, meant in table["meant"]
        if len(set(meant)) != len(meant) or not set(meant) <= set(range(len(rows)))
    ]


def everyday_faults(path: Path) -> list[str]:
    """Return what is wrong with the questions of a file about the documents beside it."""
    texts = {
        document.name: spaced(without_tags(document))
        for document in sorted((path.parent / "documents").iterdir())
    }
    faults, ids = [], set()
    for line in path.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        own = texts.get(asked["document"])
        if asked["id"] in ids:
            faults.append(f"{asked['id']} stands twice")
        ids.add(asked["id"])
        if own is None:
            faults.append(f"{asked['id']}: no document {asked['document']!r}")
            continue
        answers = [] if asked["kind"] == "count" else asked["answers"]
        quotes = [*answers, asked.get("evidence"), asked.get("correction")]
        if asked["answerable"] and not asked.get("evidence"):
            faults.append(f"{asked['id']}: no evidence")
        faults += [
            f"{asked['id']}: does not stand in {asked['document']}: {quote!r}"
            for quote in quotes
            if quote and spaced(quote) not in own
        ]
    return faults


def without_tags(path: Path) -> str:
    """Return a file's text; of HTML what stands between the tags."""
    text = path.read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]*>", " ", text)) if path.suffix == ".html" else text


def spaced(text: str) -> str:
    """Return a text in small letters with single spaces, and none before a mark."""
    return re.sub(r" (?=[.,;:!?)])", "", " ".join(text.casefold().split()))


def check_everyday(path: Path) -> int:
    """Print the faults of a file of everyday questions; return how many there are."""
    faults = everyday_faults(path)
    for fault in faults:
        print(f"{path.parent.name}: {fault}")
    print(f"everyday/{path.parent.name}: {len(faults)} faults")
    return len(faults)


def check(path: Path) -> int:
    """Print the faults and counts of a file; return how many faults there are."""
    if path.name == "questions.jsonl":
        return check_everyday(path)
    faults, words, kinds, titles = 0, [], collections.Counter[str](), collections.Counter[str]()
    known = known_documents() if path.name.startswith("q") else None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            document = json.loads(line)
        except ValueError as error:
            print(f"{path.name}, line {number}: no JSON: {error}")
            faults += 1
            continue
        if path.name[0] in "pt":
            found = pair_faults(document, turned=path.name.startswith("t"))
        elif path.name.startswith("r"):
            found = table_faults(document)
        else:
            found = document_faults(document) if known is None else more_faults(document, known)
        titles[document.get("title", "")] += 1
        if titles[document.get("title", "")] > 1:
            found.append("title stands twice")
        for fault in found:
            print(f"{path.name}, line {number}: {fault}")
        faults += len(found)
        words.append(len(document.get("context", document.get("text", "")).split()))
        kinds.update(item.get("kind", "") for item in document.get("qas", []))
    print(
        f"{path.name}: {len(words)} documents, {min(words, default=0)} to {max(words, default=0)} "
        f"words, {dict(kinds)}, {faults} faults"
    )
    return faults


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]] or [
        *sorted(HERE.glob("[qw]*.jsonl")),
        *sorted(HERE.glob("pairs/*.jsonl")),
        *sorted(HERE.glob("tables/*.jsonl")),
        *sorted(HERE.glob("everyday/*/*/questions.jsonl")),
    ]
    sys.exit(bool(sum(check(file) for file in files)))
