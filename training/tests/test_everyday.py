import json

import pytest

from training.checker_data import Sampler
from training.everyday import everyday_documents, find
from training.pairs import CONTRADICTED, SUPPORTED, UNSUPPORTED

TEXT = """# House rules

## Bicycles

Bring it down
to the cellar. Nobody may keep one in the hall.

## Laundry

- soap
- pegs
"""


def asked(question, kind, answers=(), evidence="", **others):
    return {
        "question": question,
        "kind": kind,
        "answers": list(answers),
        "evidence": evidence,
        "answerable": True,
        "document": "rules.md",
        **others,
    }


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "learn" / "a"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "rules.md").write_text(TEXT, encoding="utf-8")
    (folder / "documents" / "prices.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    lines = [
        asked("where to with my bike", "short", ["to the cellar"], "bring it down to the cellar"),
        asked("bike in the hall?", "no", ["Nobody"], "Nobody may keep one in the hall."),
        asked("what for the wash", "list", ["pegs", "soap"], "soap"),
        asked("how many things for the wash", "count", ["2"], "soap"),
        asked("where in the hall do bikes go", "short", answerable=False, correction="Nobody may"),
        asked("who has the key", "short", answerable=False),
        asked("not to be found", "short", ["the attic"], "the attic"),
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "questions.jsonl").write_text(text, encoding="utf-8")
    follow_up = asked("and soap?", "short", ["soap"], "soap", history=["Where?", "what for a wash"])
    (tmp_path / "follow").mkdir()
    (tmp_path / "follow" / "a.jsonl").write_text(json.dumps(follow_up) + "\n", encoding="utf-8")
    return everyday_documents(tmp_path / "learn")


def test_everyday_questions_get_their_places(documents):
    (document,) = documents
    assert document.structured
    assert [
        (
            question.text,
            question.kind,
            [" ".join(document.text[slice(*place)].split()) for place in question.answers],
        )
        for question in document.questions
    ] == [
        ("where to with my bike", "span", ["to the cellar"]),
        ("bike in the hall?", "no", ["Nobody may keep one in the hall."]),
        ("what for the wash", "list", ["soap", "pegs"]),
        ("where in the hall do bikes go", "none", []),
        ("who has the key", "none", []),
        ("and soap (what for a wash; Where)?", "span", ["soap"]),
    ]
    assert "soap" in document.text[slice(*document.questions[2].evidence)]
    assert "pegs" in document.text[slice(*document.questions[2].evidence)]


def test_words_are_found_whatever_white_space_and_case():
    assert find("Bring it\n down.", "it down") == (6, 14)
    assert find("Bring it\n down.", "it up") is None
    assert find("Bring it down.", "") is None
    assert find("it, it", "it", (2, 6)) == (4, 6)


def test_what_answers_or_denies_stands_beside_a_question_and_so_does_something_else(documents):
    kinds = ("span", "list", "none")
    pairs = [pair for seed in range(9) for pair in Sampler(documents, seed).asked(kinds, 1.0)]
    of = {}
    for pair in pairs:
        of.setdefault((pair.said.rstrip("?"), pair.label), []).append(pair.text)
    assert set(of) == {
        ("where to with my bike", SUPPORTED),
        ("where to with my bike", UNSUPPORTED),
        ("what for the wash", SUPPORTED),
        ("what for the wash", UNSUPPORTED),
        ("where in the hall do bikes go", CONTRADICTED),
        ("where in the hall do bikes go", UNSUPPORTED),
        ("who has the key", UNSUPPORTED),
        ("and soap (what for a wash; Where)", SUPPORTED),
        ("and soap (what for a wash; Where)", UNSUPPORTED),
    }
    assert all("cellar" in text for text in of["where to with my bike", SUPPORTED])
    assert not any("Nobody" in text for text in of["where in the hall do bikes go", UNSUPPORTED])
    assert any("Bicycles. " in text for text in of["where to with my bike", SUPPORTED])
