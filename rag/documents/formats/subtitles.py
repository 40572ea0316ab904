"""Subtitles (srt, vtt): what is said, joined into sentences, with speaker and time.

Cues are cut where they fit on a screen, so those that follow each other are joined until a
sentence ends. Positions, styles and comments are left out.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.documents.formats.encodings import decode
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_CUE = re.compile(rf"[ \t]*{_TIME}[ \t]*-{{1,2}}>[ \t]*{_TIME}")
_VOICE = re.compile(r"<v(?:\.[\w.-]{1,60})?[ \t]+([^<>]{1,100})>")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")
_NAME = re.compile(
    r"(?:>>\s*)?([^\W\d_a-z][^\Wa-z]{0,20}(?: [^\W\d_a-z][^\Wa-z]{0,20}){0,2}):\s+(?=\S)"
)
_DASH = re.compile(r"(?:[-–—‐]|>>)\s*(?=\w)")
_SENTENCE_END = re.compile(r"[.!?…。！？♪][\"'”’)\]]*\Z")
_JOINED_SECONDS = 30.0
"""How long what is joined lasts at least, if it goes on; then it ends with a sentence."""
_LONGEST_SECONDS = 60.0
_PAUSE_SECONDS = 4.0
"""A silence after which a sentence that has ended is followed by another turn."""


class _Cue(NamedTuple):
    start: float
    end: float
    speaker: str
    text: str
    begins: bool
    """Whether somebody else begins to speak."""


def extract_subtitles(data: bytes, max_bytes: int) -> Extracted:
    """Return the turns of a file of subtitles, each labelled "speaker, h:mm:ss".

    Raises `ValueError` if there is no cue in it.
    """
    writer = DocumentWriter(max_bytes)
    said: list[_Cue] = []
    empty = True
    for cue in _cues(decode(data).text):
        empty = False
        if said and _is_apart(said, cue):
            _write(writer, said)
            said = []
        said.append(cue)
    if empty:
        raise ValueError('it has no line "0:00:01.000 --> 0:00:02.000" with text; expected cues')
    _write(writer, said)
    return writer.result()


def _write(writer: DocumentWriter, said: list[_Cue]) -> None:
    seconds = int(said[0].start)
    time = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    label = f"{said[0].speaker}, {time}" if said[0].speaker else time
    writer.turn(label, " ".join(cue.text for cue in said))


def _is_apart(said: list[_Cue], cue: _Cue) -> bool:
    if cue.begins or cue.speaker != said[0].speaker:
        return True
    lasted = cue.end - said[0].start
    ended = _SENTENCE_END.search(said[-1].text) is not None
    pause = cue.start - said[-1].end > _PAUSE_SECONDS
    return lasted > _LONGEST_SECONDS or (ended and (pause or lasted > _JOINED_SECONDS))


def _cues(text: str) -> Iterator[_Cue]:
    """Yield what is said, line by line where the speaker changes; rolled-up lines once."""
    lines = text.splitlines()
    shown: list[str] = []  # the lines of the cue before, some of which this one may show again
    speaker = ""
    for number, line in enumerate(lines):
        match = _CUE.match(line)
        if match is None:
            continue
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        content = _content(lines, number + 1)
        fresh = [each for each in content if each not in shown]
        shown = content
        named = ""
        pieces: list[tuple[str, bool, str]] = []
        for each in fresh:
            named, begins, words = _spoken(each, named)
            speaker = named if named or begins else speaker
            if not words:
                continue
            if pieces and not begins and pieces[-1][0] == named:
                pieces[-1] = (named, pieces[-1][1], f"{pieces[-1][2]} {words}")
            else:
                pieces.append((named, begins, words))
        for name, begins, words in pieces:
            yield _Cue(start, end, name or ("" if begins else speaker), words, begins)


def _content(lines: list[str], first: int) -> list[str]:
    """Return the lines of a cue: up to a blank line, or to the next cue and its number."""
    content: list[str] = []
    for line in lines[first : first + 50]:
        if not line.strip():
            break
        if _CUE.match(line):
            if content and content[-1].isdigit():
                content.pop()
            break
        content.append(line.strip())
    return content


def _spoken(line: str, speaker: str) -> tuple[str, bool, str]:
    """Return who says a line, whether they begin to speak with it, and its words."""
    voice = _VOICE.search(line)
    words = collapse(html.unescape(_TAG.sub("", line)))
    if voice is not None:
        return collapse(html.unescape(voice[1])), False, words
    name = _NAME.match(words)
    if name is not None:
        return name[1], False, words[name.end() :]
    dash = _DASH.match(words)
    if dash is not None:
        return "", True, words[dash.end() :]
    return speaker, False, words


def _seconds(groups: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = groups
    parts = 3600 * int(hours or 0) + 60 * int(minutes or 0) + int(seconds or 0)
    return parts + float(f"0.{fraction or 0}")
