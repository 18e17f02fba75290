"""What a table says of how its items were read."""

import json

import pytest

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.options import ReadOptions

PLAIN = (
    '{"chunk_sentences": null, "header": true, "id_column": null, "image_column": null, "keep": ["a"], "label_column": null,'
    ' "labels_from": null, "modality": "text", "text_column": null}'
)


def written(options: ReadOptions) -> str:
    return json.dumps(options.to_dict(), sort_keys=True)


def test_tables_of_older_releases_were_read_as_they_say() -> None:
    assert written(ReadOptions(modality="text", keep=("a",))) == PLAIN
    of_three = ReadOptions(modality="text", keep=("a",), chunk=Chunking(unit="sentences", size=3))
    assert written(of_three) == PLAIN.replace('"chunk_sentences": null', '"chunk_sentences": 3')


@pytest.mark.parametrize("chunk", [None, "sentences:3", "paragraphs", "headings", "tokens:128", "tokens:128:32"])
def test_what_is_written_is_read_again(chunk: str | None) -> None:
    chunking = None if chunk is None else Chunking.parsed(chunk)
    options = ReadOptions(modality="text", keep=("a", "b"), quote="", chunk=chunking)
    assert ReadOptions.from_dict({**json.loads(written(options)), "newer": 1}, where="a table") == options
