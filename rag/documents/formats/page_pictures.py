"""A program of its own that looks at pages as pictures: it reads the text in them, or shows one.

    python page_pictures.py '{"do": "count"}' < file
    python page_pictures.py '{"do": "recognise", "pages": [0, 2], "threads": 2}' < file
    python page_pictures.py '{"do": "show", "page": 0, "boxes": […], "most_pixels": n}' < file

A damaged file can hang or crash what decodes it; here it takes nothing along, and whoever started
the program can end it at once. Counting prints `{"pages": n}`. Recognising prints a JSON object a
page, on a line: `{"page", "turn", "width", "height", "lines": [[text, score, corners], …]}` with
corners in shares of the page once it is turned, or `{"page", "error"}`. Showing prints a PNG. All
may print `{"error"}` instead. Uses no module of Footnote, since it is started by its path.
"""

import json
import signal
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

MOST_PAGES = 2_000
MOST_PIXELS = 250_000_000
"""Of a picture, before it is decoded: A2 at 600 dots an inch has 140 million."""

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "MPO")
_MEMORY_BYTES = 6 << 30
_SIDE = 2_400
"""Pixels of a page's longer side that text is read from: A4 at 205 dots an inch."""
_DETECTED_SIDE = 1_600
"""The same for finding where lines stand, whose time grows with the pixels."""
_UPRIGHT = 2.5
"""A box that is as many times as high as wide holds a line of text from below to above."""
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
        """Return picture `number` upright as its camera says, at most `side` pixels long."""
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
                image.draft("RGB", (side, side))  # decodes at half the size where that is enough
            image.load()
            picture = ImageOps.exif_transpose(_rgb(image))
        except _TooLarge:
            raise
        except MemoryError:
            raise ValueError("the picture needs too much memory; make it smaller") from None
        except (OSError, ValueError, SyntaxError, KeyError, TypeError, EOFError):
            raise ValueError(_DAMAGED) from None
        picture.thumbnail((side, side))
        return picture


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
    boxes = _detected(engine, image)
    turn = 0
    if _is_on_its_side(boxes):
        image, turn = np.ascontiguousarray(np.rot90(image)), 90
        boxes = _detected(engine, image)
    crops = [_crop(image, box) for box in boxes]
    if _is_upside_down(engine, crops):
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


def _detected(engine: Any, image: Any) -> list[Any]:
    """Return the corners of each line of text: left top, right top, right bottom, left bottom."""
    found = engine(image, use_det=True, use_cls=False, use_rec=False).boxes
    return [] if found is None else list(found)


def _texts(engine: Any, crops: list[Any]) -> tuple[list[str], list[float]]:
    if not crops:
        return [], []
    found = engine.recognize_txt(crops)
    return list(found.txts), list(found.scores)


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
    """Return a page as PNG, with `boxes` (left, top, right, bottom in shares of it) marked."""
    raise NotImplementedError


if __name__ == "__main__":
    main()
