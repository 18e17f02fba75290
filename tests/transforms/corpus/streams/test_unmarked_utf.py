"""UTF-16 and UTF-32 without a byte order mark are told from each other and from every other encoding."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.reader_checks import outcome_of
from tests.transforms.corpus.readers.writing import TEXT, payloads, rows, source
from transforms.corpus import readers
from transforms.corpus.items import Itemiser
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.unmarked_utf import unmarked_utf

TEXTS = {
    "english": "apples and pears\nare fruit, and so on\n",
    "german": "Äpfel und Größen\nöffnen 5 Türen\n",
    "russian": "яблоки и груши\nрастут на деревьях\n",
    "greek": "μήλα και αχλάδια\nείναι φρούτα\n",
    "arabic": "التفاح والكمثرى\nمن الفواكه\n",
    "hindi": "सेब और नाशपाती\nफल हैं\n",
    "thai": "แอปเปิ้ลและลูกแพร์\nเป็นผลไม้\n",
    "chinese": "苹果和梨都是水果，一共有三个上好的。\n今天上海的天气很好\n一二三四五六七八九十\n",
    "japanese": "りんごと梨は果物です。\n東京は今日も晴れ、気温は高い\n",
    "korean": "사과와 배는 과일입니다\n오늘 서울은 맑음\n",
    "one line of japanese": "りんごと梨は果物です。東京は今日も晴れ",
    "chinese and english": "苹果 iPhone 15 发布，价格 799 美元\nGPU 一览表\n",
}
OTHERS = [
    ("english", "cp1252"), ("german", "cp1252"), ("german", "latin-1"), ("german", "utf-8"), ("russian", "koi8-r"),
    ("russian", "cp1251"), ("greek", "cp1253"), ("arabic", "cp1256"), ("thai", "cp874"), ("chinese", "gb18030"),
    ("chinese", "big5hkscs"), ("japanese", "shift_jis"), ("japanese", "euc_jp"), ("one line of japanese", "shift_jis"),
    ("one line of japanese", "euc_jp"), ("korean", "euc_kr"), ("korean", "cp949"), ("chinese and english", "gb18030"),
]  # fmt: skip


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_text_without_a_mark_is_read(tmp_path: Path, language: str, encoding: str) -> None:
    text = TEXTS[language]
    for content in (text.encode(encoding), (text * 500).encode(encoding)):
        assert unmarked_utf(content) == encoding
    assert [p.decode() for p in payloads(source(tmp_path / "a.txt", text.encode(encoding)))] == text.splitlines()


@pytest.mark.parametrize(("language", "encoding"), OTHERS)
@pytest.mark.parametrize("lead", ["", " ", "\x07"])
def test_other_encodings_are_not_taken_for_utf_16(language: str, encoding: str, lead: str) -> None:
    try:
        content = (lead + TEXTS[language]).encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding lacks a letter")
    assert unmarked_utf(content) is None
    assert unmarked_utf(content * 300) is None


@settings(max_examples=100)
@given(
    text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=12),
    encoding=st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def test_any_chinese_lines_are_recognised(text: str, encoding: str) -> None:
    # Some hundred characters have two bytes of ASCII each; a text of these alone is nobody's.
    assert unmarked_utf(f"{text}中国\n{text}。\n".encode(encoding)) == encoding


@settings(max_examples=50, deadline=None)
@given(
    text=st.text(st.characters(codec="gb18030", min_codepoint=0x20, exclude_categories=["Cs", "Co", "Cn", "Cc"])),
    encoding=st.sampled_from(["utf-8", "gb18030", "shift_jis", "euc_kr", "cp1252", "koi8-r", "big5"]),
)
def test_no_text_of_another_encoding_is_taken_for_utf_32_or_for_letters_of_16_bits(text: str, encoding: str) -> None:
    content = f"{text}\nan ordinary line\n".encode(encoding, "ignore")
    assert unmarked_utf(content) is None


def test_tables_of_single_characters_are_not_taken_for_utf_16() -> None:
    for content in (b"1\t2\t3\n4\t5\t6\n" * 50, b"a\nb\nc\n" * 50, b"1\r\n2\r\n" * 50):
        assert unmarked_utf(content) is None


@pytest.mark.parametrize(("language", "encoding"), [(la, en) for la, en in OTHERS if la != "english" and en != "utf-8"])
@pytest.mark.parametrize("form", [".txt", ".csv", ".jsonl"])
def test_what_is_in_another_encoding_is_dead_and_the_option_is_named(
    tmp_path: Path, form: str, language: str, encoding: str
) -> None:
    texts = [line for line in TEXTS[language].splitlines() if not line.isascii()]
    written = [f'{{"text": "{text}"}}' if form == ".jsonl" else f'"{text}"' for text in texts]
    try:
        content = "".join(f"{line}\n" for line in (["text"] if form == ".csv" else []) + written).encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding lacks a letter")
    one = source(tmp_path / f"a{form}", content)

    outcome = outcome_of(one, TEXT)

    assert (len(outcome.rows), outcome.dead) == (len(texts), len(texts))
    itemiser = Itemiser(modality="text", max_chars=1000)
    dead = [letter for batch in readers.read([one], TEXT) for letter in itemiser.split(batch)[1]]
    assert all(letter.error == "NotUTF8" and "name it with --encoding" in letter.message for letter in dead)


def test_a_label_that_is_not_utf_8_is_dead_for_a_substitute_could_make_two_labels_one(tmp_path: Path) -> None:
    one = source(tmp_path / "a.csv", "text,label\none,grün\ntwo,grén\nthree,red\n".encode("latin-1"))
    found = rows(one, ReadOptions(modality="text", label_column="label"))
    assert [(row["label"], (row["error"] or "").partition(":")[0]) for row in found] == [
        (None, "NotUTF8"), (None, "NotUTF8"), ("red", "")
    ]  # fmt: skip
    assert "column 'label': byte 2 is not UTF-8" in found[0]["error"] and "--encoding" in found[0]["error"]
