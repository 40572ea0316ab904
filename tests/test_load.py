"""Loading: which files become documents, their names and text, and one line for bad ones."""

import hashlib
from pathlib import Path

import pytest
from sample_files import KINDS

from rag.documents.kinds import READERS, REMEDY_OF
from rag.documents.load import Found, Source, find_sources, read_document
from rag.errors import LibraryError, UnreadableDocument

LIMIT = 20_000_000


def write(path, data=b"Some text."):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(paths):
    return [source.name for source in find_sources(paths).sources]


def read(path, max_bytes=LIMIT):
    return read_document(Source(path=path, name=path.name), max_bytes=max_bytes)


def error_of(path, max_bytes=LIMIT):
    with pytest.raises(UnreadableDocument) as raised:
        read(path, max_bytes)
    return str(raised.value)


def test_read_document_keeps_line_endings_and_drops_byte_order_mark(tmp_path):
    data = "\ufeffOne\r\ntwo\rthree\n\ufeffé😀".encode()
    document = read(write(tmp_path / "a.txt", data))
    assert document.text == "One\r\ntwo\rthree\n\ufeffé😀"
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.source == str(tmp_path / "a.txt")
    assert document.name == "a.txt"
    assert document.page_starts == ()


def test_find_sources_names_files_relative_to_their_folder_sorted(tmp_path):
    for name in ["b.txt", "a.md", "sub/c.TEXT", "sub/deep/d.markdown"]:
        write(tmp_path / "docs" / name)
    found = find_sources([tmp_path / "docs"])
    sources, skipped = found.sources, found.skipped
    assert [source.name for source in sources] == [
        "a.md",
        "b.txt",
        "sub/c.TEXT",
        "sub/deep/d.markdown",
    ]
    assert sources[2].path == tmp_path / "docs/sub/c.TEXT"
    assert skipped == []


def test_find_sources_takes_a_file_by_its_own_name(tmp_path):
    assert names([write(tmp_path / "deep/er/a.txt")]) == ["a.txt"]


def test_find_sources_gives_absolute_paths_for_relative_ones(tmp_path, monkeypatch):
    write(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)
    assert find_sources([Path(".")]).sources == [Source(path=tmp_path / "a.txt", name="a.txt")]


def test_find_sources_skips_hidden_files_and_folders(tmp_path):
    for name in ["a.txt", ".b.txt", ".git/c.txt"]:
        write(tmp_path / name)
    assert find_sources([tmp_path]) == Found(
        sources=[Source(path=tmp_path / "a.txt", name="a.txt")]
    )


def test_find_sources_gives_one_line_for_each_file_of_another_kind(tmp_path):
    for name in ["a.txt", "b.exe", "c.jsonl"]:
        write(tmp_path / name, b"Some\0text." if name == "b.exe" else b"Some text.")
    found = find_sources([tmp_path])
    sources, skipped = found.sources, found.skipped
    assert [source.name for source in sources] == ["a.txt"]
    assert skipped == [
        f"b.exe: skipped, not a kind that is read {KINDS}",
        "c.jsonl: skipped, a question set is not a document",
    ]


def test_find_sources_gives_a_line_for_a_given_file_of_another_kind(tmp_path):
    found = find_sources([write(tmp_path / "a.txt"), write(tmp_path / "b.exe", b"\0")])
    sources, skipped = found.sources, found.skipped
    assert [source.name for source in sources] == ["a.txt"]
    assert skipped == [f"b.exe: skipped, not a kind that is read {KINDS}"]


def test_find_sources_prefixes_names_that_clash_with_their_folder(tmp_path):
    for name in ["x/a.txt", "x/own.txt", "y/a.txt"]:
        write(tmp_path / name)
    assert names([tmp_path / "x", tmp_path / "y"]) == ["x/a.txt", "own.txt", "y/a.txt"]


def test_find_sources_numbers_names_that_clash_with_the_prefix_too(tmp_path):
    for name in ["p/x/a.txt", "q/x/a.txt", "r/x/a.txt"]:
        write(tmp_path / name)
    folders = [tmp_path / name for name in ("p/x", "q/x", "r/x")]
    assert names(folders) == ["x/a.txt", "x/a.txt (2)", "x/a.txt (3)"]


def test_find_sources_does_not_give_a_prefixed_name_that_is_taken(tmp_path):
    for name in ["x/a.txt", "y/a.txt", "y/x/a.txt"]:
        write(tmp_path / name)
    assert names([tmp_path / "x", tmp_path / "y"]) == ["x/a.txt (2)", "y/a.txt", "x/a.txt"]


def test_find_sources_counts_a_file_reached_twice_once(tmp_path):
    file = write(tmp_path / "docs/a.txt")
    (tmp_path / "docs/z.txt").symlink_to(file)
    assert names([tmp_path / "docs", tmp_path / "docs", file]) == ["a.txt"]


def test_find_sources_ends_in_a_loop_of_links(tmp_path):
    write(tmp_path / "docs/sub/a.txt")
    (tmp_path / "docs/sub/up").symlink_to(tmp_path / "docs")
    assert names([tmp_path / "docs"]) == ["sub/a.txt"]


def test_find_sources_replaces_control_characters_in_names(tmp_path):
    write(tmp_path / "a\nb\x1b[31m.txt")
    assert names([tmp_path]) == ["a\ufffdb\ufffd[31m.txt"]


def test_find_sources_takes_a_name_that_is_not_utf8(tmp_path):
    path = Path(str(tmp_path) + "/\udcff.txt")
    try:
        path.write_bytes(b"Text.")
    except OSError:
        pytest.skip("this file system has no such names")
    (source,) = find_sources([tmp_path]).sources
    assert source.name == "\ufffd.txt"
    assert read_document(source, max_bytes=LIMIT).source == f"{tmp_path}/\\udcff.txt"


def test_find_sources_refuses_a_missing_path(tmp_path):
    with pytest.raises(LibraryError) as raised:
        find_sources([tmp_path / "no"])
    assert str(raised.value) == f"{tmp_path / 'no'}: no such file or folder; check the path"


@pytest.mark.parametrize("files", [[], ["b.exe", "q.jsonl"]])
def test_find_sources_refuses_a_folder_without_documents(tmp_path, files):
    for name in files:
        write(tmp_path / name, b"\0")
    with pytest.raises(LibraryError) as raised:
        find_sources([tmp_path])
    assert str(raised.value) == (f"{tmp_path}: no documents in this folder; add some {KINDS}")


def test_find_sources_refuses_when_no_document_is_left(tmp_path):
    with pytest.raises(LibraryError) as raised:
        find_sources([write(tmp_path / "questions.jsonl")])
    assert str(raised.value) == (
        "nothing to read: questions.jsonl: skipped, a question set is not a document; "
        f"give a folder or a file {KINDS}"
    )


def test_read_document_refuses_an_empty_file(tmp_path):
    assert error_of(write(tmp_path / "a.txt", b"")) == (
        "a.txt: the file is empty; expected text; add some or remove the file"
    )


@pytest.mark.parametrize("data", [b" \r\n\t", b"\xef\xbb\xbf", "\u2003\u2028".encode()])
def test_read_document_refuses_white_space_only(tmp_path, data):
    assert error_of(write(tmp_path / "a.txt", data)) == (
        "a.txt: only white space; expected text; add some or remove the file"
    )


def test_read_document_refuses_binary_content(tmp_path):
    assert error_of(write(tmp_path / "a.txt", b"\x7fELF\x02\x00\x00")) == (
        "a.txt: it has zero bytes, so it is not text (binary, or damaged); save it as UTF-8 text"
    )


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig"]
)
def test_read_document_reads_text_in_other_encodings_with_line_endings_as_they_are(
    tmp_path, encoding
):
    text = "The café in Zürich opens at 7:30.\r\nThe owner is Frau Müller.\r"
    assert read(write(tmp_path / "a.txt", text.encode(encoding))).text == text


@pytest.mark.parametrize("name", ["README", "nginx.conf", "notes.2024-05", ".hidden/../LICENSE"])
def test_text_is_told_by_its_content_where_the_name_does_not_say_it(tmp_path, name):
    (tmp_path / ".hidden").mkdir()
    write(tmp_path / name, "The port is 8080. Müller set it.".encode())
    (source,) = find_sources([tmp_path]).sources
    assert read(source.path).text == "The port is 8080. Müller set it."


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"MZ\x90\0\x03",
        bytes(range(1, 256)) * 20,
        b"-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        b"\x1f\x8b\x08\x01\x02\x03\x04\x05",
    ],
)
def test_what_is_no_text_is_not_read_where_the_name_does_not_say_it(tmp_path, data):
    write(tmp_path / "a.txt")
    write(tmp_path / "thing", data)
    found = find_sources([tmp_path])
    sources, skipped = found.sources, found.skipped
    assert [source.name for source in sources] == ["a.txt"]
    assert skipped == [f"thing: skipped, not a kind that is read {KINDS}"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.doc", ".doc is not read; save it as .docx"),
        ("a.PAGES", ".pages is not read; export it as .docx or PDF"),
        ("a.heic", ".heic is not read; save it as .png"),
        ("a.msg", ".msg is not read; save it as .eml"),
        ("a.mobi", ".mobi is not read; convert it to .epub"),
        ("a.djvu", ".djvu is not read; convert it to PDF"),
        ("a.zip", ".zip is not read; unpack it"),
        ("a.fods", ".fods is not read; save it as .xlsx or .csv"),
        ("a.odm", ".odm is not read; export it as .odt or PDF"),
    ],
)
def test_kind_that_is_not_read_says_what_to_save_it_as(tmp_path, name, remedy):
    write(tmp_path / "a.txt")
    path = write(tmp_path / name, b"Text, but the name says another kind.")
    assert find_sources([tmp_path]).skipped == [f"{name}: skipped, {remedy}"]
    assert error_of(path) == f"{name}: {remedy}"


def test_no_kind_that_is_read_has_a_remedy():
    assert not set(READERS) & set(REMEDY_OF)


def test_read_document_reads_wide_encodings_up_to_the_limit_of_their_text(tmp_path):
    text = "x" * 900
    assert read(write(tmp_path / "a.txt", text.encode("utf-32")), max_bytes=1_000).text == text
    assert error_of(write(tmp_path / "a.txt", (2 * text).encode("utf-16")), max_bytes=1_000) == (
        "a.txt: 1,800 bytes of text; expected at most 1,000; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"
    )


def test_read_document_refuses_text_over_the_limit_without_reading_it(tmp_path, monkeypatch):
    path = write(tmp_path / "a.txt", b"x" * 2_000)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    assert error_of(path, max_bytes=1_000) == (
        "a.txt: 2,000 bytes of text; expected at most 1,000; "
        "split it into smaller files or raise FOOTNOTE_MAX_DOCUMENT_BYTES"
    )


def test_read_document_counts_the_limit_without_the_byte_order_mark(tmp_path):
    assert (
        read(write(tmp_path / "a.txt", b"\xef\xbb\xbf" + b"x" * 10), max_bytes=10).text == "x" * 10
    )
    assert error_of(write(tmp_path / "b.txt", b"x" * 11), max_bytes=10).startswith(
        "b.txt: 11 bytes of text; expected at most 10;"
    )


def test_read_document_refuses_a_file_without_permission(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    path = write(tmp_path / "a.txt")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert error_of(path) == (
        "a.txt: cannot be read (permission denied); check that it exists and its permissions"
    )


def test_read_document_refuses_a_file_that_is_gone(tmp_path):
    assert error_of(tmp_path / "a.txt") == (
        "a.txt: cannot be read (no such file or directory); "
        "check that it exists and its permissions"
    )
