"""Subtitles: cues joined into sentences, with speaker and time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outline import check_blocks, outline
from processor_limit import assert_ends

from rag.documents.formats.subtitles import extract_subtitles

LIMIT = 10_000_000


def shown(text):
    return outline(extract_subtitles(text.encode(), LIMIT))


def clock(seconds):
    return f"00:{seconds // 60:02}:{seconds % 60:02},000"


def cues(*said):
    """Return a file of (seconds, text) cues of two seconds each."""
    return "\n".join(
        f"{number}\n{clock(at)} --> {clock(at + 2)}\n{text}\n"
        for number, (at, text) in enumerate(said, 1)
    )


def test_cues_are_joined_until_a_sentence_ends():
    text = cues((1, "Welcome to the <i>show</i>,"), (3, "where we talk\nabout roofs."), (20, "So."))
    assert shown(text) == [
        "turn [0:00:01] Welcome to the show, where we talk about roofs.",
        "turn [0:00:20] So.",
    ]


def test_long_speech_is_parted_after_thirty_seconds_where_a_sentence_ends():
    text = cues(*((at, f"This is {at}.") for at in range(0, 60, 2)))
    turns = shown(text)
    assert [turn.split("]")[0] for turn in turns] == ["turn [0:00:00", "turn [0:00:30"]
    assert turns[0].endswith("This is 28.")
    endless = shown(cues(*((at, f"and {at}") for at in range(0, 100, 2))))
    assert [turn.split("]")[0] for turn in endless] == ["turn [0:00:00", "turn [0:01:00"]


def test_speakers_are_those_of_voices_names_and_dashes():
    text = (
        "WEBVTT\n\nNOTE hidden\n\nSTYLE\n::cue {color:red}\n\nintro\n00:01.000 --> 00:04.000 a:b\n"
        "<v Anna>Hello &amp; welcome,</v>\n\n00:04.000 --> 00:06.000\n<v Anna>to the vault.\n\n"
        "01:00:06.000 --> 01:00:08.000\n<v.loud Tom Reed>It is <c.yellow>in</c> Basel.\n"
    )
    assert shown(text) == [
        "turn [Anna, 0:00:01] Hello & welcome, to the vault.",
        "turn [Tom Reed, 1:00:06] It is in Basel.",
    ]
    text = cues((1, "- Who pays?\n- The board."), (3, "ANNA: The budget\nis 4,500."), (5, "Yes."))
    assert shown(text) == [
        "turn [0:00:01] Who pays?",
        "turn [0:00:01] The board.",
        "turn [ANNA, 0:00:03] The budget is 4,500. Yes.",
    ]


def test_lines_that_roll_up_are_read_once():
    text = cues(
        (1, "the roof costs"), (3, "the roof costs\nfour thousand"), (5, "four thousand\nx.")
    )
    assert shown(text) == ["turn [0:00:01] the roof costs four thousand x."]


def test_cues_without_blank_lines_and_in_another_encoding_are_read():
    text = "1\n0:00:01.5 --> 0:00:02\nGrüße\n2\n0:00:02 --> 0:00:03\naus Zürich.\n"
    assert outline(extract_subtitles(text.encode("cp1252"), LIMIT)) == [
        "turn [0:00:01] Grüße aus Zürich."
    ]


@pytest.mark.parametrize("text", ["Just text.", "WEBVTT\n\n", "1\n00:00:01 -> x\nText"])
def test_file_without_cues_is_refused(text):
    with pytest.raises(ValueError, match="expected cues"):
        extract_subtitles(text.encode(), LIMIT)


@given(
    said=st.lists(
        st.tuples(
            st.integers(0, 3_000),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from(["<v Anna>Hi.", "- a\n- b", "TOM: x", "<i>", "a", "1"]),
            ),
        ),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_blocks_nest_and_cover(said):
    text = cues(*said).replace("\0", "") + "\n0:00:01.0 --> 0:00:02.0\nEnd."
    extracted = extract_subtitles(text.encode(), LIMIT)
    check_blocks(extracted.text, extracted.blocks)


@pytest.mark.parametrize("piece", ["0:00:01 --> 0:00:02\na\n", "0:0:1 --> 0:0:2\n", "<", "a\n"])
def test_a_long_one_is_read_in_time(piece):
    head = "0:00:01 --> 0:00:02\na\n"
    assert_ends(lambda text: extract_subtitles(f"{head}{text}".encode(), 10_000_000), piece)
