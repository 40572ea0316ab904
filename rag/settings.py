"""All settings, with their defaults; the only module that reads the environment.

A setting comes from the first that has it: command-line flag, library, environment variable
`FOOTNOTE_<FIELD>`, default.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import platformdirs

from rag.absolute_path import absolute_path
from rag.errors import SettingsError

COUNTED_LIMITS = 50
"""Times its limit up to which the characters of a question are counted; the page sends no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Thresholds say where their value was measured."""

    home: str = ""
    """Folder of libraries, converted models and conversations; empty: the user's data folder."""
    embedder: str = "default"
    """`default`: the larger embedder, or where it cannot be had the small one; `footnote-mpnet` and
    `footnote-minilm` insist on one of them; or a local folder, or a hub id in the local cache."""
    generator: str = "auto"
    """What says answers in words: `writer`, `writer-small`, a .gguf file, a folder or a cached hub
    id; `auto`: the better one of the first two that is installed; `none`: quotes only."""
    writer_idle_minutes: int = 10
    """Minutes unused after which the writer gives its memory back."""
    reader: str = "default"
    """`default`: the larger reader, or where it cannot be had the small one; `mpnet` and `small`
    insist on one of them; or a folder or cached hub id of a question-answering model."""
    engine: str = "auto"
    """What the built-in models run on: `openvino` (int8), `torch`, or `auto`: OpenVINO where it is
    installed."""
    max_document_bytes: int = 20_000_000
    """Longest extracted text of a document, as UTF-8; a longer one is skipped with a line."""
    max_upload_bytes: int = 100_000_000
    """Largest file that the page takes; a larger one is skipped with a line."""
    max_question_characters: int = 2_000
    passage_tokens: int = 128
    """Upper bound of a passage in tokens of the embedder, unless one sentence alone is longer."""
    passages_to_read: int = 6
    """How many of the fused passages the reader gets at first; all that are retrieved
    (`rag.answering.find.RANKED`) only where these leave it open, since they take three times as
    long."""
    min_confidence: float = 0.35
    """Confidence below which Footnote refuses. Of the 1,897 questions it was fitted on 0.90 are
    answered at 0.35 and 0.89 at 0.4, at both 0.89 of these rightly, and of close ones 0.73 and 0.80
    are refused; at 0.5 it is 0.85, 0.91 and 0.86. Of 743 that nothing was developed on 582 come out
    right at 0.35, 572 at 0.4 (training/TRAINING.md)."""
    min_support: float = 0.93
    """The checker's probability from which a written sentence is shown: of 330 of the larger writer
    that it had not learnt, labelled by reading, 56 pass, 7 of them right in part and none wrong; at
    0.8 it is 116, 12 and 5 (training/TRAINING.md)."""
    threads: int = 0
    """Threads of the models; 0: one for each physical core the machine offers."""
    qdrant_api_key: str = ""
    """What a shared library's server wants to see; only from the environment, never shown."""
    password: str = ""
    """With a password the page may be served to other machines (`--host`)."""

    def __post_init__(self) -> None:
        """Raise `SettingsError` for a value that is not of its kind, or out of bounds."""
        for field in fields(self):
            _check(field.name, getattr(self, field.name), field.name)


_MAY_BE_ZERO = ("min_confidence", "min_support", "threads")
_AT_MOST_ONE = ("min_confidence", "min_support")


def load_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the defaults, changed by `FOOTNOTE_<FIELD>` variables, changed by `overrides`.

    Overrides that are None count as not given. Raises `SettingsError` for a value that is not a
    number where one is expected, or out of bounds, and for an override that is not a field.
    """
    environment = os.environ if environment is None else environment
    known = {field.name: field for field in fields(Settings)}
    values: dict[str, Any] = {}
    for name in known:
        text = environment.get(f"FOOTNOTE_{name.upper()}")
        if text is not None and text != "":
            values[name] = _parse(name, text)
    unknown = sorted(set(overrides) - set(known))
    if unknown:
        raise SettingsError(
            f"unknown setting {unknown[0]!r}: expected one of {', '.join(sorted(known))}"
        )
    values.update({name: value for name, value in overrides.items() if value is not None})
    return replace(Settings(), **values)


def home_folder(settings: Settings) -> Path:
    """Return the folder where Footnote keeps what it makes; it need not exist yet."""
    if settings.home:
        return absolute_path(settings.home)
    return absolute_path(platformdirs.user_data_dir("footnote", appauthor=False))


def _parse(name: str, text: str) -> Any:
    """Return the value that a variable's text stands for."""
    kind = _kind(name)
    if kind is str:
        return text
    try:
        value = kind(text)
    except ValueError:
        value = text
    _check(name, value, f"FOOTNOTE_{name.upper()}", shown=text)
    return value


def _check(name: str, value: Any, called: str, shown: Any = None) -> None:
    """Raise `SettingsError`, with what the setting is `called`, unless it may have the value."""
    kind = _kind(name)
    least, most = 0 if name in _MAY_BE_ZERO else 1, 1 if name in _AT_MOST_ONE else math.inf
    if kind is str:
        fits, expected = isinstance(value, str), "text"
    else:
        is_number = isinstance(value, Integral if kind is int else Real)
        fits = (
            is_number
            and not isinstance(value, bool)
            and least <= value <= most
            and value != math.inf
        )
        expected = f"a {'whole ' if kind is int else ''}number, {least} "
        expected += "or more" if most == math.inf else f"to {most}"
    if not fits:
        raise SettingsError(f"{called}={value if shown is None else shown!r}: expected {expected}")


def _kind(name: str) -> type:
    """Return the type of a setting: str, int or float."""
    return type(next(field.default for field in fields(Settings) if field.name == name))
