import json
from random import Random

from training.checker_data import (
    CONTRADICTED,
    SUPPORTED,
    UNSETTLED,
    UNSUPPORTED,
    PairText,
    pair_texts,
)
from training.documents import OWN

LINE = {
    "title": "Rules",
    "under": "Fires",
    "text": "Fires are allowed from 1 November.",
    "yes": ["may i have a fire in december"],
    "no": ["Is a fire in May allowed?"],
    "open": ["do fires cost anything"],
    "supported": ["From November fires are allowed."],
    "contradicted": ["Fires are never allowed."],
    "unsaid": ["Fires are allowed because nights are cold."],
    "answers": [["from when", "1 November", "Fires"]],
    "close": [["until when", "1 November"]],
}


def test_a_text_gives_a_pair_for_all_that_is_said_beside_it():
    pairs = PairText(LINE).pairs(Random(0))
    assert [(p.said, p.label) for p in pairs] == [
        ("may i have a fire in december", SUPPORTED),
        ("Is a fire in May allowed?", CONTRADICTED),
        ("do fires cost anything", UNSETTLED),
        ("From November fires are allowed.", SUPPORTED),
        ("Fires are never allowed.", CONTRADICTED),
        ("Fires are allowed because nights are cold.", UNSUPPORTED),
        ("from when 1 November", SUPPORTED),
        ("from when Fires", UNSUPPORTED),
        ("until when 1 November", UNSUPPORTED),
    ]
    assert {p.text for p in pairs} <= {LINE["text"], f"Rules. Fires. {LINE['text']}"}
    assert len({p.text for text in range(20) for p in PairText(LINE).pairs(Random(text))}) == 2


def test_what_is_held_out_depends_on_the_title_alone(tmp_path):
    lines = [LINE | {"title": f"Rules {number}"} for number in range(200)]
    for name, some in (("p01.jsonl", lines[:120]), ("p02.jsonl", lines[120:])):
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in some))
    train, held = pair_texts(tmp_path)
    assert 8 <= len(held) <= 40
    assert len(train) + len(held) == 200
    (tmp_path / "p01.jsonl").write_text(json.dumps(held[0].fields) + "\n")
    (tmp_path / "p02.jsonl").unlink()
    assert pair_texts(tmp_path) == ([], [held[0]])


def test_the_pairs_that_are_here_have_no_fault():
    train, held = pair_texts(OWN / "pairs")
    assert len(train) + len(held) == 1_303
    assert 0.05 < len(held) / 1_303 < 0.15
