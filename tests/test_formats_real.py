"""The real models over a PDF, a Word document and a page: the right quote, file and page."""

import pytest
from sample_files import make_docx, make_pdf, word_paragraph, word_table

from rag.assemble import open_pipeline
from rag.settings import load_settings

pytestmark = pytest.mark.slow

HARBOUR = [
    [
        (72, 720, 18, "The harbour of Lindow"),
        (
            72,
            690,
            11,
            "The harbour was built in 1932 by the town council, which paid for it with a",
        ),
        (72, 676, 11, "loan from the bank. It has three basins for ships of every size."),
        (300, 40, 9, "1"),
    ],
    [
        (72, 720, 14, "The lighthouse"),
        (
            72,
            690,
            11,
            "The lighthouse of Lindow is 47 metres high. It was designed by the engineer",
        ),
        (72, 676, 11, "Margarete Olsen, who also drew the two cranes on the northern quay."),
        (300, 40, 9, "2"),
    ],
]
MEETING = (
    word_paragraph("Minutes of the club", '<w:outlineLvl w:val="0"/>')
    + word_paragraph("The chess club of Brunn met on 4 May in the library.")
    + word_paragraph("Teresa Novak was elected treasurer of the club for two years.")
    + word_table(["Item", "Cost"], ["Boards", "120 euros"])
)
RECIPE = """<html><head><title>Bread</title><style>p { color: red }</style></head><body>
<h1>Rye bread</h1><p style="display:none">The oven is heated to 999 degrees.</p>
<p>The dough of the rye bread rests for nine hours.
It is baked in an oven that is heated to 240 degrees.</p><script>alert(1)</script></body></html>"""


@pytest.fixture(scope="module")
def pipeline(home, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    (folder / "harbour.pdf").write_bytes(make_pdf(*HARBOUR))
    (folder / "minutes.docx").write_bytes(make_docx(MEETING))
    (folder / "bread.html").write_text(RECIPE)
    settings = load_settings(generator="none")
    pipeline = open_pipeline(settings, docs=[folder], say=lambda line: None)
    with pipeline.library:
        yield pipeline


@pytest.mark.parametrize(
    ("question", "document", "page", "quote"),
    [
        (
            "Who designed the lighthouse of Lindow?",
            "harbour.pdf",
            2,
            "It was designed by the engineer Margarete Olsen, who also drew the two cranes "
            "on the northern quay.",
        ),
        (
            "When was the harbour built?",
            "harbour.pdf",
            1,
            "The harbour was built in 1932 by the town council, which paid for it with a "
            "loan from the bank.",
        ),
        (
            "Who was elected treasurer of the chess club?",
            "minutes.docx",
            None,
            "Teresa Novak was elected treasurer of the club for two years.",
        ),
        (
            "To how many degrees is the oven heated?",
            "bread.html",
            None,
            "It is baked in an oven that is heated to 240 degrees.",
        ),
    ],
)
def test_answer_cites_the_file_the_page_and_the_words(pipeline, question, document, page, quote):
    answer = pipeline.ask(question)
    assert answer.status == "quoted"
    citation = answer.citations[0]
    assert (citation.document, citation.page, citation.quote) == (document, page, quote)
    assert pipeline.library.text(citation.document_id)[citation.start : citation.end] == quote
