"""Makes one TensorFlow graph of a folder's text encoder: strings in, vectors out, with its tokenizer inside.

An exported head takes raw texts through it, and fine-tuning trains its variables. The tokenizer is TensorFlow Text's WordPiece,
for those of BERT's kind (`BertNormalizer`, `BertPreTokenizer`, one token before a text and one behind it). It cuts as
`tokenizers` does: 15,845 sentences and abstracts alike under all-MiniLM-L6-v2. What differs: names of special tokens are text,
a word of 101 to 400 bytes is cut, not unknown, and a Greek sigma at a word's end is written in its own way.

Raises, all RequestError: the folder has only a graph in ONNX, or another kind of tokenizer, or one that cuts the texts of the
self-check otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import self_check
from transforms.encoders.hugging_face import bert
from transforms.encoders.hugging_face import folder as model_folder
from transforms.encoders.hugging_face.folder import ModelFolder, Pooling
from transforms.encoders.hugging_face.folder_tokenizer import FolderTokenizer
from transforms.encoders.hugging_face.pooling import Head
from transforms.encoders.hugging_face.weights import read_bert

_MOST_WORD_BYTES = 400
_MORE_TEXTS = ("naïve CAFÉ, don't—stop…", "猫 a\u200bb \u3000 c", "", "$5.00 ^_^ `x`|~ the_film 😀")


@dataclass(frozen=True, eq=False, kw_only=True)
class TextGraph:
    """An encoder as a graph.

    Attributes:
      call: string [n] -> float32 [n, dim].
      variables: all tf.Variables of the network, from the words' vectors to the last layer.
      owner: a tf.Module that keeps variables and tables alive.
      dim: length of a vector.
    """

    call: Callable[[Any], Any]
    variables: list[Any]
    owner: Any
    dim: int


def open_graph(path: Path, *, onnx: Path | None = None, prompt: str | None = None) -> TextGraph:
    """The encoder of a folder, with variables that can be trained.

    Args:
      prompt: what stands before each text; None: as the folder says.
    """
    import tensorflow as tf

    folder = model_folder.read(path, onnx=onnx)
    if not folder.weights:
        raise RequestError(f"{folder.onnx}: a graph in ONNX is no part of a TensorFlow graph")
    model_folder.require_known_network(folder)
    tokenizer = FolderTokenizer(folder)
    ids_of, tables = _tokenizer_of(folder, tokenizer)
    network = bert.function_of(folder, read_bert(folder), trainable=True)
    head = Head.of(folder)
    before = folder.document_prompt if prompt is None else prompt
    first = 0 if folder.include_prompt or not before else tokenizer.counts([before])[0] + 1

    def call(texts: Any) -> Any:
        ids = ids_of(tf.strings.join([tf.constant(before), texts]) if before else texts)
        lengths = tf.cast(ids.row_lengths(), tf.int32)
        tokens = network.owner.call(ids.to_tensor(), lengths)
        x = tf.concat([_pooled(tokens, lengths, how, first) for how in head.pooling], axis=1)
        for affine, activation in head.dense:
            x = _ACTIVATIONS[activation](tf.matmul(x, affine.weight, transpose_b=True) + affine.bias)
        if head.normalize:
            x /= tf.maximum(tf.norm(x, axis=1, keepdims=True), 1e-12)
        return tf.ensure_shape(x, [None, folder.dim])

    owner = tf.Module()
    owner.network, owner.tables = network.owner, tables
    return TextGraph(call=call, variables=list(network.owner.kept), owner=owner, dim=folder.dim)


def _tokenizer_of(folder: ModelFolder, tokenizer: FolderTokenizer) -> tuple[Callable[[Any], Any], Any]:
    """A function from texts to ragged ids int32 [n, (length)] with those around them, and what must be kept alive for it."""
    import tensorflow as tf

    try:
        import tensorflow_text
    except ImportError as error:
        raise RequestError("a text encoder's tokenizer needs tensorflow-text: pip install tensorflow-text") from error
    stored = json.loads(folder.tokenizer.read_bytes())
    model, normalizer = stored.get("model") or {}, stored.get("normalizer") or {}
    kinds = (model.get("type"), normalizer.get("type"), (stored.get("pre_tokenizer") or {}).get("type"))
    vocabulary = sorted((place, word) for word, place in (model.get("vocab") or {}).items())
    around = tokenizer.ids([""])[0].tolist()
    if (
        kinds != ("WordPiece", "BertNormalizer", "BertPreTokenizer")
        or [place for place, _ in vocabulary] != list(range(len(vocabulary)))
        or len(around) != 2
    ):
        raise RequestError(
            f"{folder.tokenizer}: a tokenizer of this kind ({kinds[0]}) is no part of a TensorFlow graph"
        )
    lowercase = bool(normalizer.get("lowercase", True))
    strip = normalizer.get("strip_accents")
    pieces = tensorflow_text.FastWordpieceTokenizer(
        vocab=[word for _, word in vocabulary],
        suffix_indicator=model.get("continuing_subword_prefix", "##"),
        unknown_token=model.get("unk_token", "[UNK]"),
        max_bytes_per_word=_MOST_WORD_BYTES,
        token_out_type=tf.int32,
        support_detokenization=False,
    )

    def ids_of(texts: Any) -> Any:
        if folder.lowercase:
            texts = tf.strings.lower(texts, encoding="utf-8")
        if normalizer.get("clean_text", True):
            texts = tf.strings.regex_replace(texts, r"[\t\n\r\p{Z}]", " ")
            texts = tf.strings.regex_replace(texts, r"[\p{C}\x{FFFD}]", "")
        if lowercase if strip is None else strip:
            texts = tf.strings.regex_replace(tensorflow_text.normalize_utf8(texts, "NFD"), r"\p{Mn}", "")
        if lowercase:
            texts = tf.strings.lower(texts, encoding="utf-8")
        found = pieces.tokenize(texts)[:, : folder.max_tokens - len(around)]
        rows = found.nrows()
        begin, end = (tf.fill([rows, 1], tf.constant(number, tf.int32)) for number in around)
        return tf.concat([begin, found, end], axis=1)

    texts = [*self_check.TEXTS, *_MORE_TEXTS]
    if ids_of(tf.constant(texts)).to_list() != [found.tolist() for found in tokenizer.ids(texts)]:
        raise RequestError(f"{folder.tokenizer}: TensorFlow Text cuts texts otherwise than this tokenizer")
    return ids_of, pieces


_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "": lambda x: x,
    "Identity": lambda x: x,
    "Tanh": lambda x: _tensorflow().tanh(x),
    "ReLU": lambda x: _tensorflow().nn.relu(x),
}


def _tensorflow() -> Any:
    import tensorflow as tf

    return tf


def _pooled(tokens: Any, lengths: Any, how: Pooling, first: int) -> Any:
    """As `pooling.pooled`, in a graph."""
    import tensorflow as tf

    if how == "cls":
        return tokens[:, 0]
    if how == "last":
        return tf.gather(tokens, lengths - 1, batch_dims=1)
    length = tf.shape(tokens)[1]
    place = tf.range(length)[None, :]
    present = (place < lengths[:, None]) & (place >= first)
    if how == "max":
        return tf.reduce_max(tf.where(present[:, :, None], tokens, tokens.dtype.min), axis=1)
    weights = tf.cast(present, tf.float32)
    if how == "weighted_mean":
        weights *= tf.cast(place + 1, tf.float32)
    total = tf.maximum(tf.reduce_sum(weights, axis=1, keepdims=True), 1e-9)
    return tf.einsum("nlh,nl->nh", tokens, weights) / (tf.sqrt(total) if how == "mean_sqrt_len" else total)
