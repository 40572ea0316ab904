"""Frozen values to plain JSON values and back, whole: every field, also those the contract hides.

Goes by the annotations of the dataclasses, so that a field which is added later is kept too. A
field that a stored value lacks gets its default; one that is known no more is passed over.
"""

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from numbers import Integral, Real
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


def pack(value: Any) -> Any:
    """Return `value` as JSON values; a number that is not finite, which JSON lacks, as a text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(key): pack(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [pack(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be kept")


def unpack(kind: type[Value], value: Any) -> Value:
    """Return the dataclass `kind` that `pack` made `value` of.

    Raises `ValueError` where `value` does not have that shape.
    """
    if not isinstance(value, dict):
        raise ValueError(f"expected an object for {kind.__name__}, got {type(value).__name__}")
    hints = get_type_hints(kind)
    found = {}
    for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, says the docstring
        if field.name in value:
            found[field.name] = _unpack(hints[field.name], value[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{kind.__name__} has no {field.name}")
    return kind(**found)


def _unpack(hint: Any, value: Any) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return unpack(hint, value)
    if origin in (Union, types.UnionType):  # of a type and None; there are no others
        return None if value is None else _unpack(arguments[0], value)
    if origin is tuple and isinstance(value, list):
        return _unpack_tuple(arguments, value)
    if isinstance(hint, type) and issubclass(hint, tuple) and isinstance(value, list):
        return hint(*_unpack_tuple(tuple(get_type_hints(hint).values()), value))  # a NamedTuple
    if isinstance(value, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _unpack(arguments[1], item) for key, item in value.items()}
    if origin is Literal and value in arguments:
        return value
    if hint is float and isinstance(value, int | float | str):
        return float(value)
    if type(value) is hint:
        return value
    raise ValueError(f"expected {hint}, got {value!r:.80}")


def _unpack_tuple(kinds: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
    if kinds[1:] == (Ellipsis,):
        kinds = kinds[:1] * len(values)
    if len(kinds) != len(values):
        raise ValueError(f"expected {len(kinds)} values, got {len(values)}")
    return tuple(_unpack(kind, value) for kind, value in zip(kinds, values, strict=True))
