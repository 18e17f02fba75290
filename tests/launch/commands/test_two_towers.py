"""Encoders of two towers: images are searched by words and by images, captions likewise, and tables of both are joined."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deltalake import DeltaTable
from PIL import Image

import vectormill as library
from tests.helpers import image_models
from tests.launch.conftest import Command, succeed

CAPTIONS = ["red shoes", "a red dress", "the sea", "Red!", "dogs in the sun", "a bus"]
PICTURES = image_models.pictures(8)
NAMES = [f"{at}.png" for at in range(len(PICTURES))]


class Shop:
    """Pictures and captions, embedded by the two towers of one folder, and indexes of both."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.encoder = image_models.write(root / "clip")
        (root / "photos").mkdir()
        for name, picture in zip(NAMES, PICTURES, strict=True):
            Image.fromarray(picture).save(root / "photos" / name)
        (root / "captions.csv").write_text("id,text\n" + "".join(f"c{at},{text}\n" for at, text in enumerate(CAPTIONS)))
        for corpus, table in (("photos", "photos.table"), ("captions.csv", "captions.table")):
            ids = ("--id-column", "id") if corpus.endswith("csv") else ()
            succeed("embed", root / corpus, "--to", root / table, "--encoder", f"hf:{self.encoder}", *ids)
            succeed("index", root / table, "--to", root / "indexes" / corpus.partition(".")[0], "--kind", "exact")

    @property
    def photos(self) -> str:
        return str(self.root / "indexes" / "photos")

    @property
    def captions(self) -> str:
        return str(self.root / "indexes" / "captions")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VECTORMILL_CACHE_DIR", str(root / "state"))
        yield Shop(root)


def cosines() -> Any:
    """Of each caption with each picture, by the networks' definition."""
    return image_models.text_vectors("clip", CAPTIONS) @ image_models.image_vectors("clip", PICTURES).T


def require_ranked(hits: list[dict[str, Any]], names: list[str], expected: Any) -> None:
    order = np.argsort(-expected)[: len(hits)]
    assert [hit["id"] for hit in hits] == [names[at] for at in order]
    np.testing.assert_allclose([hit["score"] for hit in hits], expected[order], atol=1e-5)


def test_the_corpus_decides_which_tower_makes_its_vectors(shop: Shop):
    rows = DeltaTable(str(shop.root / "photos.table")).to_pyarrow_table(columns=["id", "embedding"]).to_pydict()
    found = np.array([rows["embedding"][rows["id"].index(name)] for name in NAMES])
    np.testing.assert_allclose(found, image_models.image_vectors("clip", PICTURES), atol=2e-6)
    rows = DeltaTable(str(shop.root / "captions.table")).to_pyarrow_table(columns=["id", "embedding"]).to_pydict()
    found = np.array([rows["embedding"][rows["id"].index(f"c{at}")] for at in range(len(CAPTIONS))])
    np.testing.assert_allclose(found, image_models.text_vectors("clip", CAPTIONS), atol=2e-6)


def test_images_are_searched_by_words_and_by_an_image(bare: Command, shop: Shop):
    found = json.loads(bare("search", shop.photos, CAPTIONS[1], "-k", 4, "--json").output())
    require_ranked(found["hits"], NAMES, cosines()[1])
    by_image = bare("search", shop.photos, "--image", shop.root / "photos" / NAMES[3], "--json").output()
    hits = json.loads(by_image)["hits"]
    assert hits[0]["id"] == NAMES[3] and hits[0]["score"] > 0.99999
    queries = shop.root / "queries.txt"
    queries.write_text("\n".join(CAPTIONS))
    lines = bare("search", shop.photos, "--queries", queries, "--json").output().splitlines()
    for line, expected in zip(lines, cosines(), strict=True):
        require_ranked(json.loads(line)["hits"], NAMES, expected)


def test_captions_are_searched_by_an_image_and_by_words(bare: Command, shop: Shop):
    found = bare("search", shop.captions, "--image", shop.root / "photos" / NAMES[2], "--json").output()
    require_ranked(json.loads(found)["hits"], [f"c{at}" for at in range(len(CAPTIONS))], cosines()[:, 2])
    found = bare("search", shop.captions, CAPTIONS[2], "--mode", "vector", "--json").output()
    assert json.loads(found)["hits"][0]["id"] == "c2"


def test_from_python_an_index_of_images_answers_texts(shop: Shop):
    hits = library.Searcher(shop.photos).search(CAPTIONS[0], k=1)
    assert hits[0].id == NAMES[int(cosines()[0].argmax())]
    encoder = library.encoder(f"hf:{shop.encoder}")
    labels, images = encoder.encode_queries(CAPTIONS), encoder.encode([shop.root / "photos" / name for name in NAMES])
    np.testing.assert_allclose(labels @ images.T, cosines(), atol=1e-5)


def test_a_table_of_captions_is_joined_with_its_nearest_images(bare: Command, shop: Shop, tmp_path: Path):
    bare("neighbors", shop.photos, shop.root / "captions.table", "--to", tmp_path / "out", "-k", 2).output()
    for row in DeltaTable(str(tmp_path / "out")).to_pyarrow_table().to_pylist():
        order = np.argsort(-cosines()[int(row["id"][1:])])[:2]
        assert row["neighbours"] == [NAMES[at] for at in order]


def test_of_another_pair_of_towers_captions_are_refused(bare: Command, shop: Shop, tmp_path: Path):
    other = image_models.write(tmp_path / "other", seed=1)
    succeed("embed", shop.root / "captions.csv", "--to", tmp_path / "t", "--encoder", f"hf:{other}")
    refused = bare("neighbors", shop.photos, tmp_path / "t", "--to", tmp_path / "out", "-k", 2)
    assert "holds vectors of another encoder" in refused.complaint(2)


def test_images_of_a_network_without_a_text_tower_are_not_asked_by_words(bare: Command, shop: Shop, tmp_path: Path):
    encoder = image_models.write(tmp_path / "vit", kind="vit")
    succeed("embed", shop.root / "photos", "--to", tmp_path / "t", "--encoder", f"hf:{encoder}")
    succeed("index", tmp_path / "t", "--to", tmp_path / "i", "--kind", "exact")
    refused = bare("search", tmp_path / "i", "red shoes").complaint(2)
    assert refused.endswith("is an index of images: search it with --image or --id")


def test_a_broken_image_is_a_dead_letter_and_its_neighbours_are_embedded(bare: Command, shop: Shop, tmp_path: Path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "good.png").write_bytes((shop.root / "photos" / NAMES[0]).read_bytes())
    (photos / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    given = ("embed", photos, "--to", tmp_path / "t", "--encoder", f"hf:{shop.encoder}", "--max-dead-fraction", "0.5")
    assert json.loads(bare(*given, "--json").output())["dead"] == 1


def test_texts_cut_off_by_the_tower_are_counted(bare: Command, shop: Shop, tmp_path: Path):
    (tmp_path / "long.csv").write_text(f"id,text\na,{'x' * 40}\nb,red\n")
    given = ("embed", tmp_path / "long.csv", "--to", tmp_path / "t", "--encoder", f"hf:{shop.encoder}")
    assert json.loads(bare(*given, "--json").output())["cut_off"] == 1


def test_a_head_on_images_is_exported_with_decoding_and_network(bare: Command, shop: Shop, tmp_path: Path):
    import tensorflow as tf

    for at, picture in enumerate(image_models.pictures(30, size=(40, 31), seed=3)):
        folder = tmp_path / "photos" / "ab"[at % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture // (1 + at % 2)).save(folder / f"{at}.png")
    succeed(
        "embed",
        tmp_path / "photos",
        "--to",
        tmp_path / "t",
        "--encoder",
        f"hf:{shop.encoder}",
        "--labels-from",
        "folder",
    )
    succeed("train", tmp_path / "t", "--to", tmp_path / "m", "--head", "linear", "--no-leakage-check")
    model = tf.saved_model.load(str(tmp_path / "m" / "1"))
    rows = DeltaTable(str(tmp_path / "t")).to_pyarrow_table(columns=["id", "embedding"]).to_pylist()
    payloads = [(tmp_path / "photos" / row["id"]).read_bytes() for row in rows]
    raw = model.signatures["serving_default"](image=tf.constant(payloads))["scores"].numpy()
    vectors = np.array([row["embedding"] for row in rows], np.float32)
    np.testing.assert_allclose(raw, model.signatures["from_vectors"](vectors=tf.constant(vectors))["scores"], atol=1e-4)
