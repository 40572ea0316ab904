"""A program of its own that looks at pages as pictures: it reads the text in them, or shows one.

    python page_pictures.py '{"do": "count"}' < file
    python page_pictures.py '{"do": "recognise", "pages": [0, 2], "threads": 2}' < file
    python page_pictures.py '{"do": "show", "page": 0, "boxes": […], "around": 0.1,
        "max_pixels": n}' < file

A damaged file can hang or crash what decodes it; here it takes nothing along, and whoever started
the program can end it at once. Counting prints `{"pages": n}`. Recognising prints a JSON object a
page, on a line: `{"page", "turn", "width", "height", "lines": [[text, score, corners], …]}` with
corners in shares of the page once it is turned, or `{"page", "error"}`. Showing prints a PNG. All
may print `{"error"}` instead. Started by its path; uses `ocr_engine` and no other module of ours.
"""

import json
import math
import signal
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

MOST_PAGES = 2_000
MOST_PIXELS = 200_000_000
"""Of a picture, before it is decoded: A2 at 600 dots an inch has 140 million."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_MEMORY_BYTES = 6 << 30
_SIDE = 2_400
"""Pixels of a page's longer side that text is read from: A4 at 205 dots an inch."""
_SHOWN_SIDE = 6_000
"""Pixels that a page is drawn with at most to show a part of it."""
_MARKER = (255, 235, 120)
_DAMAGED = "it is damaged or not complete; open it in an image program and save it again"


def main() -> None:
    """Read a file from standard input, and do what the argument asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it
    _limit_memory()
    order = json.loads(sys.argv[1])
    try:
        pages = _open(sys.stdin.buffer.read())
        if order["do"] == "show":
            sys.stdout.buffer.write(_shown(pages, order))
        elif order["do"] == "count":
            _say({"pages": pages.count})
        else:
            for found in _recognised(pages, order["pages"], order["threads"]):
                _say(found)
    except ValueError as error:
        _say({"error": str(error)})
    except ImportError as error:
        _say({"error": f'{error}; install it with: python -m pip install "footnote[ocr]"'})


def _say(found: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n")
    sys.stdout.buffer.flush()


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _open(data: bytes) -> Any:
    return _Pdf(data) if data[:1024].lstrip().startswith(b"%PDF") else _Pictures(data)


class _Pdf:
    """The pages of a PDF as pictures."""

    def __init__(self, data: bytes) -> None:
        import pypdfium2

        try:
            self._document = pypdfium2.PdfDocument(data)
            self._document.init_forms()
        except pypdfium2.PdfiumError:
            raise ValueError("it is damaged, or not a PDF") from None
        self.count = len(self._document)

    def picture(self, number: int, side: int) -> Any:
        """Return page `number` as it is shown, `side` pixels long."""
        import pypdfium2

        try:
            page = self._document[number]
            width, height = page.get_size()
            picture = page.render(scale=side / max(width, height, 1.0)).to_pil()
        except pypdfium2.PdfiumError:
            raise ValueError("it cannot be drawn") from None
        return picture.convert("RGB")


class _Pictures:
    """A picture, or the pictures of a TIFF."""

    def __init__(self, data: bytes) -> None:
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = None  # each is checked before it is decoded
        try:
            self._image = Image.open(BytesIO(data), formats=_FORMATS)
        except (OSError, ValueError, SyntaxError):
            raise ValueError(_DAMAGED) from None
        self.count = self._count() if self._image.format == "TIFF" else 1

    def _count(self) -> int:
        count = 0
        try:
            while count <= MOST_PAGES:
                self._image.seek(count)
                count += 1
        except EOFError:
            return count
        except (OSError, ValueError, SyntaxError, KeyError, TypeError):
            raise ValueError(_DAMAGED) from None
        raise ValueError(f"it has more than {MOST_PAGES:,} pictures; split it into smaller files")

    def picture(self, number: int, side: int) -> Any:
        """Return picture `number` upright as its camera says, in `_fitting` size."""
        from PIL import ImageOps

        image = self._image
        try:
            if self.count > 1:
                image.seek(number)
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise _TooLarge(
                    f"the picture has {width:,} × {height:,} pixels; expected at most "
                    f"{MOST_PIXELS // 1_000_000} million; make it smaller"
                )
            if image.format == "JPEG":
                image.draft(
                    "RGB", _fitting(image.size, side)
                )  # decodes at half the size where that is enough
            image.load()
            if image.mode in ("L", "RGB", "RGBA", "CMYK"):  # before copies of it are made
                image.thumbnail(_fitting(image.size, side))
            picture = ImageOps.exif_transpose(_rgb(image))
        except _TooLarge:
            raise
        except MemoryError:
            raise ValueError("the picture needs too much memory; make it smaller") from None
        except (OSError, ValueError, SyntaxError, KeyError, TypeError, EOFError):
            raise ValueError(_DAMAGED) from None
        picture.thumbnail(_fitting(picture.size, side))
        return picture


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the most pixels across and down; a strip, as of a long page's screen, may be long."""
    width, height = size
    from rag.documents.formats.ocr_engine import STRIP

    if height > STRIP * width:
        return side // 2, min(side * 8, MOST_PIXELS // side)
    return side, side


class _TooLarge(ValueError):
    """A picture that is not decoded."""


def _rgb(image: Any) -> Any:
    """Return the picture in RGB: what is transparent in white, 16 bits as 8."""
    from PIL import Image

    exif = image.getexif()
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        spread = 255 / ((high - low) or 1)
        image = image.convert("F").point(lambda value: value * spread - low * spread).convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    picture = image.convert("RGB")
    picture.getexif().update({0x0112: exif.get(0x0112, 1)})
    return picture


def _recognised(pages: Any, numbers: list[int], threads: int) -> Iterator[dict[str, Any]]:
    from rag.documents.formats.ocr_engine import read_text, start_engine

    engine = start_engine(threads)
    for number in numbers:
        try:
            yield {"page": number, **read_text(engine, pages.picture(number, _SIDE))}
        except ValueError as error:
            yield {"page": number, "error": str(error)}


def _shown(pages: Any, order: dict[str, Any]) -> bytes:
    """Return a page as PNG, with `boxes` (left, top, right, bottom in shares of it) marked.

    With `around` only the part with the boxes, and that share of the page's height around them.
    """
    number, boxes, around = order["page"], order["boxes"], order["around"]
    if not 0 <= number < pages.count:
        raise ValueError(f"there is no page {number + 1}; it has {pages.count:,}")
    top, bottom = 0.0, 1.0
    if boxes and around is not None:
        top = max(0.0, min(box[1] for box in boxes) - around)
        bottom = min(1.0, max(box[3] for box in boxes) + around)
    most = order["max_pixels"]
    side = min(_SHOWN_SIDE, math.ceil(math.sqrt(2 * most / max(bottom - top, 0.05))))
    picture = pages.picture(number, side)
    _mark(picture, boxes)
    width, height = picture.size
    upper = min(int(top * height), height - 1)
    picture = picture.crop((0, upper, width, max(upper + 1, round(bottom * height))))
    scale = math.sqrt(most / (picture.width * picture.height))
    if scale < 1:
        picture.thumbnail((max(1, int(picture.width * scale)), max(1, int(picture.height * scale))))
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _mark(picture: Any, boxes: list[list[float]]) -> None:
    """Colour the boxes as with a marker: what is dark stays as it is."""
    from PIL import Image, ImageChops

    for left, top, right, bottom in boxes:
        x, y = int(left * picture.width), int(top * picture.height)
        part = picture.crop(
            (x, y, math.ceil(right * picture.width), math.ceil(bottom * picture.height))
        )
        if part.width and part.height:
            marker = Image.new("RGB", part.size, _MARKER)
            picture.paste(ImageChops.multiply(part, marker), (x, y))


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[3]))  # where the package `rag` lies
    from rag.offline import set_offline

    set_offline()
    main()
