import pytest

from rag.evaluation.rows import count_unsupported, score_row
from tests.fakes_evaluate import BOATS, TEXTS

NOON = {"number": 1, "document": "boats.txt", "start": 0, "end": 24, "quote": BOATS[:24]}
COST = {"number": 2, "document": "boats.txt", "start": 25, "end": 43, "quote": BOATS[25:43]}


def shown(*sentences, citations=(NOON, COST), verbatim=True):
    return {
        "sentences": [
            {"text": text, "citations": list(numbers), "verbatim": verbatim}
            for text, numbers in sentences
        ],
        "citations": list(citations),
    }


def test_exact_quotes_are_supported():
    rows = [shown((BOATS[:24], [1]), (BOATS[25:43], [1, 2]))]
    assert count_unsupported(rows, TEXTS) == 0


@pytest.mark.parametrize(
    "text", ["Noon.", BOATS[:23], f"{BOATS[:24]} ", BOATS[25:43], "The ferry sails at six."]
)
def test_quote_that_is_not_what_is_cited_is_unsupported(text):
    assert count_unsupported([shown((text, [1]))], TEXTS) == 1


def test_sentence_in_other_words_is_not_judged_but_its_citations_are():
    false = NOON | {"quote": "The ferry sails at nine."}
    assert count_unsupported([shown(("It sails at noon.", [1]), verbatim=False)], TEXTS) == 0
    rows = [shown(("It sails at nine.", [1]), citations=[false], verbatim=False)]
    assert count_unsupported(rows, TEXTS) == 1


@pytest.mark.parametrize(
    "citation",
    [
        NOON | {"quote": "The ferry sails at nine."},
        NOON | {"start": 1},
        NOON | {"end": 999},
        NOON | {"start": -61, "end": -37},
        NOON | {"start": 3, "end": 3, "quote": ""},
        NOON | {"document": "nowhere.txt"},
    ],
)
def test_sentence_on_a_false_quote_is_unsupported(citation):
    rows = [shown((citation["quote"], [1]), citations=[citation])]
    assert count_unsupported(rows, TEXTS) == 1


def test_sentence_without_citation_or_with_a_number_that_is_not_there_is_unsupported():
    rows = [shown((BOATS[:24], [])), shown((BOATS[:24], [1, 3]))]
    assert count_unsupported(rows, TEXTS) == 2


def test_false_quote_that_nothing_cites_counts_once():
    rows = [shown((BOATS[:24], [1]), citations=[NOON, COST | {"quote": "It is free."}])]
    assert count_unsupported(rows, TEXTS) == 1


def scored(**changes):
    row = {
        "answerable": True,
        "kind": "short",
        "answers": ["noon"],
        "document": None,
        "evidence": None,
        "short_answer": None,
        "sentences": [],
        "citations": [],
        "ranked": [],
    }
    return score_row(row | changes, TEXTS)


def test_null_short_answer_scores_zero_and_markers_are_no_tokens():
    scores = scored(answers=["noon", "1"], sentences=[{"text": "It costs.", "citations": [1]}])
    assert (scores["exact_match"], scores["f1"], scores["contains"]) == (0.0, 0.0, 0.0)


def test_without_evidence_a_passage_or_quote_with_an_answer_is_right_in_whole_tokens():
    ranked = [
        {"document": "boats.txt", "start": 44, "end": 61},
        {"document": "boats.txt", "start": 0, "end": 22},  # "The ferry sails at noo"
        {"document": "boats.txt", "start": 0, "end": 24},
    ]
    scores = scored(ranked=ranked, citations=[NOON, COST])
    assert (scores["hit_rank"], scores["right_citations"]) == (3, 1)
    assert (scores["evidence_recall"], scores["evidence_precision"]) == (None, None)


def test_evidence_in_another_document_than_the_named_one_is_no_hit():
    evidence = "Nobody planted it."
    ranked = [{"document": "trees.txt", "start": 26, "end": 44}]
    assert scored(document="trees.txt", evidence=evidence, ranked=ranked)["hit_rank"] == 1
    assert scored(document=None, evidence=evidence, ranked=ranked)["hit_rank"] == 1
    assert scored(document="boats.txt", evidence=evidence, ranked=ranked)["hit_rank"] is None


def test_nothing_is_right_where_nothing_says_what_is():
    scores = scored(answers=[], citations=[NOON], short_answer="noon")
    assert set(scores.values()) == {None}
    scores = scored(answerable=False, answers=[], citations=[NOON])
    assert scores["right_citations"] == 0


ITEMS = ["The ferry.", "Two oars", "A rope; ten metres"]


def items(*texts, kind="item"):
    return [{"text": text, "citations": [1], "kind": kind} for text in texts]


@pytest.mark.parametrize(
    ("short_answer", "sentences", "f1", "whole"),
    [
        (None, [], 0.0, 0.0),  # refused
        ("ferry; two oars", [], 4 / 5, 0.0),  # two of two shown, of three accepted: 2 x 2 / (2 + 3)
        ("Ferry; oars; two oars; rope", [], 4 / 7, 0.0),  # two of four
        (None, items("two oars.", "the ferry", "a rope ten metres"), 1.0, 1.0),
        (None, items("Two oars", "The ferry", "A rope; ten metres", "A hat"), 6 / 7, 1.0),
        (None, items("Two oars", "Two oars", "The ferry"), 4 / 6, 0.0),  # twice is once too many
        ("two oars", items("Two oars", kind="sentence"), 2 / 4, 0.0),
        ("a; b", items("The ferry", "two oars", "a rope; ten metres"), 1.0, 1.0),
        (None, [*items("You need:", kind="lead_in"), *items(*ITEMS)], 1.0, 1.0),
    ],
)
@pytest.mark.parametrize("kind", ["list", "steps"])
def test_lists_are_scored_by_their_items(kind, short_answer, sentences, f1, whole):
    scores = scored(kind=kind, answers=ITEMS, short_answer=short_answer, sentences=sentences)
    assert scores["list_f1"] == pytest.approx(f1)
    assert scores["list_whole"] == whole
    assert (scores["exact_match"], scores["f1"], scores["yes_no"]) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "short_answer", "score"),
    [
        ("yes", "yes", 1.0),
        ("no", "No.", 1.0),
        ("yes", "no", 0.0),
        ("no", None, 0.0),
        ("yes", "12 euros", 0.0),
    ],
)
def test_yes_and_no_are_scored_by_the_word(kind, short_answer, score):
    scores = scored(kind=kind, answers=[kind], short_answer=short_answer)
    assert scores["yes_no"] == score
    assert (scores["f1"], scores["list_f1"], scores["list_whole"]) == (None, None, None)


@pytest.mark.parametrize("kind", ["count", "extreme"])
def test_numbers_and_cells_are_scored_as_short_answers(kind):
    scores = scored(kind=kind, answers=["4", "four"], short_answer="Four")
    assert (scores["exact_match"], scores["f1"]) == (1.0, 1.0)


@pytest.mark.parametrize("kind", ["long", "explanation", "comparison", "overview"])
def test_other_kinds_are_judged_by_their_evidence_alone(kind):
    scores = scored(kind=kind, answers=["noon"], short_answer="noon", evidence=BOATS[:24])
    names = ("exact_match", "f1", "list_f1", "list_whole", "yes_no")
    assert [scores[name] for name in names] == [None] * 5
    assert scores["evidence_recall"] == 0.0


@pytest.mark.parametrize("kind", ["list", "yes", "count"])
def test_what_cannot_be_answered_has_none_of_these_scores(kind):
    scores = scored(kind=kind, answerable=False, answers=[], short_answer="yes")
    names = ("exact_match", "f1", "list_f1", "list_whole", "yes_no")
    assert [scores[name] for name in names] == [None] * 5


def test_points_and_rows_are_scored_by_the_share_whose_words_are_cited():
    quotes = [{"quote": "Elm\nStreet, 12 euros", "document": "a.txt", "start": 0, "end": 20}]
    scores = scored(
        citations=quotes, points=["Elm Street", "13 euros"], rows=["12 euros", "Elm street"]
    )
    assert (scores["points_found"], scores["rows_found"]) == (0.5, 1.0)
    unjudged = scored(citations=quotes)
    assert (unjudged["points_found"], unjudged["rows_found"]) == (None, None)
