"""A text model in a browser: tokens, vectors and labels as here, and classes that are learnt in the page, offline."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.browser import require_scripts, run_script, run_script_offline
from tests.launch.conftest import newsroom_environment, succeed
from transforms import encoders
from transforms.encoders import multilingual
from transforms.heads.serve.classifier import load_model

VECTORS = 40

pytestmark = pytest.mark.browser

WEATHER = [
    "Rain is expected over the hills tonight.", "Heavy snow closed the mountain road.", "A warm wind blows from the south.",
    "The storm brought hail and thunder.", "Fog in the valleys, sun above them.", "It will be cloudy with some drizzle.",
    "Frost is forecast for the early morning.", "The heat wave goes on until Friday.", "Strong gusts along the coast.",
    "Skies clear after a wet afternoon.",
]  # fmt: skip
MONEY = [
    "The bank raised its interest rates.", "Shares fell after the earnings report.", "The company pays a higher dividend.",
    "Inflation slowed in the third quarter.", "Investors sold bonds on Monday.", "The budget deficit grew again.",
    "Her loan was approved by the lender.", "Oil prices pushed up costs.", "The merger creates the largest insurer.",
    "Taxes on profits will be cut next year.",
]  # fmt: skip
SCRIPTS = [
    "Привет, как дела? Это предложение для проверки.",
    "你好，世界。今天天气很好，我们去公园吧。",
    "こんにちは世界。これはテストの文です。",
    "안녕하세요 세계, 오늘은 날씨가 좋습니다.",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "שלום עולם, מה שלומך?",
    "नमस्ते दुनिया, आप कैसे हैं?",
    "สวัสดีชาวโลก วันนี้อากาศดี",
    "Γειά σου Κόσμε, τι κάνεις;",
    "Xin chào thế giới, hôm nay trời đẹp",
    "გამარჯობა მსოფლიო",
    "ሰላም ልዑል",
    "ﬁne ①② Ｆｕｌｌ ｗｉｄｔｈ ½ ™",
    " ",
    "",
    "   leading and   double   spaces  ",
    "\U0001f600\U0001f603 emoji \U0001f3f3\ufe0f\u200d\U0001f308 zwj",
    "<s> </s> <unk>",
    "á ë combining",
    "zero\u200b wi\u200ddth",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "\ttabs\nnewlines\r\n",
    "▁ underscore ▁▁ x",
    "ᚠᚢᚦ runes ᚠᚢᚦᚠᚢᚦ",
    "x" * 300,
    "\x00\x01 control",
    "１２３，４５６",
    "Ⅷ Ⅻ ㎏ ㏒",
]
BLOCKS = [(32, 127), (0xA0, 0x2000), (0x3000, 0xA000), (0x1F300, 0x1F700)]


def many_texts() -> list[str]:
    """2,000 texts: sentences, a dozen scripts, pairs of those, and characters of every kind at random."""
    chance = random.Random(0)
    pairs = [f"{first} {second}" for first in SCRIPTS for second in SCRIPTS]
    wild = [
        "".join(chr(chance.randrange(*chance.choice(BLOCKS))) for _ in range(chance.randrange(1, 30)))
        for _ in range(2_000)
    ]
    return [*WEATHER, *MONEY, *SCRIPTS, *pairs, *wild][:2_000]


@dataclass(frozen=True)
class Exported:
    model: Path
    folder: Path
    work: Path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    require_scripts()
    root = tmp_path_factory.mktemp("web")
    corpus = root / "corpus"
    corpus.mkdir()
    (corpus / "weather.txt").write_text("\n".join(WEATHER) + "\n")
    (corpus / "money.txt").write_text("\n".join(MONEY) + "\n")
    with newsroom_environment(root):
        succeed("embed", corpus, "--encoder", "use-multilingual", "--labels-from", "file", "--to", root / "table")
        succeed("train", root / "table", "--to", root / "models" / "topics", "--head", "linear")
        succeed("export-model", root / "models" / "topics", "--format", "web", "--to", root / "page")
        yield Exported(root / "models" / "topics", root / "page", root)


def test_tokens_and_vectors_are_those_of_this_machine(exported: Exported) -> None:
    from sentencepiece import SentencePieceProcessor

    texts = many_texts()
    (exported.work / "texts.json").write_text(json.dumps(texts))

    made = json.loads(run_script("sentence_encoder.mjs", exported.folder, exported.work / "texts.json", VECTORS))

    library = SentencePieceProcessor(model_proto=multilingual.resource("sp.model"))
    wrong = [text for text, ids in zip(texts, made["ids"], strict=True) if ids != library.encode(text)]
    assert wrong == []
    expected = encoders.resolve("use-multilingual").load().encode(texts[:VECTORS])
    np.testing.assert_allclose(made["fast"], expected, atol=2e-6)
    np.testing.assert_allclose(made["plain"], expected, atol=2e-6)


@pytest.fixture(scope="module")
def seen(exported: Exported) -> Any:
    given = {
        "texts": [WEATHER[0], MONEY[0]],
        "classes": {"sky": WEATHER[:7], "cash": MONEY[:7]},
        "others": WEATHER[7:] + MONEY[7:],
        "unseen": "Каждый банк повышает проценты, 今天下雨",
    }
    (exported.work / "given.json").write_text(json.dumps(given))
    url, out = run_script_offline(exported.folder, "model_page.mjs", exported.work / "given.json", exported.work)
    return json.loads(out) | {"url": url, "given": given}


def test_a_page_says_nothing_asks_nobody_else_and_is_usable(seen: Any) -> None:
    assert (seen["console"], seen["serious"], seen["wide"]) == ([], [], [0, 0])
    assert [url for url in seen["requests"] if not url.startswith((seen["url"], "blob:"))] == []


def test_texts_get_the_labels_and_scores_of_the_model(seen: Any, exported: Exported) -> None:
    predicted = load_model(str(exported.model)).predict([*seen["given"]["texts"], seen["given"]["unseen"]])

    shown = [*seen["labels"], seen["offline"]]
    for lines, label, scores in zip(shown, predicted.labels, predicted.scores, strict=True):
        found = {name: float(score) for score, name in (line.split() for line in lines)}
        assert lines[0].split()[1] == label
        assert found == pytest.approx(dict(zip(predicted.names, scores.tolist(), strict=True)), abs=1e-3)


def test_classes_are_learnt_as_by_a_solver_and_kept(seen: Any, exported: Exported) -> None:
    from sklearn.linear_model import LogisticRegression

    head = json.loads((exported.work / "head.json").read_text())
    encoder = encoders.resolve("use-multilingual").load()
    classes = seen["given"]["classes"]
    vectors = encoder.encode([text for texts in classes.values() for text in texts])
    names = [name for name, texts in classes.items() for _ in texts]
    others = encoder.encode(seen["given"]["others"])
    mean = vectors.mean(axis=0)
    spread = np.sqrt(((vectors - mean) ** 2).sum(axis=1).mean())
    # Two vectors of weights that mirror each other are penalised half as much as their difference.
    solved = LogisticRegression(C=20, tol=1e-8, max_iter=1_000).fit((vectors - mean) / spread, names)
    logits = others @ np.array(head["kernel"]).reshape(head["shape"]) + np.array(head["bias"])
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))

    np.testing.assert_allclose(
        powers / powers.sum(axis=1, keepdims=True), solved.predict_proba((others - mean) / spread), atol=0.02
    )
    assert [line.split()[1] for line in seen["own"]] == ["sky"] * 3 + ["cash"] * 3
    assert "Learnt cash, sky from 14 examples" in seen["learnt"]
    assert seen["examples"] == 14
