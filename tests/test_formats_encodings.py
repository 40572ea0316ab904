"""Encodings of files: marks, what is declared, UTF-8 with a wrong byte, and guesses."""

import pytest
from processor_limit import assert_ends

from rag.documents.formats.csv import extract_csv
from rag.documents.formats.encodings import (
    codec_of,
    decode,
    decode_text,
    html_charset,
    xml_charset,
)
from rag.documents.formats.html import extract_html
from rag.documents.formats.plain import extract_code

GERMAN = "Die Gebühr beträgt fünf €. Später können die Gäste über die Brücke gehen."
RUSSIAN = "Взнос составляет пять рублей. Собрание состоялось в марте."
JAPANESE = "会議は三月に市役所で開かれました。料金は五百円です。"
CHINESE = "会议于三月在市政厅举行。费用为五百元。"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-32"], ids=["utf-8", "utf-16", "utf-32"]
)
def test_byte_order_mark_says_the_encoding_and_is_no_text(encoding):
    assert decode(GERMAN.encode(encoding)).text == GERMAN
    assert decode(GERMAN.encode(encoding), "windows-1251").text == GERMAN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", [GERMAN, RUSSIAN, "a", "名前, A\n", JAPANESE + "\n", CHINESE + " "]
)
def test_wide_characters_without_a_mark_are_known_by_their_zeros(encoding, text):
    assert decode(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("Shift_JIS", "cp932", JAPANESE + "①"),
        ("gb2312", "gb18030", CHINESE + "鎔"),
        ("ISO-8859-1", "cp1252", GERMAN),
        ("us-ascii", "cp1252", GERMAN),
        ("windows-1251", "cp1251", RUSSIAN),
        ("ks_c_5601-1987", "cp949", "회의는 삼월에 열렸습니다."),
    ],
)
def test_declared_name_means_what_browsers_take_it_for(declared, codec, text):
    assert codec_of(declared) == codec
    assert decode(text.encode(codec), declared) == (text, codec)


@pytest.mark.parametrize(
    "name", ["punycode", "unicode_escape", "rot13", "idna", "utf-7", "utf8mb4", "x-user-defined"]
)
def test_names_that_the_web_does_not_know_are_passed_over(name):
    assert codec_of(name) is None
    assert decode("café C:\\new".encode(), name) == ("café C:\\new", "utf-8")


def test_utf16_that_is_declared_in_ascii_is_not_believed():
    assert decode("café".encode(), "utf-16").text == "café"


def test_encoding_that_no_browser_reads_is_one_line():
    with pytest.raises(ValueError) as raised:
        decode(b"a", "iso-2022-kr")
    assert str(raised.value) == (
        "it is encoded as iso-2022-kr, which is not read; save it as UTF-8"
    )


def test_one_wrong_byte_is_one_mark_and_leaves_the_rest():
    data = "café 12 €. ".encode() + b"\xa9 2020. " + "Zürich".encode()
    for declared in ("utf-8", None):
        assert decode(data, declared).text == "café 12 €. \N{REPLACEMENT CHARACTER} 2020. Zürich"
    assert decode("シャツ".encode("euc_jp") + b"\xff a", "euc-jp").text == (
        "シャツ\N{REPLACEMENT CHARACTER} a"
    )


def test_utf8_that_is_declared_as_latin_1_is_utf8():
    assert decode("Zürich 12 €".encode(), "iso-8859-1") == ("Zürich 12 €", "utf-8")


def test_latin_1_that_is_declared_as_utf8_is_latin_1():
    assert decode("Zürich, café".encode("cp1252"), "utf-8").text == "Zürich, café"


def test_pairs_of_gbk_that_happen_to_be_utf8_stay_as_declared():
    data = "联通".encode("gbk")
    assert data.decode("utf-8", "ignore")  # the reason why it is tempting
    assert decode(data, "gbk").text == "联通"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", GERMAN),
        ("cp1252", "The fee is £5 for each member. It's fine."),
        ("cp1252", "Året därpå började skörden på ön."),
        ("cp1250", "Zażółć gęślą jaźń. W następnym roku opłata wyniosła pięć złotych."),
        ("cp1251", RUSSIAN),
        ("koi8_r", RUSSIAN),
        ("cp932", JAPANESE),
        ("euc_jp", JAPANESE),
        ("gb18030", CHINESE),
        ("iso8859_2", "Zażółć gęślą jaźń. Spotkanie odbędzie się w środę o dziewiątej."),
        ("cp852", "Obec rozhodla, že příští rok otevře čtyři nové třídy pro žáky školy."),
        ("cp1250", "A díj ötszáz forint évente, a tűzoltóknak ingyenes a hűvös épület."),
        ("cp1254", "Belediye gelecek yıl dört yeni sınıf açılacağını söyledi."),
        ("cp1257", "Kitais metais mokestis padidės, o šiukšlės bus vežamos dažniau."),
        ("cp866", RUSSIAN),
        ("mac_cyrillic", RUSSIAN),
        ("iso8859_5", RUSSIAN),
        ("koi8_u", "Зустріч починається о третій годині, її веде Ганна."),
        ("iso8859_7", "Ο δήμος αποφάσισε ότι από του χρόνου το τέλος θα είναι πέντε."),
        ("tis_620", "การประชุมเริ่มเวลาสามโมง"),
        ("big5", "會議在下午三點開始。負責人是王芳。"),
        ("cp949", "회의는 오후 세 시에 시작합니다. 담당자는 김철수입니다."),
        (
            "mac_roman",
            "La réunion commence à trois heures, où êtes-vous ? Le café.",
        ),
        ("cp850", "La réunion commence à trois heures, où êtes-vous ? Le café."),
        ("iso2022_jp", JAPANESE),
    ],
)
def test_undeclared_encoding_is_guessed(encoding, text):
    assert decode(b"Notes\n" * 9_000 + text.encode(encoding)).text.endswith(text)


@pytest.mark.parametrize(
    "line",
    [
        *("Müller", "20 °C outside", "It’s fine.", "£1,000", "½ cup", "® and ™", "Section § 5 ¶ 2"),
        *("Åse Bø", "Il caffè è più caro", "El Niño; año", "“Yes”, she said.", "±5 µV", "5 – 6"),
    ],
)
@pytest.mark.parametrize("before", ["", "Notes of the meeting in May.\n"])
def test_a_few_signs_are_those_of_windows_1252(before, line):
    assert decode((before + line).encode("cp1252")).text == before + line


@pytest.mark.parametrize("cut", [1, 2])
def test_utf8_that_is_cut_within_its_last_character_stays_utf8(cut):
    assert decode("Zürich 12 €".encode()[:-cut]).text == "Zürich 12 \N{REPLACEMENT CHARACTER}"
    assert decode("Zür".encode("cp1252")[:2]).text == "Zü"


def test_escape_sequences_of_a_terminal_are_no_japanese():
    assert decode(b"\x1b[31mred\x1b[0m \x1b$ b").text == "\x1b[31mred\x1b[0m \x1b$ b"


@pytest.mark.parametrize("data", [bytes(range(256)), b"<p>a\0b", b"notes\n" * 100 + b"\0"])
def test_zero_bytes_are_no_text(data):
    with pytest.raises(ValueError) as raised:
        decode(data)
    assert str(raised.value) == (
        "it has zero bytes, so it is not text (binary, or damaged); save it as UTF-8 text"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        JAPANESE,
        "会議は午後三時に始まります。担当者は高橋です。",
        "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。丁上三万丈。",
    ],
)
def test_wide_characters_without_a_mark_or_a_zero_are_known_by_their_signs(encoding, text):
    assert decode(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    "text",
    [
        "T\bTi\bit\btl\ble\be",
        "\x1b[31mred\x1b[0m",
        "a\x1fb\x1ec\x1f" * 9,
        "ab\x01" * 2,
        "A word. " * 20 + "\x02\x03\x04",
        "\ue000\ue001\ue002",
    ],
)
def test_some_control_characters_are_left_in_a_text(text):
    assert decode_text(text.encode()) == text


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(1, 256)),
        "会議は\x01午後\x02三時\x03".encode(),
        b"name,pay\nA\x01\x02,\x03\x04\n",
        "天地玄黄日月盈昃".encode("utf-16-le") + b"\x01\x02\x03\x04\x05",
        ("word " * 5_000 + "\x01\x02 " * 5_000).encode(),
    ],
)
@pytest.mark.parametrize("read", [extract_code, extract_csv, extract_html])
def test_text_of_many_control_characters_is_refused(read, data):
    with pytest.raises(ValueError, match="control characters between its letters, so it is not"):
        read(data, 100_000)


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        ("<meta charset=utf-8>", "utf-8"),
        ('<META  CHARSET = "Shift_JIS" />', "Shift_JIS"),
        ("<meta http-equiv='content-type' content='text/html; charset=gb2312'>", "gb2312"),
        ("<!-- <meta charset=a> --><meta charset=b>", "b"),
        ("<script>'<meta charset=a>'</SCRIPT><meta charset=b>", "b"),
        ("<title><meta charset=a></title><meta charset=b>", "b"),
        ("<!--><meta charset=b>", "b"),
        ("<meta name=description content='charset=a'><meta charset=b>", "b"),
        ("<!-- " + "x" * 9_000 + " --><meta charset=b>", "b"),
        ("<!-- <meta charset=a>", None),
        ("<metadata charset=a>", None),
        ('<?xml version="1.0" encoding="windows-1251"?><html>', "windows-1251"),
        ("<p>", None),
    ],
)
def test_charset_of_a_page(page, charset):
    assert html_charset(page.encode()) == charset


def test_charset_of_xml():
    assert xml_charset(b"<?xml version='1.0' encoding='koi8-r'?>") == "koi8-r"
    assert xml_charset(b"<a encoding='koi8-r'>") is None


@pytest.mark.parametrize(
    "piece",
    ["<meta charset=", "<!--", "<script><!--", "<meta a=\"'", "\xc3", "\xff", "\0a", " "],
)
def test_a_long_one_is_read_in_time(piece):
    def work(text):
        data = text.encode("latin-1")
        decode(data, html_charset(data))

    assert_ends(work, piece, length=400_000)


def test_source_that_is_xml_is_in_the_encoding_that_it_declares():
    declared = '<?xml version="1.0" encoding="koi8-r"?><a>Взнос</a>'
    assert extract_code(declared.encode("koi8-r"), 1_000).text == declared
    assert extract_code(declared.encode("utf-16"), 1_000).text == declared


def test_japanese_of_which_most_bytes_fit_utf8_is_not_taken_for_it():
    text = "会議は午後三時に始まります。担当者は高橋潤です。"
    assert decode(text.encode("euc_jp")).text == text
