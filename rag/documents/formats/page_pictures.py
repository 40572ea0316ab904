"""A program of its own that looks at pages as pictures: it reads the text in them, or shows one.

    python page_pictures.py '{"do": "count"}' < file
    python page_pictures.py '{"do": "recognise", "pages": [0, 2], "threads": 2}' < file
    python page_pictures.py '{"do": "show", "page": 0, "boxes": […], "around": 0.1,
        "max_pixels": n}' < file

A damaged file can hang or crash what decodes it; here it takes nothing along, and whoever started
the program can end it at once. Counting prints `{"pages": n}`. Recognising prints a JSON object a
page, on a line: `{"page", "turn", "width", "height", "lines": [[text, score, corners], …]}` with
corners in shares of the page once it is turned, or `{"page", "error"}`. Showing prints a PNG. All
may print `{"error"}` instead. Uses no module of Footnote, since it is started by its path.
"""

import json
import math
import signal
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

MOST_PAGES = 2_000
MOST_PIXELS = 250_000_000
"""Of a picture, before it is decoded: A2 at 600 dots an inch has 140 million."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_MEMORY_BYTES = 6 << 30
_SIDE = 2_400
"""Pixels of a page's longer side that text is read from: A4 at 205 dots an inch."""
_DETECTED_SIDE = 1_600
"""The same for finding where lines stand, whose time grows with the pixels."""
_STRIP = 2.5
"""A picture that is more times as high as wide is read in parts."""
_UPRIGHT = 2.5
"""A box that is as many times as high as wide holds a line of text from below to above."""
_SHOWN_SIDE = 6_000
"""Pixels that a page is drawn with at most to show a part of it."""
_SPACE = 0.6
"""Of the usual space of a line: a gap as wide is one."""
_EM_SPACE, _LEAST_SPACE = 0.3, 0.12
"""Of a line's height: its space where too few were seen, and the narrowest there is."""
_IDEOGRAPHS = "\u2e80"
"""Where the scripts begin that have no spaces."""
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
    if height > _STRIP * width:
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
    engine = _engine(threads)
    for number in numbers:
        try:
            yield {"page": number, **_read(engine, pages.picture(number, _SIDE))}
        except ValueError as error:
            yield {"page": number, "error": str(error)}


def _engine(threads: int) -> Any:
    """Return the engine with the models of its own package: it has nothing to download."""
    import cv2
    import onnxruntime
    import rapidocr

    onnxruntime.disable_telemetry_events()
    cv2.setNumThreads(threads)
    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _DETECTED_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
        }
    )


def _read(engine: Any, picture: Any) -> dict[str, Any]:
    """Return the lines of a picture, in no order, and by how much it was turned to read them."""
    import numpy as np

    image = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    parts = _parts(image)
    turn = 0
    boxes = [box + (0, top) for top, part in parts for box in _detected(engine, part)]
    if len(parts) == 1 and _is_on_its_side(boxes):
        image, turn = np.ascontiguousarray(np.rot90(image)), 90
        boxes = _detected(engine, image)
    crops = [_crop(image, box) for box in boxes]
    if len(parts) == 1 and _is_upside_down(engine, crops):
        image, turn = np.ascontiguousarray(np.rot90(image, 2)), turn + 180
        boxes = _detected(engine, image)
        crops = [_crop(image, box) for box in boxes]
    texts, scores = _texts(engine, crops)
    height, width = image.shape[:2]
    lines = [
        [text, round(float(score), 3), (box / (width, height)).round(5).tolist()]
        for text, score, box in zip(texts, scores, boxes, strict=True)
    ]
    return {"turn": turn, "width": width, "height": height, "lines": lines}


def _parts(image: Any) -> list[tuple[int, Any]]:
    """Return (row, part) of a strip, cut where its rows are empty; else the image."""
    height, width = image.shape[:2]
    if height <= _STRIP * width:
        return [(0, image)]
    unrest = image.std(axis=(1, 2))
    tall, top = max(3, 3 * width // 2), 0
    parts = []
    while height - top > tall:
        cut = top + tall // 2 + int(unrest[top + tall // 2 : top + tall].argmin())
        parts.append((top, image[top:cut]))
        top = cut
    return [*parts, (top, image[top:])]


def _detected(engine: Any, image: Any) -> list[Any]:
    """Return the corners of each line of text: left top, right top, right bottom, left bottom."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    least = math.ceil(max(height, width) / _STRIP)  # the engine would blow up what is narrower
    if min(height, width) < least:
        room = max(0, least - height), max(0, least - width)
        colour = image[0, 0].tolist()
        image = cv2.copyMakeBorder(image, 0, room[0], 0, room[1], cv2.BORDER_CONSTANT, value=colour)
    found = engine(image, use_det=True, use_cls=False, use_rec=False).boxes
    return [] if found is None else list(np.clip(found, 0, (width, height)))


def _texts(engine: Any, crops: list[Any]) -> tuple[list[str], list[float]]:
    if not crops:
        return [], []
    engine.update_params(return_word_box=True)  # tells where each character stands
    found = engine.recognize_txt(crops)
    texts = map(_with_spaces, found.txts, found.word_results, crops)
    return list(texts), list(found.scores)


def _with_spaces(text: str, places: Any, crop: Any) -> str:
    """Return the text of a line with the spaces that the engine overlooked, by the white in it.

    A gap is one if it is nearly as wide as those where the engine saw a space.
    """
    columns = [column for word in places.word_cols for column in word]
    letters = [place for place, character in enumerate(text) if not character.isspace()]
    if len(columns) != len(letters) or len(letters) < 2 or not text.isprintable():
        return text
    step = crop.shape[1] / max(1.0, places.line_txt_len)
    white = _white(crop)
    gaps = [
        _longest_run(white[int((one + 0.5) * step) : int((two + 0.5) * step) + 1])
        for one, two in pairwise(columns)
    ]
    spaced = [two - one > 1 for one, two in pairwise(letters)]
    seen = [gap for gap, space in zip(gaps, spaced, strict=True) if space]
    wide = _SPACE * (sorted(seen)[len(seen) // 2] if len(seen) > 2 else _EM_SPACE * len(crop))
    missed = {
        letters[number + 1]
        for number, (gap, space) in enumerate(zip(gaps, spaced, strict=True))
        if not space
        and gap > max(wide, _LEAST_SPACE * len(crop))
        and max(text[letters[number]], text[letters[number + 1]]) < _IDEOGRAPHS
    }
    if 4 * len(missed) > len(letters):  # the letters themselves are set wide
        return text
    return "".join(f" {c}" if place in missed else c for place, c in enumerate(text))


def _white(crop: Any) -> list[bool]:
    """Say of each column of a line's picture whether it has no ink."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_BGR2GRAY)
    dark = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    ink = dark if dark.mean() < 0.5 else 1 - dark
    least = max(1, len(crop) // 25)
    return [bool(column < least) for column in ink.sum(axis=0)]


def _longest_run(white: list[bool]) -> int:
    longest = run = 0
    for is_white in white:
        run = run + 1 if is_white else 0
        longest = max(longest, run)
    return longest


def _sides(box: Any) -> tuple[float, float]:
    """Return width and height of a line along its own edges."""
    import numpy as np

    edges = np.linalg.norm(box - np.roll(box, -1, axis=0), axis=1)
    return float(max(edges[0], edges[2], 1.0)), float(max(edges[1], edges[3], 1.0))


def _is_on_its_side(boxes: list[Any]) -> bool:
    sides = [_sides(box) for box in boxes]
    upright = sum(width for width, height in sides if width > height)
    return sum(height for width, height in sides if height > width) > upright


def _crop(image: Any, box: Any) -> Any:
    """Return the picture of a line, straight."""
    import cv2
    import numpy as np

    width, height = map(round, _sides(box))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(np.asarray(box, np.float32), corners)
    crop = cv2.warpPerspective(
        image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.rot90(crop) if height >= _UPRIGHT * width else crop


def _is_upside_down(engine: Any, crops: list[Any]) -> bool:
    """Say whether most lines stand on their heads: a classifier's vote, then reading both ways."""
    import numpy as np

    pieces = [crop[:, : 6 * len(crop)] for crop in crops if crop.shape[1] >= 3 * len(crop)]
    if not pieces:
        return False
    turned = sum(label == "180" for label, _ in engine.cls_and_rotate(pieces)[1].cls_res)
    if turned < 0.2 * len(pieces):
        return False
    pieces.sort(key=lambda piece: -piece.shape[1])
    tried = pieces[:6]
    as_is = sum(_texts(engine, tried)[1])
    return sum(_texts(engine, [np.rot90(piece, 2) for piece in tried])[1]) > as_is


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
    main()
