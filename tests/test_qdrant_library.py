"""A library on Qdrant: all of a document at once, scores as at home, and nobody's secrets."""

import numpy as np
import pytest
from contract_documents import TOKENS, made, put
from library_content import open_at, refresh
from shared_library import local_client, open_local, recipe_of

from rag.documents.split import split_passages
from rag.errors import IndexMismatch, LibraryError
from rag.library import word_index
from rag.library.protocol import Query


def words(number, count=60):
    return " ".join(
        f"Sentence {i} of text {number} tells of running and gardens {number * 100 + i}."
        for i in range(count)
    )


@pytest.fixture
def library(embedder):
    return open_local(embedder)


def test_a_document_comes_back_as_it_was_put(library, embedder):
    kept = put(library, embedder, "a.txt", words(1))
    (info,) = library.documents()
    assert (info.name, info.source, info.sha256) == ("a.txt", "/docs/a.txt", kept.sha256)
    assert info.characters == len(kept.text)
    assert library.text(info.id) == kept.text
    assert library.blocks(info.id).all() == kept.blocks
    drafts = split_passages(kept, embedder, TOKENS)
    ids = [place[0] for place in library.passage_places(info.id)]
    assert ids == sorted(ids)
    assert library.passage_count() == info.passages == len(ids) == len(drafts)
    for passage, draft in zip(library.passages(ids), drafts, strict=True):
        assert passage.text == kept.text[passage.start : passage.end]
        for field in ("start", "end", "sentences", "kinds", "view", "segments"):
            assert getattr(passage, field) == getattr(draft, field)
    rows = library.rows(ids)
    assert rows.tobytes() == embedder.embed([draft.words for draft in drafts]).tobytes()


def test_a_changed_document_keeps_its_id_and_shows_nothing_of_what_it_said(library, embedder):
    put(library, embedder, "a.txt", words(1))
    (before,) = library.documents()
    old_ids = [place[0] for place in library.passage_places(before.id)]
    version = library.version()
    kept = put(library, embedder, "a.txt", words(2))
    (after,) = library.documents()
    assert after.id == before.id and library.text(after.id) == kept.text
    assert library.passages(old_ids) == [] and library.rows(old_ids) is None
    found = library.nearest(embedder.embed(["x"])[0], 1000)
    assert {each.passage_id for each in found} == {p[0] for p in library.passage_places(after.id)}
    since = library.changed_since(version)
    assert since.put == {after.id} and since.removed == frozenset()
    assert since.version == library.version() > version
    library.settle()
    assert left(library) == {"document": 1, "library": 1, "part": 2, "passage": after.passages}


def left(library):
    """Count the points of the collection by kind, whoever may read them."""
    client, name = library._reader.client, library._address.collection
    points, _ = client.scroll(name, limit=100_000)
    kinds = [point.payload["kind"] for point in points]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def test_a_removed_document_leaves_its_id_alone(library, embedder):
    put(library, embedder, "a.txt", words(1))
    put(library, embedder, "b.txt", "Bees make honey.")
    version = library.version()
    gone = library.documents(sources=["/docs/a.txt"])[0].id
    library.remove("/docs/a.txt", "/docs/none.txt")
    assert [info.name for info in library.documents()] == ["b.txt"]
    assert library.matching("running gardens", 10) == []
    with pytest.raises(LibraryError, match=f"no document {gone}"):
        library.text(gone)
    assert library.changed_since(version).removed == {gone}
    library.settle()
    assert left(library) == {"document": 1, "library": 1, "part": 2, "passage": 1, "removed": 1}
    put(library, embedder, "a.txt", words(1))
    assert library.documents(sources=["/docs/a.txt"])[0].id == gone


def test_a_renamed_document_is_called_otherwise_and_the_version_says_so(library, embedder):
    put(library, embedder, "a.txt", "Bees make honey.")
    version = library.version()
    library.rename("/docs/a.txt", "bees.txt")
    library.rename("/docs/none.txt", "none.txt")
    (info,) = library.documents()
    assert info.name == library.document_name(info.id) == "bees.txt"
    assert library.changed_since(version).put == {info.id}


def test_settings_stay_when_the_library_is_made_with_another_embedder(library, embedder):
    put(library, embedder, "a.txt", "Bees make honey.")
    library.set_value("a.b", "kept")
    version = library.version()
    assert library.start_over(recipe_of(embedder, "other@2"))
    assert library.get_value("a.b") == "kept" and library.get_value("none") is None
    assert library.documents() == [] and library.passage_count() == 0
    assert library.changed_since(version) is None
    assert not library.start_over(recipe_of(embedder, "other@2"))


def test_a_library_of_another_embedder_is_stale_and_not_searched(library, embedder):
    put(library, embedder, "a.txt", "Bees make honey.")
    client = library._reader.client
    other = type(library)(client, library._address, recipe_of(embedder, "other@2"))
    assert other.stale and not library.stale
    with pytest.raises(IndexMismatch, match="made with embedder fake@1, expected other@2; use"):
        other.nearest(embedder.embed(["bees"])[0], 5)
    with pytest.raises(LibraryError, match="another Footnote is filling it"):
        put(other, embedder, "b.txt", "Wasps do not.")


def test_a_row_of_another_length_is_refused(library):
    with pytest.raises(IndexMismatch, match=r"shape \(3,\), the library's have 16"):
        library.nearest(np.ones(3, dtype=np.float32), 5)


def test_rows_that_do_not_fit_the_passages_are_refused_before_anything_is_written(
    library, embedder
):
    put = made("a.txt", "Bees make honey.")
    drafts = split_passages(put, embedder, TOKENS)
    with pytest.raises(ValueError, match="expected"):
        library.put(put, drafts, np.zeros((7, 16), dtype=np.float32))
    assert left(library) == {"library": 1}


TEXTS = {
    "bees.txt": "Bees make honey. Honey is sweet and keeps for years. The hive is a busy city.",
    "city.txt": "The city of Bern has a bear park. Its clock tower rings each hour. " * 3,
    "café.txt": "The café in the city sells naïve art, honey cake and C++ books. Bees are banned.",
    "run.txt": "She runs daily. Running keeps runners fit. They ran 10 km. " * 4,
}
QUESTIONS = (
    "Where do bees make honey?",
    "runner running runs",
    "Who rings the clock of the city?",
    "cafe books",
    "the of and",
    "unknown zebra honey",
    "zebra",
    "US",
    "?!",
)


def fill(library, embedder):
    for name, text in TEXTS.items():
        put(library, embedder, name, text)


def at_home(tmp_path, embedder):
    """The same texts in a library in a file; passages by their views."""
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    home = open_at(tmp_path / "home.sqlite")
    refresh(home, tmp_path, embedder)
    return home


def by_text(library, scored):
    passages = library.passages([passage_id for passage_id, _ in scored])
    return {
        (passage.text, passage.start): score
        for passage, (_, score) in zip(passages, scored, strict=True)
    }


@pytest.mark.parametrize("question", QUESTIONS)
def test_words_score_as_they_do_at_home(library, embedder, tmp_path, question):
    fill(library, embedder)
    home = at_home(tmp_path, embedder)
    assert library.passage_count() == home.passage_count()
    expected = by_text(home, home.matching(question, 100))
    assert by_text(library, library.matching(question, 100)) == pytest.approx(expected, rel=1e-5)
    of_all = home.words_of_all(question)
    assert library.words_of_all(question) == pytest.approx(of_all, rel=1e-5)


def test_how_rare_words_are_is_asked_once_until_something_changes(embedder, monkeypatch):
    client = local_client()
    library = open_local(embedder, client)
    fill(library, embedder)
    asked = []
    sent = client.query_batch_points

    def counted(name, requests, **others):
        asked.append(len(requests))
        return sent(name, requests, **others)

    monkeypatch.setattr(client, "query_batch_points", counted)
    question = "bees and honey in the city"
    first = library.matching(question, 5)
    cost = sum(asked)
    asked.clear()
    assert library.matching(question, 5) == first
    assert sum(asked) < cost - 2, "no word is counted again"
    put(library, embedder, "new.txt", "Honey from the city. Honey and more honey.")
    asked.clear()
    later = library.matching(question, 5)
    assert sum(asked) >= cost, "all of them are, since a passage came"
    afresh = open_local(embedder, client)
    assert later == afresh.matching(question, 5) != first


def test_passages_are_looked_for_by_the_words_that_tell(library, embedder, monkeypatch):
    texts = "apple pear plum", "pear plum and plum", "pear plum quince", "plum alone", "pear alone"
    for number, text in enumerate((*texts, "apple and apple", "nothing of it")):
        put(library, embedder, f"{number}.txt", text)
    question = "plum pear quince apple"
    exact = library.matching(question, 9)
    assert len(exact) == 6
    monkeypatch.setattr(word_index, "MOST_SCORED", 3)
    found = {text for text, _ in by_text(library, library.matching(question, 9))}
    assert found == {texts[0], texts[2], "apple and apple"}
    scores = {each.passage_id: each.score for each in exact}
    assert all(scores[each.passage_id] == each.score for each in library.matching(question, 9))


def test_among_named_documents_common_words_find_too(library, embedder, monkeypatch):
    for number, text in enumerate(("quince tart", "plum tart", "plum cake", "plum jam")):
        put(library, embedder, f"{number}.txt", text)
    monkeypatch.setattr(word_index, "MOST_SCORED", 1)
    ids = [info.id for info in library.documents()]
    assert len(library.matching("quince plum", 9)) == 1
    assert len(library.matching("quince plum", 9, documents=ids)) == 4


@pytest.mark.parametrize("is_removed", [False, True])
def test_what_was_counted_before_a_passage_went_counts_no_more(
    library, embedder, monkeypatch, is_removed
):
    """Somebody searches when the new version is said, while the old passages still stand there."""
    put(library, embedder, "a.txt", "honey and bees")
    put(library, embedder, "b.txt", "the harbour and the ferry")
    written = library._writer._set

    def searched(*arguments, **fields):
        if fields.get("live") is False:
            library.matching("honey", 5)
        return written(*arguments, **fields)

    monkeypatch.setattr(library._writer, "_set", searched)
    if is_removed:
        library.remove("/docs/a.txt")
    else:
        put(library, embedder, "a.txt", "nothing of the kind")
    afresh = open_local(embedder, library._reader.client)
    assert library.words_of_all("honey ferry") == afresh.words_of_all("honey ferry")


def test_matching_is_cut_at_the_limit_and_kept_to_documents(library, embedder):
    fill(library, embedder)
    everything = library.matching("city honey", 100)
    scores = [each.score for each in everything]
    assert scores == sorted(scores, reverse=True) and len(scores) > 2
    assert library.matching("city honey", 2) == everything[:2]
    (bees,) = library.documents(sources=["/docs/bees.txt"])
    own = {place[0] for place in library.passage_places(bees.id)}
    within = library.matching("city honey", 100, documents=[bees.id])
    assert within == [each for each in everything if each.passage_id in own] != []
    assert library.matching("city honey", 100, documents=[]) == []


def test_a_search_finds_both_and_has_the_cosine_of_each(library, embedder):
    fill(library, embedder)
    (row,) = embedder.embed(["honey"])
    ids = [p[0] for info in library.documents() for p in library.passage_places(info.id)]
    cosines = dict(zip(ids, (library.rows(ids) @ row).tolist(), strict=True))
    (found,) = library.search([Query(question="bees and honey", row=row)], 3)
    expected = sorted(cosines, key=lambda number: -cosines[number])[:3]
    assert [each.passage_id for each in found.nearest] == expected
    assert found.nearest == tuple(library.nearest(row, 3))
    assert found.matching == tuple(library.matching("bees and honey", 3))
    wanted = {each.passage_id for each in (*found.nearest, *found.matching)}
    assert found.cosines.keys() == wanted
    assert found.cosines == pytest.approx({number: cosines[number] for number in wanted}, abs=1e-6)
    assert found.words_of_all == pytest.approx(library.words_of_all("bees and honey"))


def test_what_is_being_put_is_found_by_nobody_until_all_of_it_is_there(
    library, embedder, monkeypatch
):
    put(library, embedder, "a.txt", words(1))
    before = seen(library, embedder)
    states = []
    client = library._reader.client
    for name in ("upsert", "set_payload"):
        original = getattr(client, name)

        def watched(*args, original=original, **options):
            states.append(seen(library, embedder))
            result = original(*args, **options)
            states.append(seen(library, embedder))
            return result

        monkeypatch.setattr(client, name, watched)
    put(library, embedder, "a.txt", words(2))
    after = seen(library, embedder)
    assert len(states) >= 12
    changes = [state for state, next_ in zip(states, states[1:], strict=False) if state != next_]
    assert states[0] == before and states[-1] == after and changes == [before]


def seen(library, embedder):
    """What somebody finds and reads, in some ways."""
    (row,) = embedder.embed(["running"])
    nearest = library.passages([each.passage_id for each in library.nearest(row, 1000)])
    matching = library.matching("running gardens", 1000)
    (info,) = library.documents()
    return (
        sorted((passage.start, passage.text) for passage in nearest),
        len(matching),
        info.sha256,
        library.text(info.id),
        library.passage_count(),
    )


@pytest.mark.parametrize("calls", range(0, 14))
def test_a_connection_cut_at_any_call_leaves_the_old_or_the_new(
    library, embedder, monkeypatch, calls
):
    put(library, embedder, "a.txt", words(1))
    before = seen(library, embedder)
    left_calls = [calls]
    client = library._reader.client
    with monkeypatch.context() as patch:
        for name in ("upsert", "set_payload"):
            original = getattr(client, name)

            def cut(*args, original=original, **options):
                left_calls[0] -= 1
                if left_calls[0] < 0:
                    raise LibraryError("cut")
                return original(*args, **options)

            patch.setattr(client, name, cut)
        try:
            put(library, embedder, "a.txt", words(2))
        except LibraryError:
            pass
    state = seen(library, embedder)
    put(library, embedder, "a.txt", words(2))
    after = seen(library, embedder)
    assert state in (before, after)
    library.settle()
    assert seen(library, embedder) == after
    (info,) = library.documents()
    assert left(library) == {"document": 1, "library": 1, "part": 2, "passage": info.passages}
