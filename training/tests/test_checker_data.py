import json
from random import Random

from training.checker_data import pairs_of, written
from training.documents import OWN
from training.pair_texts import PairText, pair_texts
from training.pairs import CONTRADICTED, SUPPORTED, UNSETTLED, UNSUPPORTED

COUNT = 7_133

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
    pairs = pairs_of(PairText(LINE), Random(0), every=True)
    assert [(p.said.replace("?", ""), p.label) for p in pairs] == [
        ("may i have a fire in december", SUPPORTED),
        ("Is a fire in May allowed", CONTRADICTED),
        ("do fires cost anything", UNSETTLED),
        ("From November fires are allowed.", SUPPORTED),
        ("Fires are never allowed.", CONTRADICTED),
        ("Fires are allowed because nights are cold.", UNSUPPORTED),
        ("from when", SUPPORTED),
        ("from when → 1 November", SUPPORTED),
        ("from when → Fires", UNSUPPORTED),
        ("until when", UNSUPPORTED),
        ("until when → 1 November", UNSUPPORTED),
    ]
    every = [p for n in range(20) for p in pairs_of(PairText(LINE), Random(n), every=True)]
    assert {p.text for p in every} == {LINE["text"], f"Rules. Fires. {LINE['text']}"}


def test_what_a_writer_said_stands_beside_all_that_it_was_given(tmp_path):
    evidence = [["a.md", "Fires", "Fires are allowed."], ["a.md", "", "Ask first."]]
    lines = [
        {"sentence": "You may.", "label": label, "evidence": evidence}
        for label in ("supported", "partly", "not")
    ]
    path = tmp_path / "open.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = written(path)
    assert [pair.label for pair in found] == [SUPPORTED, UNSUPPORTED, UNSUPPORTED]
    assert {(p.said, p.text) for p in found} == {("You may.", "Fires are allowed. Ask first.")}


def test_of_what_means_the_same_one_pair_is_drawn():
    drawn = [pairs_of(PairText(LINE), Random(seed)) for seed in range(40)]
    assert {len(pairs) for pairs in drawn} == {8}
    assert {p.said.replace("?", "") for pairs in drawn for p in pairs if "when" in p.said} == {
        "from when",
        "from when → 1 November",
        "from when → Fires",
        "until when",
        "until when → 1 November",
    }


def test_a_question_mark_does_not_tell_the_label():
    drawn = [p for n in range(60) for p in pairs_of(PairText(LINE), Random(n), every=True)]
    for said in ("Is a fire in May allowed", "from when", "until when"):
        alone = [p.said for p in drawn if p.said.rstrip("?") == said]
        assert 0.3 < sum(each.endswith("?") for each in alone) / len(alone) < 0.7
    assert {p.said for p in drawn if p.source == "claim"} == {
        LINE[name][0] for name in ("supported", "contradicted", "unsaid")
    }


def test_what_a_text_denies_is_no_answer_and_stands_beside_its_sentence():
    text = "Fires are allowed from 1 November. Nothing is to be paid. Ask the warden."
    line = LINE | {
        "text": text,
        "explains": [["why ask", "Ask the warden.", "Nothing is to be paid."]],
        "denied": [["what does a fire cost", "Nothing is to be paid"]],
    }
    every = [p for n in range(40) for p in pairs_of(PairText(line), Random(n), every=True)]
    labels = {p.said.replace("?", ""): p.label for p in every}
    assert labels["what does a fire cost"] == CONTRADICTED
    assert labels["what does a fire cost → Nothing is to be paid"] == CONTRADICTED
    assert labels["why ask → Ask the warden."] == labels["why ask"] == SUPPORTED
    assert labels["why ask → Nothing is to be paid."] == UNSUPPORTED
    assert labels["until when"] == UNSETTLED
    beside = {p.text for p in every if p.said.rstrip("?") == "what does a fire cost"}
    own = "Nothing is to be paid."
    assert beside == {text, own, f"Rules. Fires. {text}", f"Rules. Fires. {own}"}


def test_what_is_held_out_depends_on_the_title_alone(tmp_path):
    lines = [LINE | {"title": f"Rules {number}"} for number in range(200)]
    for name, some in (("p01.jsonl", lines[:120]), ("p02.jsonl", lines[120:])):
        (tmp_path / name).write_text("".join(json.dumps(line) + "\n" for line in some))
    train, held = pair_texts(tmp_path)
    assert 8 <= len(held) <= 40
    assert len(train) + len(held) == 200
    (tmp_path / "p01.jsonl").write_text(json.dumps(held[0].fields) + "\n")
    (tmp_path / "p02.jsonl").unlink()
    assert [text.fields for text in pair_texts(tmp_path)[1]] == [held[0].fields]


def test_the_pairs_that_are_here_have_no_fault():
    train, held = pair_texts(OWN / "pairs")
    assert len(train) + len(held) == COUNT
    assert 0.05 < len(held) / COUNT < 0.15
