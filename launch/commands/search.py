"""`vectormill search`: searches an index in words, by an image or by an id; once, for a file of queries, or at a prompt."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from launch.queries_file import Query, queries_in
from launch.terminal.text import folder, printable
from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from transforms.corpus.chunks.units import Span
    from transforms.search.ask.hit import Hit
    from transforms.search.ask.searcher import Searcher

_HITS = 10
_AT_ONCE = 64
_PROMPT = "search> "


@click.command(short_help="Search an index in words, by an image or by an id.")
@click.argument("index")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--image", metavar="FILE", help="The query is an image file.")
@click.option("--id", "row", metavar="ID", help="The query is a row of the index, itself not among the hits.")
@click.option("--queries", metavar="FILE", help="A query a line; .jsonl: objects with text and, if you like, id.")
@click.option("-k", "k", type=int, help=f"How many hits. Default: {_HITS}, or all of a smaller index.")
@click.option("--where", metavar="CONDITION", help="On the rows that may be hits: \"label = 'x' AND year > 2010\".")
@click.option("--mode", type=click.Choice(["vector", "words", "hybrid"]), help="Default: the one that the index chose.")
@click.option("--rerank", metavar="hf:FOLDER", help="A cross-encoder that orders the first answers to words anew.")
@click.option("--rerank-top", type=click.IntRange(1), help="How many of them. Default: 50.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each query.")
def search(index: str, words: tuple[str, ...], **asked: Any) -> None:
    """Search INDEX: INDEXES/NAME (its newest version) or INDEXES/NAME/VERSION.

    Without WORDS, --image, --id or --queries, each line of standard input is a query; on a terminal that is a prompt, which an
    empty line or Ctrl-D ends.
    """
    given = {"WORDS": words or None, "--image": asked["image"], "--id": asked["row"], "--queries": asked["queries"]}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise RequestError(f"{' and '.join(named)} are given: ask by one of {', '.join(given)}")
    rerank, top = asked["rerank"], asked["rerank_top"]
    if rerank is not None and named and named[0] in ("--image", "--id"):
        raise RequestError(f"--rerank is for queries in words, not for {named[0]}: leave it out")
    if rerank is None and top is not None:
        raise RequestError("--rerank-top is for --rerank: give both, or leave it out")
    from transforms.search.ask.searcher import Searcher

    with _waiting("opening the index"):
        searcher = Searcher(folder(index), rerank=rerank, rerank_top=top)
    k = min(_HITS, searcher.rows) if asked["k"] is None else asked["k"]
    session = _Session(searcher, k=k, where=asked["where"], mode=asked["mode"], as_json=asked["as_json"])
    if words:
        session.answer(" ".join(words))
    elif asked["image"] is not None:
        session.answer_image(asked["image"])
    elif asked["row"] is not None:
        session.answer_row(asked["row"])
    elif asked["queries"] is not None:
        session.answer_all(queries_in(asked["queries"]), of=asked["queries"])
    elif sys.stdin.isatty():
        session.converse()
    else:
        session.answer_each(_queries_typed())


class _Session:
    """Searches an open index with the same options again and again, and shows the hits."""

    def __init__(self, searcher: Searcher, *, k: int, where: str | None, mode: Any, as_json: bool) -> None:
        self._searcher = searcher
        self._options: dict[str, Any] = {"k": k, "where": where, "mode": mode}
        self._as_json = as_json
        self._is_loaded = False

    def answer(self, text: str) -> None:
        self._one(text, text=text)

    def answer_image(self, path: str) -> None:
        from transforms.storage import files

        try:
            content = files.read(folder(path))
        except OSError as error:
            raise RequestError(f"--image {path} cannot be read: {error.strerror or error}") from error
        self._one(path, image=content)

    def answer_row(self, row: str) -> None:
        self._one(row, id=row)

    def answer_each(self, queries: Iterable[Query]) -> None:
        """Answers queries one by one, each before the next is read: whoever writes them may wait for the answer."""
        any_asked = False
        for query in queries:
            if not any_asked:
                self._prepare()
            any_asked = True
            started = time.monotonic()
            with _of_line("standard input", query):
                hits = self._searcher.search(query.text, **self._options)
                sentences = self._searcher.sentences(query.text, hits)
            self._show(query, hits, sentences, seconds=time.monotonic() - started, headed=True)
        if not any_asked:
            raise RequestError("standard input holds no query: give WORDS, --image, --id or --queries")

    def answer_all(self, queries: Iterator[Query], *, of: str) -> None:
        """Answers queries in batches, in their order."""
        asked = 0
        while batch := list(islice(queries, _AT_ONCE)):
            if not asked:
                self._prepare()
            started = time.monotonic()
            with _waiting(f"asking, {asked:,} done"):
                answers = self._batch(batch, of)
            seconds = (time.monotonic() - started) / len(batch)
            asked += len(batch)
            for query, hits in zip(batch, answers, strict=True):
                # To encode the sentences of all hits would take far longer than the answers.
                sentences = self._searcher.sentences(query.text, hits, by_vector=False)
                self._show(query, hits, sentences, seconds=seconds, headed=True)
        if not asked:
            raise RequestError(f"{of} holds no query: it takes one a line")

    def converse(self) -> None:
        """Answers queries typed at a prompt until an empty line. A query that cannot be answered does not end it."""
        self._prepare()
        with suppress(ImportError):  # not everywhere; the prompt is then without history
            import readline  # noqa: F401

        while True:
            try:
                text = _prompted().strip()
            except (EOFError, KeyboardInterrupt):
                click.echo(err=True)
                return
            if not text:
                return
            try:
                self.answer(text)
            except RequestError as error:
                click.echo(printable(str(error)), err=True)

    def _prepare(self) -> None:
        """Before many queries: refuses options with which none could be answered, and loads the encoder."""
        import numpy as np

        options = {name: value for name, value in self._options.items() if name != "mode"}
        self._searcher.search(vector=np.ones(self._searcher.metadata["dim"], np.float32), **options)
        if self._options["mode"] != "words" and self._searcher.can_be_asked("text"):
            # Its first call takes longer than the later ones.
            with _waiting("loading the encoder"):
                self._searcher.encode(["words"])
            self._is_loaded = True

    def _one(self, said: str, **query: Any) -> None:
        started = time.monotonic()
        loads = not self._is_loaded and "id" not in query and self._options["mode"] != "words"
        with _waiting("loading the encoder, and asking" if loads else "asking"):
            hits = self._searcher.search(**query, **self._options)
            text = query.get("text")
            sentences = [None] * len(hits) if text is None else self._searcher.sentences(text, hits)
        self._is_loaded = self._is_loaded or loads
        seconds = time.monotonic() - started
        self._show(Query(said), hits, sentences, seconds=seconds, headed=False, loaded=loads)

    def _batch(self, batch: list[Query], of: str) -> list[list[Hit]]:
        try:
            return self._searcher.search_texts([query.text for query in batch], **self._options)
        except RequestError:
            # The message does not tell which of them it is about.
            for query in batch:
                with _of_line(of, query):
                    self._searcher.search(query.text, **self._options)
            raise

    def _show(
        self,
        query: Query,
        hits: list[Hit],
        sentences: Sequence[Span | None],
        *,
        seconds: float,
        headed: bool,
        loaded: bool = False,
    ) -> None:
        from launch.terminal.hits import described, duration, show

        if self._as_json:
            named = {} if query.name is None else {"id": query.name}
            click.echo(json.dumps({"query": query.text, **named, "hits": described(self._searcher, hits, sentences)}))
            return
        took = duration(seconds) + (", the loading of the encoder included" if loaded else "")
        show(self._searcher, hits, sentences, query=query.text if headed else None, took=took)


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    """Shows a spinner on a terminal: loading the encoder takes seconds."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def _prompted() -> str:
    """Reads a line from the terminal. Output that goes to a file gets no prompt into it."""
    if sys.stdout.isatty():
        return input(_PROMPT)
    click.echo(_PROMPT, nl=False, err=True)
    return input()


@contextmanager
def _of_line(of: str, query: Query) -> Iterator[None]:
    try:
        yield
    except RequestError as error:
        raise RequestError(f"{of}, line {query.line}: {error}") from error


def _queries_typed() -> Iterator[Query]:
    try:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                yield Query(line.strip(), number)
    except UnicodeDecodeError as error:
        raise RequestError("standard input is no UTF-8 text") from error
