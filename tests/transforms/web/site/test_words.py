"""The lexical index of a site: lengths as tantivy counts them, files by word, and letters and stop words of its languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.transforms.search.store.test_lexical import TEXTS, made, rows
from transforms.search.store.lexical import LexicalIndex, update_lexical_index
from transforms.search.store.stop_words import OF_TANTIVY, stop_words_among
from transforms.web.arrays_file import unpacked
from transforms.web.site.words import analysis_facts, file_of, length_arrays, length_steps, word_files, words_of

LONG = {f"long{size}": " ".join(f"cats w{number % 50}" for number in range(size)) for size in (3, 25, 41, 300)}


def test_lengths_are_exact_for_short_texts_and_near_for_long_ones() -> None:
    steps = length_steps()

    assert steps[:42].tolist() == [*range(41), 42]
    assert (np.diff(steps) > 0).all() and len(steps) == 256
    # The last ones of fieldnorm/code.rs of tantivy.
    assert steps[-2:].tolist() == [1_879_048_216, 2_013_265_944]


def scored(index: LexicalIndex, texts: dict[str, str], word: str) -> dict[str, float]:
    """BM25 of one word of the index in each text, from what a site keeps."""
    names = sorted(texts)
    words = words_of(index, rows(texts), names)
    lengths = length_arrays(words, index)
    weights = lengths["length_weights"][lengths["length_steps"]].astype(float)
    found = {}
    for document, count in zip(*words.postings[word], strict=True):
        found[names[document]] = 2.2 * index._weight(word) * count / (count + weights[document])
    return found


def test_scores_are_those_of_the_index(tmp_path: Path) -> None:
    texts = TEXTS | LONG
    index = made(tmp_path / "words", texts)

    assert len(index.word_scores("cat")) == 5
    assert scored(index, texts, "cat") == pytest.approx(index.word_scores("cat"), rel=1e-5)


def test_scores_of_an_updated_index_count_what_it_counts(tmp_path: Path) -> None:
    made(tmp_path / "old", TEXTS | LONG)
    update_lexical_index(str(tmp_path / "old"), str(tmp_path / "new"), removed=["long300", "dog"], added=rows({}))
    index = LexicalIndex(str(tmp_path / "new"))
    left = {name: text for name, text in (TEXTS | LONG).items() if name not in ("long300", "dog")}

    assert index.text_count > len(left)
    assert scored(index, left, "cat") == pytest.approx(index.word_scores("cat"), rel=1e-4)


def test_files_hold_every_word_where_its_hash_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.web.site.words._POSTINGS_OF_A_FILE", 20)
    texts = TEXTS | LONG
    index = made(tmp_path / "words", texts)
    names = list(texts)
    words = words_of(index, rows(texts), names)

    found = {}
    for number, (name, content) in enumerate(word_files(words, index)):
        assert name == f"words-{number:05}.arrays"
        arrays = unpacked(content)
        for at, word in enumerate(arrays["words"].tobytes().decode().split("\n")):
            assert file_of(word, words.file_count) == number
            own = slice(*arrays["starts"][at : at + 2])
            documents = np.cumsum(arrays["steps"][own]).tolist()
            found[word] = (documents, arrays["counts"][own].tolist(), int(arrays["frequencies"][at]))

    assert words.file_count > 3
    expected = {
        word: (list(own), list(counts), index.frequency(word)) for word, (own, counts) in words.postings.items()
    }
    assert found == expected
    assert [names[at] for at in found["cat"][0]] == ["cats", "long3", "long25", "long41", "long300"]


def test_a_page_knows_the_stop_words_and_the_letters_of_its_language() -> None:
    for language in OF_TANTIVY:
        words = analysis_facts(language)["stop_words"]
        assert len(words) > 90 and stop_words_among(words, language) == {word for word in words if word.isalpha()}
    assert "the" in analysis_facts("en")["stop_words"]
    assert analysis_facts("el")["stop_words"] is None
    folding = analysis_facts("none")["folding"]
    assert (folding["ß"], folding["æ"], folding["ø"]) == ("ss", "ae", "o")
    assert "β" not in folding
