"""The text in the picture of a page, by rapidocr, which finds lines and reads each.

A page is turned until its lines are upright, a strip is read in parts, and spaces that the engine
overlooks are put back. Uses no module of Footnote: the program `page_pictures` imports it.
"""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

STRIP = 2.5
"""A picture that is more times as high as wide is read in parts."""

_DETECTED_SIDE = 1_600
"""Pixels of the longer side in which lines are found; the time grows with all pixels."""
_UPRIGHT = 2.5
"""A box that is as many times as high as wide holds a line of text from below to above."""
_SPACE = 0.7
"""Of the usual space of a line: a gap as wide is one."""
_EM_SPACE, _LEAST_SPACE = 0.3, 0.22
"""Of a line's height: its space where too few were seen, and the narrowest there is."""
_IDEOGRAPHS = "\u2e80"
"""Where the scripts begin that have no spaces."""


def start_engine(threads: int) -> Any:
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


def read_text(engine: Any, picture: Any) -> dict[str, Any]:
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
    if height <= STRIP * width:
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
    least = math.ceil(max(height, width) / STRIP)  # the engine would blow up what is narrower
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
