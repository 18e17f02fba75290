"""Documents cut into chunks, with headings, pages and positions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.documents import cut_document, document_text
from transforms.corpus.documents.document import Block, Chunk, Document
from transforms.corpus.options import ReadOptions

LONG = "It is long enough to stand alone" + ", with its forty words and some more of them" * 4 + "."

REPORT = Document(
    title="Report",
    blocks=(
        Block(text="Summary", headings=("Report",), page=1),
        Block(text=f"First. {LONG}", headings=("Report",), page=1),
        Block(text=f"Second. {LONG}", headings=("Report",), page=2),
        Block(text="Short.", headings=("Report", "3.2 Results"), page=2),
        Block(text="- a", headings=("Report", "3.2 Results"), page=3),
        Block(text=f"{LONG}\nEnd. ", headings=("Report", "3.2 Results"), page=3),
        Block(text="Bye.", headings=("Report", "3.2 Results"), page=3),
    ),
)


def cut(document: Document, chunk: str | None) -> list[Chunk]:
    chunking = None if chunk is None else Chunking.parsed(chunk)
    return cut_document(document, ReadOptions(modality="text", chunk=chunking))


def test_without_chunks_a_document_is_one() -> None:
    (found,) = cut(REPORT, None)
    assert found == Chunk(text=document_text(REPORT), headings=("Report",), page=1, position=0)


def test_a_section_each() -> None:
    first, second = cut(REPORT, "headings")
    assert first.text == f"Summary\n\nFirst. {LONG}\n\nSecond. {LONG}"
    assert (first.headings, first.page, first.position) == (("Report",), 1, 0)
    assert second.text == f"Short.\n\n- a\n\n{LONG}\nEnd. \n\nBye."
    assert (second.headings, second.page) == (("Report", "3.2 Results"), 2)


def test_a_paragraph_each_and_short_ones_with_the_next() -> None:
    assert [(found.text, found.page) for found in cut(REPORT, "paragraphs")] == [
        (f"Summary\n\nFirst. {LONG}", 1),
        (f"Second. {LONG}", 2),
        (f"Short.\n\n- a\n\n{LONG}\nEnd. \n\nBye.", 2),
    ]


def test_sentences_do_not_cross_a_heading() -> None:
    assert [found.text for found in cut(REPORT, "sentences:2")] == [
        "Summary\n\nFirst.",
        f"{LONG}\n\nSecond.",
        LONG,
        "Short.\n\n- a",
        f"{LONG}\nEnd.",
        "Bye.",
    ]


@pytest.mark.parametrize("chunk", [None, "headings", "paragraphs", "sentences:1", "tokens:5:2"])
def test_what_is_blank_has_no_chunk(chunk: str | None) -> None:
    assert cut(Document(title=None, blocks=()), chunk) == []
    assert cut(Document(title="t", blocks=(Block(text=" \n"), Block(text="\t"))), chunk) == []


WORDS = st.text(st.sampled_from("aA1 .!?。\n\t\"'」\u3000é😀長"), max_size=60) | st.sampled_from(
    [LONG, "a" * 90, "- x"]
)
BLOCKS = st.builds(
    Block,
    text=WORDS,
    headings=st.sampled_from([(), ("A",), ("A", "B"), ("C",)]),
    page=st.none() | st.integers(1, 3),
)
CHUNKINGS = st.sampled_from(
    ["headings", "paragraphs", "sentences:2", "tokens:8", "tokens:8:4", "tokens:1", "tokens:40:9"]
)


@settings(max_examples=150, deadline=None)
@given(blocks=st.lists(BLOCKS, max_size=9), chunk=CHUNKINGS)
def test_chunks_are_stretches_of_the_document_in_order_that_lose_nothing(blocks: list[Block], chunk: str) -> None:
    document = Document(title=None, blocks=tuple(blocks))
    text, found = document_text(document), cut(document, chunk)
    assert found == cut(document, chunk)
    covered = [False] * len(text)
    for number, one in enumerate(found):
        stop = one.position + len(one.text)
        assert one.text == text[one.position : stop] == one.text.strip() != ""
        assert number == 0 or found[number - 1].position < one.position
        covered[one.position : stop] = [True] * len(one.text)
    assert all(is_covered or letter.isspace() for letter, is_covered in zip(text, covered, strict=True))
    place, of_block = 0, {}
    for block in blocks:
        of_block |= dict.fromkeys(range(place, place + len(block.text)), block)
        place += len(block.text) + 2
    for one in found:
        own = [of_block[at] for at in range(one.position, one.position + len(one.text)) if at in of_block]
        assert (one.headings, one.page) == (own[0].headings, own[0].page)
        assert {block.headings for block in own if block.text.strip()} == {one.headings}
