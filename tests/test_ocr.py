"""Recognising pages, with a program in the engine's place: progress, cancel, each page once."""

import json
import os
from hashlib import sha256
from threading import Event

import pytest
from fake_embedder import FakeEmbedder
from outline import check_blocks
from sample_files import make_pdf
from sample_pictures import draw_page, encoded

from rag.documents.formats import ocr, ocr_pages, page_pictures, pdf, picture
from rag.documents.formats.ocr_pages import KeptPages, ReadLine, ReadPage
from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.picture import extract_picture
from rag.documents.formats.progress import Cancelled, PageReading, reading_pages
from rag.documents.load import Found, Source
from rag.library.changes import Changes
from rag.library.library import open_library
from rag.library.reading import Reading
from rag.settings import Settings

LIMIT = 1_000_000
CORNERS = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.12), (0.1, 0.12))
PAGE = ReadPage(turn=0, width=1000, height=1400, lines=(ReadLine("Łódź", 0.9, CORNERS),))
NEEDS_EXTRA = (
    'reading text in pictures needs the extra "ocr", which is not installed; '
    'install it with: python -m pip install "footnote[ocr]"'
)
WORDS = ["Apples", "Bells", "Cups", "Doors", "Eggs"]
DATA = b"a file of pictures"


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """A program that reads a word on each page, after `each`; its log has the pages asked for."""
    log = tmp_path / "log.txt"

    def install(each="pass", pages=5):
        program = tmp_path / "program.py"
        program.write_text(
            "import json, os, sys, time\n"
            "order = json.loads(sys.argv[1])\n"
            "if order['do'] == 'count':\n"
            f"    print(json.dumps({{'pages': {pages}}}))\n"
            "    sys.exit()\n"
            f"print(order['pages'], file=open({str(log)!r}, 'a'))\n"
            f"WORDS = {WORDS}\n"
            "for n in order['pages']:\n"
            f"    {each}\n"
            "    corners = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.12], [0.1, 0.12]]\n"
            "    lines = [[f'{WORDS[n % 5]} here.', 0.99, corners], ['noise', 0.2, corners]]\n"
            "    page = dict(page=n, turn=0, width=1000, height=1400, lines=lines)\n"
            "    print(json.dumps(page), flush=True)\n"
        )
        monkeypatch.setattr(page_pictures, "__file__", str(program))
        monkeypatch.setattr(ocr, "can_recognise", lambda: True)
        monkeypatch.setattr(ocr, "version", lambda name: "3.10.0")
        return log

    return install


def texts(found):
    return {number: page.lines[0].text for number, page in sorted(found.pages.items())}


def test_pages_are_read_in_order_and_progress_is_said(engine):
    engine()
    said = []
    with reading_pages(PageReading(report=lambda done, total: said.append((done, total)))):
        found = ocr.recognise_pages(DATA, [0, 3])
    assert texts(found) == {0: "Apples here.", 3: "Doors here."}
    assert said == [(0, 2), (1, 2), (2, 2)]


def test_a_stopped_reading_goes_on_where_it_was(engine, tmp_path):
    log = engine()
    cancel = Event()

    def stop_after_two(done, total):
        if done == 2:
            cancel.set()

    kept = tmp_path / "kept"
    with reading_pages(PageReading(cancel=cancel, report=stop_after_two, kept=kept)):
        with pytest.raises(Cancelled):
            ocr.recognise_pages(DATA, range(5))
    with reading_pages(PageReading(kept=kept)):
        found = ocr.recognise_pages(DATA, range(5))
        assert texts(found) == {n: f"{WORDS[n]} here." for n in range(5)}
        ocr.recognise_pages(DATA, range(5))  # all kept: the engine is not started
    assert log.read_text().splitlines() == ["[0, 1, 2, 3, 4]", "[2, 3, 4]"]


def test_stopping_does_not_wait_for_the_page(engine, monkeypatch):
    engine("time.sleep(600)")
    cancel = Event()
    monkeypatch.setattr(ocr, "_LOOK_SECONDS", 0.01)
    with reading_pages(PageReading(cancel=cancel, report=lambda done, total: cancel.set())):
        with pytest.raises(Cancelled):
            ocr.recognise_pages(DATA, [0])


def test_a_page_that_crashes_the_program_is_named_and_the_others_are_read(engine):
    engine("if n == 1: os.abort()")
    found = ocr.recognise_pages(DATA, range(3))
    assert texts(found) == {0: "Apples here.", 2: "Cups here."}
    assert found.warnings() == [
        "page 1: 1 of 2 lines that were seen in its picture could not be read and are left out",
        "page 2: its text was not recognised: it could not be read; "
        "open it in an image program and save it again",
        "page 3: 1 of 2 lines that were seen in its picture could not be read and are left out",
    ]


def test_a_page_that_takes_for_ever_is_named(engine, monkeypatch):
    engine("if n == 0: time.sleep(600)")
    monkeypatch.setattr(ocr, "_PAGE_SECONDS", 2.0)
    found = ocr.recognise_pages(DATA, range(2))
    assert (set(found.failures), texts(found)) == ({0}, {1: "Bells here."})


def test_a_file_that_crashes_the_program_again_and_again_is_given_up(engine):
    log = engine("os.abort()")
    found = ocr.recognise_pages(DATA, range(20))
    assert sorted(found.failures) == list(range(20))
    assert len(log.read_text().splitlines()) == 3


def test_kept_pages_come_back_and_damaged_ones_count_as_none(tmp_path):
    kept = KeptPages(tmp_path, "ab", "engine-1")
    assert kept.get(0) is None
    kept.put(0, PAGE)
    assert kept.get(0) == PAGE
    assert KeptPages(tmp_path, "ab", "engine-2").get(0) is None
    (file,) = (tmp_path / "ab").iterdir()
    for damaged in ("", "{}", "[[[", '{"turn": 7, "width": 1, "height": 1, "lines": []}'):
        file.write_text(damaged)
        assert kept.get(0) is None


def test_pages_of_files_not_used_for_longest_make_room(tmp_path, monkeypatch):
    for number, name in enumerate(("old", "middle", "new")):
        KeptPages(tmp_path, name, "engine").put(0, PAGE)
        os.utime(tmp_path / name, (number, number))
    size = sum(file.stat().st_size for file in (tmp_path / "new").iterdir())
    monkeypatch.setattr(ocr_pages, "_MOST_BYTES", int(1.5 * size))
    KeptPages(tmp_path, "middle", "engine").make_room()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]


def test_what_cannot_be_kept_is_not_kept(tmp_path):
    (tmp_path / "file").write_text("")
    kept = KeptPages(tmp_path / "file", "ab", "engine")
    kept.make_room()
    kept.put(0, PAGE)
    assert kept.get(0) is None


def test_a_picture_is_a_page_with_the_place_of_its_lines(engine):
    engine(pages=2)
    found = extract_picture(DATA, LIMIT)
    assert found.text == "Apples here.\n\nBells here."
    assert found.page_starts == (0, 14)
    check_blocks(found.text, found.blocks)
    assert [(found.text[r.start : r.end], r.page) for r in found.regions] == [
        ("Apples here.", 1),
        ("Bells here.", 2),
    ]
    region = found.regions[0]
    assert (region.left, region.right) == (0.1, 0.3)
    assert region.top == pytest.approx(0.1, abs=0.003)
    assert region.bottom == pytest.approx(0.12, abs=0.003)


def test_a_picture_without_text_says_so(engine):
    engine("continue", pages=1)
    log = engine("print(json.dumps(dict(page=n, turn=0, width=9, height=9, lines=[]))); continue")
    with pytest.raises(ValueError) as error:
        extract_picture(DATA, LIMIT)
    assert str(error.value) == (
        "no text can be read in the picture; give a sharper or larger one, or remove the file"
    )
    assert log.exists()


@pytest.fixture
def without_extra(monkeypatch):
    for module in (ocr, pdf, picture):
        monkeypatch.setattr(module, "can_recognise", lambda: False)


def test_without_the_extra_a_picture_names_it(without_extra):
    with pytest.raises(ValueError) as error:
        extract_picture(encoded(draw_page()), LIMIT)
    assert str(error.value) == NEEDS_EXTRA


def scan(*pictures):
    """Return a PDF of pictures."""
    return encoded(list(pictures) if len(pictures) > 1 else pictures[0], "PDF", resolution=150)


def test_without_the_extra_a_scan_names_it(without_extra):
    with pytest.raises(ValueError) as error:
        extract_pdf(scan(draw_page((100, ["Words."]))), LIMIT)
    assert str(error.value) == (
        "no text on any page: it is a scan, or holds pictures only; to have them read install the "
        'extra `ocr` (python -m pip install "footnote[ocr]"), or recognise its text first '
        "(for example with ocrmypdf), then add the result"
    )


def with_scan():
    """Return a PDF with a page of text, and one that is a picture."""
    import pypdfium2

    text = pypdfium2.PdfDocument(make_pdf([(72, 700, 10, "The text of the first page is here.")]))
    text.import_pages(pypdfium2.PdfDocument(scan(draw_page((100, ["Words."])))))
    from io import BytesIO

    data = BytesIO()
    text.save(data)
    return data.getvalue()


def test_without_the_extra_the_pages_that_are_pictures_are_named(without_extra):
    found = extract_pdf(with_scan(), LIMIT)
    assert found.text == "The text of the first page is here."
    assert found.warnings == (f"page 2 is a picture: its text was not read; {NEEDS_EXTRA}",)


def test_the_pages_of_a_pdf_that_are_pictures_are_recognised(engine, monkeypatch):
    log = engine()
    monkeypatch.setattr(pdf, "can_recognise", lambda: True)
    found = extract_pdf(with_scan(), LIMIT)
    assert found.text == "The text of the first page is here.\n\nBells here."
    assert found.page_starts == (0, 37)
    assert [(r.page, found.text[r.start : r.end]) for r in found.regions] == [(2, "Bells here.")]
    assert log.read_text() == "[1]\n"


def test_a_pdf_with_text_is_read_though_its_pictures_cannot_be(engine, monkeypatch):
    engine("print(json.dumps(dict(error='the engine is damaged'))); break")
    monkeypatch.setattr(pdf, "can_recognise", lambda: True)
    found = extract_pdf(with_scan(), LIMIT)
    assert found.text == "The text of the first page is here."
    assert found.warnings == ("page 2: its text was not recognised: the engine is damaged",)


def test_the_engine_is_part_of_what_is_kept(engine, tmp_path):
    engine()
    with reading_pages(PageReading(kept=tmp_path / "kept")):
        ocr.recognise_pages(DATA, [0])
    (folder,) = (tmp_path / "kept").iterdir()
    assert folder.name == sha256(DATA).hexdigest()
    assert [path.name for path in folder.iterdir()] == ["rapidocr-3.10.0-1-0.json"]
    assert json.loads(next(folder.iterdir()).read_text())["lines"][0][0] == "Apples here."


def test_a_stopped_refresh_goes_on_with_the_page_where_it_was(engine, tmp_path):
    log = engine()
    file = tmp_path / "scan.png"
    file.write_bytes(DATA)
    library = open_library(tmp_path / "x.sqlite", embedder_id="fake", passage_tokens=64)
    settings = Settings(home=str(tmp_path / "home"))
    cancel = Event()
    seen = []

    def stop(progress):
        seen.append((progress.name, progress.recognised, progress.pages))
        if progress.recognised == 3:
            cancel.set()

    found = Found(sources=[Source(path=file, name="scan.png")])
    stopped = Reading(settings=settings, embedder=FakeEmbedder(), progress=stop, cancel=cancel)
    assert stopped.refresh(library, found) == Changes()
    assert seen == [("scan.png", done, 5) for done in range(4)]
    finished = Reading(settings=settings, embedder=FakeEmbedder())
    assert finished.refresh(library, found).added == ["scan.png"]
    assert log.read_text().splitlines() == ["[0, 1, 2, 3, 4]", "[3, 4]"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["ocr"]
    (document,) = library.documents()
    assert library.text(document.id).count("here.") == 5
    library.close()
