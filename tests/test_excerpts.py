from rag.evaluation.excerpts import choose_excerpts

LONG = "x" * 20_000


def row(*, cited=(), evidence=None, ranked=()):
    return {
        "answerable": evidence is not None,
        "evidence": evidence,
        "document": None,
        "citations": [{"document": name, "start": s, "end": e} for name, s, e in cited],
        "ranked": [{"document": name, "start": s, "end": e} for name, s, e in ranked],
    }


def test_documents_that_fit_are_carried_whole_and_others_not_at_all():
    texts = {"a.txt": "0123456789", "b.txt": "never touched"}
    assert choose_excerpts([row(cited=[("a.txt", 2, 4)])], texts) == {"a.txt": [(0, 10)]}


def test_long_documents_are_cut_to_what_is_around_the_places():
    rows = [row(cited=[("a.txt", 9000, 9100)], ranked=[("a.txt", 15_000, 15_500)])]
    parts = choose_excerpts(rows, {"a.txt": LONG}, max_characters=10_000)
    assert parts == {"a.txt": [(7000, 11_100), (15_000, 15_500)]}


def test_ranked_passages_go_before_the_surroundings_of_citations_do():
    ranked = [("a.txt", start, start + 300) for start in range(0, 3000, 300)]
    rows = [row(cited=[("a.txt", 9000, 9100)], ranked=ranked)]
    # 10 passages: 4,100 + 3,000 characters, then 1,100 + 3,000, then 1,100 + 3 × 300, then 500.
    for limit, expected in (
        (7100, [(0, 3000), (7000, 11_100)]),
        (4100, [(0, 3000), (8500, 9600)]),
        (2000, [(0, 900), (8500, 9600)]),
        (1999, [(8800, 9300)]),
        (10, [(8800, 9300)]),
    ):
        assert choose_excerpts(rows, {"a.txt": LONG}, limit) == {"a.txt": expected}


def test_evidence_is_carried_where_it_stands():
    texts = {"a.txt": "x" * 9000 + "the place" + "x" * 9000}
    parts = choose_excerpts([row(evidence="the place")], texts, max_characters=5000)
    assert parts == {"a.txt": [(7000, 11_009)]}


def test_a_document_that_the_library_no_longer_has_is_passed_over():
    rows = [row(cited=[("gone.txt", 0, 5)], ranked=[("gone.txt", 0, 5)])]
    assert choose_excerpts(rows, {}) == {}
