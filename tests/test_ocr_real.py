"""The real engine on pictures of known words: it reads them, offline, whichever way they lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from outline import check_blocks
from pdf_pages_made import Drawn, grey_picture
from PIL import Image, ImageFilter
from sample_pictures import draw_page, encoded, wrapped

from rag.documents.formats.pdf import extract_pdf
from rag.documents.formats.picture import extract_picture

pytest.importorskip("rapidocr")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1_000_000
LEFT = (
    "The committee met on 14 March 1902 in the café beside the river, where señor Müller read the "
    "annual report. Income had grown from 3,456.78 to 4,012.30 francs, mainly because members "
    "paid their fees earlier than before."
)
RIGHT = (
    "Nobody objected to a second granary, although Mrs Görlitz warned that floods had reached "
    "the lower road twice. A deposit of 250 crowns is due within fourteen days, and the "
    "remainder when the roof is finished."
)


def columns(size=28, width=480):
    return draw_page(
        (100, wrapped(LEFT, width, size)),
        (660, wrapped(RIGHT, width, size)),
        title="Report of the Society",
        size=size,
    )


EXPECTED = f"# Report of the Society\n\n{LEFT}\n\n{RIGHT}"


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_two_columns_are_read_one_after_the_other_whichever_way_the_page_lies(angle):
    page = columns()
    found = extract_picture(encoded(page.rotate(angle, expand=True)), LIMIT)
    assert found.text == EXPECTED
    assert found.warnings == ()
    check_blocks(found.text, found.blocks)
    start = found.text.index("Nobody")
    (region,) = [r for r in found.regions if r.start <= start < r.end]
    # "Nobody objected to" is drawn at 660, 200 of 1240 x 1754, 28 high and half as wide as a column
    left, top, right, bottom = 660 / 1240, 200 / 1754, 1000 / 1240, 232 / 1754
    for _ in range(angle // 90):  # against the clock: what was right is on top
        left, top, right, bottom = top, 1 - right, bottom, 1 - left
    assert region.left == pytest.approx(left, abs=0.1)
    assert region.top == pytest.approx(top, abs=0.1)
    middle = (left + right) / 2, (top + bottom) / 2
    assert region.left < middle[0] < region.right
    assert region.top < middle[1] < region.bottom


def test_a_poor_scan_keeps_nearly_every_word():
    page = columns().convert("L").rotate(1.5, fillcolor=255).filter(ImageFilter.GaussianBlur(1))
    noise = Image.effect_noise(page.size, 60)
    page = Image.blend(page, noise, 0.25)
    found = extract_picture(encoded(page, "JPEG", quality=40), LIMIT).text.split()
    wanted = EXPECTED.split()
    assert sum(word in found for word in wanted) >= 0.95 * len(wanted)


def test_rows_of_a_table_keep_their_cells():
    names = ["Item", "Bolt", "Nut", "Washer", "Screw"]
    prices = ["Price", "0.35", "0.20", "0.05", "0.40"]
    stocks = ["Stock", "1200", "800", "4500", "90"]
    page = draw_page((100, names), (500, prices), (900, stocks))
    found = extract_picture(encoded(page), LIMIT)
    assert [line for line in found.text.splitlines() if line] == [
        f"| {' | '.join(row)} |" for row in zip(names, prices, stocks, strict=True)
    ]
    (region,) = {(r.page, r.left, r.right) for r in found.regions}
    assert region == (1, 0.0, 1.0)


def test_a_scan_in_a_pdf_is_read():
    pages = [columns(), draw_page((100, wrapped("The last page says goodbye.", 900)))]
    found = extract_pdf(encoded(pages, "PDF", resolution=150), LIMIT)
    assert found.text.startswith(f"{EXPECTED}\n\n")
    assert found.text.endswith("The last page says goodbye.")
    assert found.page_starts == (0, len(EXPECTED) + 2)


def test_a_page_whose_letters_have_no_unicode_is_recognised():
    drawn = Drawn()
    moved = (
        "wkh ydxow ri wkh edqn lv lq edvho dqg lw zdv exlow lq e wkh dufklwhfw rwwr iuhb zkr kdg"
    )
    drawn.lines(60, 700, [moved] * 4)
    drawn.page()
    drawn.text(60, 700, "The second page can be read.")
    drawn.page()
    drawn.canvas.drawImage(grey_picture(), 0, 0, 595, 842)
    found = extract_pdf(drawn.data(), LIMIT)
    assert found.text.startswith("wkh ydxow ri wkh edqn")  # what is seen, not what is stored
    assert "The second page can be read." in found.text
    check_blocks(found.text, found.blocks)
    (picture,) = found.warnings[-1:]
    assert "page 3" in picture


def test_a_long_strip_is_read_in_parts():
    words = [f"This is line {number} of a long page on a screen." for number in range(1, 61)]
    found = extract_picture(encoded(draw_page((60, words), page=(900, 2800))), LIMIT)
    assert found.text == " ".join(words)


def test_pictures_without_words_say_so():
    for picture in (
        Image.new("RGB", (1, 1)),
        Image.new("RGB", (900, 3)),
        Image.new("L", (500, 500)),
    ):
        with pytest.raises(ValueError) as error:
            extract_picture(encoded(picture), LIMIT)
        assert str(error.value).startswith("no text can be read in the picture; ")


def test_nothing_is_fetched_and_no_connection_is_tried(tmp_path):
    (tmp_path / "page.png").write_bytes(encoded(columns()))
    log = tmp_path / "network.log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT / "tests" / "no_network"),
        "NETWORK_LOG": str(log),
    }
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "text", str(tmp_path / "page.png")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.stdout, done.stderr) == (EXPECTED, "")
    assert not log.exists()
