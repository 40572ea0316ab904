"""Superscripts and subscripts as characters."""

import pytest

from rag.documents.formats.scripts import lower_text, raise_text


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("8", "⁸"),
        ("-12", "⁻¹²"),
        ("−1", "⁻¹"),
        (" 2 ", " ² "),
        ("n+1", "ⁿ⁺¹"),
        ("2n", "²ⁿ"),
        ("+", "⁺"),
        ("a", "ᵃ"),
        ("1, 3–5", "¹, ³–⁵"),
        ("x/2", "^(x/2)"),
        ("T", "^T"),
        ("2ix", "^(2ix)"),
        ("th", "th"),
        ("TM", "TM"),
        ("*", "*"),
        ("®", "®"),
        ("[12]", "[12]"),
        ("see note 5", "see note 5"),
        ("", ""),
        (" ", " "),
    ],
)
def test_raised_text(text, raised):
    assert raise_text(text) == raised


@pytest.mark.parametrize(
    ("text", "lowered"),
    [("2", "₂"), ("10", "₁₀"), ("i", "ᵢ"), ("n-1", "ₙ₋₁"), ("max", "max"), ("b", "b"), ("", "")],
)
def test_lowered_text(text, lowered):
    assert lower_text(text) == lowered
