"""Texts cut at paragraphs and packed by tokens."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.cutting import cut_text
from transforms.encoders.tokenizers import ESTIMATE, MULTILINGUAL, WORDS, open_tokenizer


def cut(text: str, chunk: str, tokenizer: str = WORDS, max_tokens: int | None = None) -> list[str]:
    chunking = Chunking.parsed(chunk, tokenizer=tokenizer, max_tokens=max_tokens)
    return [text[start:stop] for start, stop in cut_text(text, chunking)]


def sentence(number: int, words: int = 9) -> str:
    return " ".join([f"S{number}", *(f"w{number}x{at}" for at in range(words - 2))]) + "."


@pytest.mark.parametrize(
    "chunk",
    [
        "words:3",
        "sentences",
        "sentences:0",
        "sentences:3:1",
        "tokens",
        "tokens:0",
        "tokens:8:5",
        "paragraphs:2",
        "tokens:-1",
    ],
)
def test_what_is_no_way_to_cut_is_refused(chunk: str) -> None:
    with pytest.raises(RequestError, match=f"--chunk {chunk}: "):
        Chunking.parsed(chunk)


def test_whole_paragraphs_fill_a_chunk() -> None:
    text = "\n\n".join(sentence(at) for at in range(8))
    found = cut(text, "tokens:20")
    assert "\n\n".join(found) == text
    assert {len(chunk.split("\n\n")) for chunk in found} <= {1, 2}


def test_a_paragraph_is_cut_at_sentences_a_sentence_at_lines_a_line_at_words() -> None:
    assert cut(f"{sentence(1)} {sentence(2)}", "tokens:10") == [sentence(1), sentence(2)]
    assert cut("a b c d\ne f g h", "tokens:5") == ["a b c d", "e f g h"]
    assert " ".join(cut("a b c d e f g h i j", "tokens:4")) == "a b c d e f g h i j"
    assert cut("abcdefghijklmnopqr", "tokens:1", ESTIMATE) == ["abcdef", "ghijkl", "mnopqr"]


def test_a_chunk_begins_with_the_whole_sentences_that_its_overlap_holds() -> None:
    text = " ".join(sentence(at) for at in range(20))
    found = cut(text, "tokens:40:12")
    assert len(found) > 4
    for before, after in pairwise(found):
        assert before.endswith(after.split(". ")[0] + ".")


def test_paragraphs_longer_than_the_encoder_reads_are_cut_at_sentences() -> None:
    text = " ".join(sentence(at) for at in range(6))
    assert cut(text, "paragraphs") == [text]
    found = cut(text, "paragraphs", max_tokens=30)
    assert " ".join(found) == text
    assert all(chunk.endswith(".") for chunk in found) and len(found) > 1


def test_a_title_stays_with_the_beginning_of_a_paragraph_that_is_too_long() -> None:
    text = "A title\n\n" + " ".join(sentence(at) for at in range(6)) + "\n\nthe end"
    found = cut(text, "paragraphs", max_tokens=30)
    assert found[0].startswith(f"A title\n\n{sentence(0)} ") and found[-1].endswith(f"{sentence(5)}\n\nthe end")


def test_lines_between_blank_lines_are_a_paragraph_whatever_the_line_end() -> None:
    line = " ".join(["ab"] * 50)
    for end in ("\n", "\r\n", "\r"):
        text = f"{line}{end}more{end} {end}{line}{end}{end}"
        assert cut(text, "paragraphs") == [f"{line}{end}more", line]
        assert cut(text, "headings") == [text.strip()]


def test_a_line_that_was_not_wrapped_is_a_paragraph() -> None:
    long = " ".join(["ab"] * 54)
    assert len(long) == 161
    assert cut(f"A title\n{long}\n{long}\n{long[:159]}\nwrapped", "paragraphs") == [
        f"A title\n{long}",
        long,
        f"{long[:159]}\nwrapped",
    ]


def test_a_text_without_headings_is_one_section() -> None:
    assert cut(" a\n\nb ", "headings") == ["a\n\nb"]


@pytest.mark.parametrize("change", ["edit", "insert", "delete"])
@pytest.mark.parametrize("chunk", ["tokens:128:32", "paragraphs"])
def test_a_changed_paragraph_costs_its_own_chunks_and_few_around_it(change: str, chunk: str) -> None:
    rng = random.Random(f"{change}{chunk}")
    costs = []
    for _ in range(6):
        words = [" ".join(f"w{rng.randrange(999)}" for _ in range(rng.randrange(4, 15))) + "." for _ in range(900)]
        section, at = [], 0
        while len(section) < 200:
            step = rng.randrange(1, 6)
            section.append(" ".join(word.capitalize() for word in words[at : at + step]))
            at = (at + step) % 890
        edited, place = list(section), rng.randrange(200)
        if change == "delete":
            del edited[place]
        else:
            edited[place : place + (change == "edit")] = ["Something else stands here now. It is short."]
        before, after = cut("\n\n".join(section), chunk), cut("\n\n".join(edited), chunk)
        assert len(after) > 40
        costs.append(len(set(after) - set(before)))
    assert sum(costs) / len(costs) < 4 and max(costs) < 20


TEXTS = st.lists(
    st.sampled_from(
        [
            "a",
            "Bc",
            "longerword" * 3,
            ".",
            " ",
            " ",
            "\n",
            "\n\n",
            "? ",
            "e.g. ",
            "長い文。",
            "ก",
            "é",
            "😀",
            "\u2029",
            "x" * 70,
        ]
    ),
    max_size=80,
).map("".join)


@settings(max_examples=200, deadline=None)
@given(
    text=TEXTS,
    size=st.integers(1, 30),
    half=st.integers(0, 3),
    tokenizer=st.sampled_from([WORDS, ESTIMATE, MULTILINGUAL]),
)
def test_chunks_of_tokens_hold_no_more_and_lose_nothing(text: str, size: int, half: int, tokenizer: str) -> None:
    chunking = Chunking(unit="tokens", size=size, overlap=size // 2 if half == 1 else size // 4, tokenizer=tokenizer)
    spans = cut_text(text, chunking)
    seen = 0
    for start, stop in spans:
        assert not text[seen:start].strip()
        assert text[start:stop] == text[start:stop].strip() != ""
        assert stop > seen
        seen = stop
    assert not text[seen:].strip()
    counts = open_tokenizer(tokenizer).counts([text[start:stop] for start, stop in spans])
    # SentencePiece cuts what stands alone otherwise than what stands in a word: one token more or less.
    assert all(count <= size + (2 if tokenizer == MULTILINGUAL else 0) for count in counts), counts
