"""How an answer that was computed over rows looks on the page, in a terminal and in an export."""

from rag.cli.ask import format_answer
from rag.conversations.records import Conversation, FinishedTurn, StoredTurn
from rag.datatypes import Answer, Citation, CitedSentence
from ui.export_markdown import conversation_markdown
from ui.render import Turn, render_turn

ROWS = "Drill A,19\nDrill B,14"
LINE = "Drill B: Price 14, the lowest of 2 rows."


def cited(start, quote, row, last_row=None):
    return Citation(
        document_id=1,
        document="tools.csv",
        start=start,
        end=start + len(quote),
        page=None,
        quote=quote,
        row=row,
        last_row=last_row,
    )


ANSWER = Answer(
    question="Which is cheapest?",
    understood="Which is cheapest?",
    status="answered",
    sentences=(
        CitedSentence(text=LINE, citations=(1,), verbatim=False, kind="computed"),
        CitedSentence(
            text="Drill B,14",
            citations=(2,),
            start=11,
            kind="row",
            cells=(("Tool", "Drill B"), ("Price", "14")),
            cell_starts=(11, 19),
        ),
    ),
    citations=(cited(0, ROWS, 1, 2), cited(11, "Drill B,14", 2)),
    short_answer="Drill B",
    short_span=None,
    nearest=(),
    confidence=0.8,
    answer_kind="extreme",
)


def test_the_page_says_computed_and_names_all_rows_without_repeating_them():
    html = render_turn(Turn(number=1, question=ANSWER.question, answer=ANSWER))
    assert "Computed from the rows below, not word for word" in html
    assert '<p class="computed" dir="auto">Drill B: Price 14, the lowest' in html
    assert "rows 1–2" in html
    sources = html[html.index('<ul class="sources"') :]
    assert "Drill A" not in sources[: sources.index("</ul>")]


def test_a_card_shows_the_beginning_of_many_rows():
    long = "\n".join(f"Drill {number},{number}" for number in range(200))
    answer = Answer(
        **{name: getattr(ANSWER, name) for name in Answer.__slots__}
        | {"citations": (cited(0, long, 1, 200), ANSWER.citations[1])}
    )
    html = render_turn(Turn(number=1, question="", answer=answer))
    card = html[html.index('<template data-card="1-1">') :].partition("</template>")[0]
    assert "Drill 20," in card
    assert "Drill 199," not in card


def test_a_terminal_shows_the_line_the_rows_and_where_they_stand():
    assert format_answer(ANSWER).splitlines() == [
        f"{LINE} [1]",
        "Tool: Drill B; Price: 14 [2]",
        "",
        "[1] tools.csv, rows 1–2, characters 0–21",
        "[2] tools.csv, row 2, characters 11–21",
    ]


def test_an_export_says_computed():
    conversation = Conversation(
        id=1, user="", title="Tools", library="", created_at="", updated_at="", questions=1
    )
    turn = StoredTurn(id=1, asked_at="", turn=FinishedTurn(question=ANSWER.question, answer=ANSWER))
    text = conversation_markdown(conversation, [turn])
    assert "Computed from the rows below" in text
    assert "| Drill B | 14[^1-2] |" in text
