"""Decoding pictures of every sort, and showing the place on a page: no engine is needed."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image
from sample_files import make_pdf
from sample_pictures import draw_page, encoded

from rag.datatypes import Region
from rag.documents.formats import page_picture as module
from rag.documents.formats import page_pictures
from rag.documents.formats.ocr import page_count
from rag.documents.formats.page_picture import page_picture
from rag.documents.structure import regions_of

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
MARKED = (255, 235, 120)


def shown(data, page=1, *regions, **options):
    return Image.open(BytesIO(page_picture(data, page, regions, **options)))


def refusal_of(data, page=1):
    with pytest.raises(ValueError) as error:
        page_picture(data, page)
    return str(error.value)


def region(left, top, right, bottom, page=1, start=0, end=1):
    return Region(start=start, end=end, page=page, left=left, top=top, right=right, bottom=bottom)


def test_a_region_of_a_picture_is_marked_and_dark_stays_dark():
    page = Image.new("RGB", (100, 200), "white")
    page.putpixel((30, 50), BLACK)
    found = shown(encoded(page), 1, region(0.2, 0.2, 0.6, 0.3), region(0, 0, 1, 1, page=2))
    assert found.size == (100, 200)
    assert [found.getpixel(at) for at in ((19, 40), (20, 40), (59, 59), (60, 59), (30, 50))] == [
        WHITE,
        MARKED,
        MARKED,
        WHITE,
        BLACK,
    ]


def test_only_the_part_around_a_region_is_shown():
    page = Image.new("RGB", (100, 200), "white")
    found = shown(encoded(page), 1, region(0.2, 0.5, 0.6, 0.6), around=0.1)
    assert found.size == (100, 60)  # from 0.4 to 0.7
    assert found.getpixel((30, 19)) == WHITE
    assert found.getpixel((30, 21)) == MARKED


def test_a_page_of_a_pdf_is_shown_with_its_region():
    data = make_pdf([], [(72, 700, 12, "Words")])
    found = shown(data, 2, region(0, 0, 0.05, 0.05, page=2), max_pixels=500_000)
    assert found.width * found.height <= 500_000
    assert found.width / found.height == pytest.approx(612 / 792, abs=0.01)
    assert found.getpixel((3, 3)) == MARKED
    around = found.crop((0, int(0.08 * found.height), found.width, int(0.15 * found.height)))
    assert around.convert("L").getextrema()[0] < 100  # the words, 92 points from above


def test_a_picture_is_never_shown_with_more_pixels_than_asked_for():
    assert shown(encoded(draw_page()), max_pixels=10_000).size == (83, 118)


def test_a_page_that_is_not_there_is_named():
    assert refusal_of(make_pdf([]), 2) == "there is no page 2; it has 1"
    assert refusal_of(encoded(Image.new("L", (9, 9))), 0) == "there is no page 0; it has 1"


def test_regions_of_a_quote_are_those_that_touch_it():
    first, second = region(0, 0, 1, 1, start=0, end=10), region(0, 0, 1, 1, start=11, end=20)
    assert regions_of((first, second), 10, 11) == []
    assert regions_of((first, second), 9, 12) == [first, second]


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "expected"),
    [
        ("RGB", RED, "PNG", RED),
        ("RGBA", (0, 0, 0, 0), "PNG", WHITE),
        ("LA", (0, 0), "PNG", WHITE),
        ("CMYK", (0, 255, 255, 0), "JPEG", RED),
        ("CMYK", (0, 255, 255, 0), "TIFF", RED),
        ("1", 1, "TIFF", WHITE),
        ("RGB", WHITE, "WEBP", WHITE),
        ("L", 0, "BMP", BLACK),
    ],
)
def test_colours_of_every_sort_are_shown_as_they_are(mode, colour, kind, expected):
    picture = shown(encoded(Image.new(mode, (40, 40), colour), kind))
    assert all(
        abs(one - other) < 8 for one, other in zip(picture.getpixel((5, 5)), expected, strict=True)
    )


def test_sixteen_bits_become_eight():
    picture = Image.new("I;16", (40, 20), 65535)
    picture.paste(0, (0, 0, 20, 20))
    found = shown(encoded(picture))
    assert (found.getpixel((5, 5)), found.getpixel((35, 5))) == (BLACK, WHITE)


def test_a_picture_is_turned_as_its_camera_says():
    picture = Image.new("RGB", (80, 40), "white")
    picture.paste(RED, (0, 0, 40, 40))  # its left half; turned by 90 degrees, its upper half
    exif = Image.Exif()
    exif[0x0112] = 6
    found = shown(encoded(picture, "JPEG", exif=exif, quality=95))
    assert found.size == (40, 80)
    assert found.getpixel((20, 10))[1] < 50 < 200 < found.getpixel((20, 70))[1]


def test_the_pages_of_a_tiff_are_each_shown():
    data = encoded([Image.new("RGB", (30, 30), colour) for colour in ("white", "red")], "TIFF")
    assert page_count(data) == 2
    assert [shown(data, page).getpixel((3, 3)) for page in (1, 2)] == [WHITE, RED]


def test_a_single_pixel_is_a_page():
    assert shown(encoded(Image.new("RGB", (1, 1), "red"))).getpixel((0, 0)) == RED


def huge_png(width, height):
    """Return a PNG that says it is so large, and has hardly any data."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded():
    assert refusal_of(huge_png(100_000, 100_000)) == (
        "the picture has 100,000 × 100,000 pixels; expected at most 200 million; make it smaller"
    )


DAMAGED = "it is damaged or not complete; open it in an image program and save it again"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_a_file_that_ends_too_early_is_one_line(kind):
    whole = encoded(draw_page((100, ["Some words."])), kind)
    for part in (0.9, 0.5, 0.02):
        assert refusal_of(whole[: int(part * len(whole))]) == DAMAGED, part


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"II*\0"])
def test_what_is_no_picture_is_one_line(data):
    assert refusal_of(data) == DAMAGED


def test_a_tiff_of_thousands_of_pictures_is_refused():
    data = encoded(Image.new("L", (9, 9)), "TIFF")
    first = struct.unpack_from("<I", data, 4)[0]
    frame = data[first : first + 2 + 12 * struct.unpack_from("<H", data, first)[0]]
    data += b"\0" * (len(data) % 2)
    chain = [
        frame + struct.pack("<I", len(data) + (number + 1) * (len(frame) + 4))
        for number in range(10_000)
    ]
    data = data[:4] + struct.pack("<I", len(data)) + data[8:] + b"".join(chain)
    with pytest.raises(ValueError) as error:
        page_count(data)
    assert str(error.value) == "it has more than 2,000 pictures; split it into smaller files"


def test_a_tiff_whose_pictures_go_in_a_circle_ends():
    data = bytearray(encoded([Image.new("L", (9, 9))] * 2, "TIFF"))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * entries)[0]
    entries = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * entries, first)
    assert page_count(bytes(data)) == 2


def test_what_hangs_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "hang.py"
    program.write_text("import time; time.sleep(600)")
    monkeypatch.setattr(page_pictures, "__file__", str(program))
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.5)
    assert refusal_of(b"") == "the page cannot be shown; open the file in another program"


def test_the_program_bounds_its_memory():
    pytest.importorskip("resource")
    code = (
        f"import runpy; m = runpy.run_path({page_pictures.__file__!r}); m['_limit_memory'](); "
        "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    found = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
    if sys.platform == "linux":
        assert int(found.stdout) == page_pictures._MEMORY_BYTES
