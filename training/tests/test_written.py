"""What writers said, as it is written down, labelled and judged."""

import json

import numpy as np
import pytest

from rag.datatypes import Answer, Citation
from training.documents import OWN
from training.judge_written import print_shown, support
from training.write_sentences import said

QUOTE = "A dog is 12 euros a month, and has to be registered within two weeks."


class Checker:
    """Holds a sentence for as likely as it says, if the cited texts are about dogs."""

    name = "fake"

    def supported(self, question, sentence, cited_texts):
        return 0.9 if any("dog" in text for text in cited_texts) else 0.2


def alike(sentence, texts):
    return [0.5] * len(texts)


def line(sentence):
    evidence = [["fees.md", "Dogs", QUOTE], ["fees.md", "Cats", "Cats cost nothing."]]
    return {"question": "What is a dog?", "evidence": evidence, "sentence": sentence}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("It is 12 euros.", 0.9), ("It is 14 euros.", 0.0), ("Says Mrs Kern, 12 euros.", 0.0)],
    ids=["supported", "a number that stands nowhere", "a name that stands nowhere"],
)
def test_a_sentence_is_judged_as_the_product_does(sentence, expected):
    assert support(Checker(), line(sentence), alike) == expected


def test_what_a_threshold_shows_is_counted(capsys):
    labels = ["supported", "supported", "partly", "not"]
    print_shown([{"label": label} for label in labels], np.array([0.9, 0.1, 0.6, 0.55]))
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == (
        "  from 0.50: 3 shown, 1 of them supported in part, 1 not; "
        "of 2 supported ones 0.500 stopped"
    )


class Model:
    """A writer that says two sentences, the first of them the quote's own words."""

    name = "small"

    def stream(self, messages, max_tokens, cancel):
        yield f"{QUOTE} It costs 12 euros each month."


def test_what_is_quoted_word_for_word_is_left_out():
    citation = Citation(
        document_id=1, document="fees.md", start=0, end=70, page=None, quote=QUOTE, section="Dogs"
    )
    answer = Answer(
        question="dog?",
        understood="dog fee?",
        status="quoted",
        sentences=(),
        citations=(citation,),
        short_answer=None,
        short_span=None,
        nearest=(),
        confidence=0.8,
        answer_kind="explanation",
    )
    (found,) = said(Model(), "a", {"id": "a1"}, answer)
    assert found["sentence"] == "It costs 12 euros each month."
    assert found["evidence"] == [("fees.md", "Dogs", QUOTE)]
    assert (found["asked"], found["question"]) == ("small a a1", "dog fee?")


@pytest.mark.parametrize("name", ["open", "sealed"])
def test_every_sentence_has_a_label_and_stands_once(name):
    text = (OWN / "written" / f"{name}.jsonl").read_text("utf-8")
    lines = [json.loads(each) for each in text.splitlines()]
    assert {each["label"] for each in lines} == {"supported", "partly", "not"}
    assert {each["answers"] for each in lines} == {"yes", "no"}
    assert len({each["id"] for each in lines}) == len(lines) > 0
