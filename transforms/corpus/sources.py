"""Lists the sources that a corpus is made of, cheaply.

The listing gives name, size and a fingerprint (size and mtime, or etag) without opening anything, so that
an unchanged source costs nothing at all.

An input is a file, a glob or a folder, on a local disk or on any file system that Beam knows. Whatever
cannot give a single item (nothing there, nothing that fits the modality, one name for two sources) raises
RequestError here, before any work is planned.
"""

from __future__ import annotations

import glob
import os
import posixpath
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from transforms.common.errors import RequestError, one_line
from transforms.corpus import lake_tables, lance_tables
from transforms.corpus.addresses.names import is_list_of_addresses
from transforms.corpus.databases.address import is_address, require_no_secret
from transforms.corpus.delta_tables import LiveFile
from transforms.corpus.formats import fits, format_of, install_advice, kind_of
from transforms.corpus.hidden import is_hidden
from transforms.corpus.mixed_folders import documents_note, lines_note, without_code, without_documents
from transforms.corpus.remote_objects import matched
from transforms.corpus.twice import copied, linked_twice, written_twice
from transforms.corpus.vectors.formats import may_hold_vectors, vectors_advice
from transforms.storage import files

if TYPE_CHECKING:  # readers know sources; sources know of readers only what a person may ask of them
    from transforms.corpus.options import ReadOptions


TABLE_MARK = "_vectormill"
"""The folder that every feature table has."""

_DOCUMENTS = "documents: .md, .html, .pdf, .docx and others"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One file or object of a corpus.

    Attributes:
      name: its path relative to the input that it was found under, with "/"; stable when the corpus moves.
      uri: what opens it.
      size: bytes.
      fingerprint: changes when the source's bytes may have changed, or when it becomes stray.
      lake: what a Delta table's log says of it (`delta_tables.LiveFile.about`).
      items: of vectors, where the ids of its rows are (`vectors.pairing.ItemFiles`).
      is_stray: it lies beside the folders whose names are the labels, and so has none.
    """

    name: str
    uri: str
    size: int
    fingerprint: str
    is_stray: bool = False
    lake: str | None = None
    items: str | None = None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The sources of a corpus, sorted by name.

    Attributes:
      skipped: how many files were left out, by kind: ".heic", "hidden".
      notes: words for the person about files that seem to be in the corpus twice, and about those that were left out.
    """

    sources: list[Source]
    skipped: dict[str, int]
    notes: tuple[str, ...] = ()


def list_sources(inputs: Sequence[str], options: ReadOptions) -> list[Source]:
    """The sources of a corpus, sorted by name; see `list_corpus`."""
    return list_corpus(inputs, options).sources


def list_corpus(inputs: Sequence[str], options: ReadOptions, *, has_documents: bool | None = None) -> Listing:
    """The sources of a corpus, and what was left out.

    Args:
      inputs: files, globs and folders. A source is named by its path relative to the folder; for a glob
        relative to the longest leading folder without wildcards; for a file by its base name. Inside a
        folder, hidden names and those of marks and logs (`_SUCCESS`, `__MACOSX`) are passed over, as are files of
        other formats and feature tables: one that is made inside its own corpus must not become part of it. Of
        another Delta table only the files of its newest version are sources.
      options: `modality` (and `image_column`) decide which formats fit.
      has_documents: whether the table that the corpus is for has documents: then they are read whatever lies beside them, or
        else with nothing but documents beside them. None: there is no table yet.

    Raises:
      RequestError: an input does not exist, cannot be read or holds nothing that fits; two inputs give one
        name, or one file under two names.
    """
    if not inputs:
        raise RequestError("no input is given: name a file, a folder or a glob")
    for given in inputs:
        require_no_secret(given)
    if any(map(is_address, inputs)):
        return Listing(sources=_of_database(inputs, options), skipped={})
    if options.sql is not None:
        raise RequestError(f"{inputs[0]}: is no database, and --sql is a query of one: leave it out")
    listed: list[Source] = []
    skipped: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    links: list[tuple[str, str]] = []
    by_name: dict[str, str] = {}
    by_uri: dict[str, str] = {}
    for given in inputs:
        found = _list_input(given, options, options.documents or has_documents)
        skipped.update(found.skipped)
        left_out.update(found.left_out)
        links += found.links
        for source in _with_strays(found.sources, options):
            if source.name in by_name:
                raise RequestError(
                    f"{by_name[source.name]} and {given} both hold a source named {source.name}, so their items "
                    "could not be told apart: give the folder above both, or embed them into two tables"
                )
            if source.uri in by_uri:
                raise RequestError(f"{source.uri} is reached by {by_uri[source.uri]} and by {given}: name it only once")
            by_name[source.name] = by_uri[source.uri] = given
            listed.append(source)
    _require_utf8(listed)
    listed.sort(key=lambda source: source.name)
    advice = (
        install_advice(skipped, options.modality),
        documents_note(left_out),
        lines_note(by_name) if not options.documents else None,
    )
    return Listing(
        sources=listed,
        skipped=dict(sorted(skipped.items(), key=lambda pair: (-pair[1], pair[0]))),
        notes=(
            *linked_twice(sorted(links), by_uri),
            *written_twice(without_code(source.name for source in listed)),
            *copied(by_name, (source.name for source in listed)),
            *filter(None, advice),
        ),
    )


def _of_database(inputs: Sequence[str], options: ReadOptions) -> list[Source]:
    from transforms.corpus.databases.corpus import list_partitions  # which knows sources

    if len(inputs) > 1:
        raise RequestError("a database is a corpus of its own: give it as the only input")
    return sorted(list_partitions(inputs[0], options), key=lambda source: source.name)


def _with_strays(sources: list[Source], options: ReadOptions) -> list[Source]:
    """The sources of one input; where its folders are labels, the files beside them are marked."""
    if options.labels_from != "folder" or all("/" not in source.name for source in sources):
        return sources
    return [
        source if "/" in source.name else replace(source, fingerprint=f"{source.fingerprint}+stray", is_stray=True)
        for source in sources
    ]


# ---- one input --------------------------------------------------------------------------------------------


@dataclass
class _Catch:
    """The sources of one input, and a count of what did not fit, for the message when nothing does."""

    options: ReadOptions
    is_tree: bool  # a folder or a glob: other files may lie there
    has_documents: bool | None = None  # whether they are read whatever lies beside them; None: as the folder looks
    sources: list[Source] = field(default_factory=list)
    other_modality: int = 0
    unknown: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)  # documents beside what is read
    links: list[tuple[str, str]] = field(default_factory=list)  # names and addresses of the files that they lead to

    def wants(self, name: str, uri: str | None = None) -> bool:
        if self.options.vectors is not None:
            if may_hold_vectors(name, is_tree=self.is_tree):
                return True
            self.unknown += 1
            self.skipped[kind_of(name)] += 1
            return False
        form = format_of(name, documents=self.options.documents)
        is_document = form is not None and form.kind == "document" and self.options.modality == "image"
        if form is None or form.kind == "lance" or is_document or (form.loose and self.is_tree):
            self.unknown += 1
        elif fits(form, self.options) or (not self.is_tree and is_list_of_addresses(uri or name, form)):
            return True
        else:
            self.other_modality += 1
        self.skipped[kind_of(name)] += 1
        return False

    def take(self, name: str, uri: str, size: int, fingerprint: str, live: LiveFile | None) -> None:
        if live is not None and live.state:
            fingerprint = f"{fingerprint}-{live.state}"
        lake = None if live is None else live.about
        self.sources.append(Source(name=name, uri=uri, size=size, fingerprint=fingerprint, lake=lake))

    def hide(self, name: str) -> bool:
        """Whether a file or folder of this name is passed over."""
        if not is_hidden(name):
            return False
        self.skipped["hidden"] += 1
        return True

    def result(self, given: str) -> _Catch:
        if self.options.vectors is not None:
            if not self.sources:
                raise RequestError(f"{given}: {vectors_advice(self.skipped)}")
            return self
        if self.is_tree and not self.has_documents:
            self.sources, self.left_out = without_documents(
                self.sources, images=self.other_modality, may_be_beside_notes=self.has_documents is None
            )
            self.skipped.update(self.left_out)
        if self.sources:
            return self
        wanted = self.options.modality
        if self.other_modality:
            raise RequestError(self._wrong_modality(given))
        known = (
            ".txt, .csv, .tsv, .jsonl, .parquet or .tfrecord"
            if wanted == "text"
            else ".jpg, .png, .webp, .gif, .bmp, .tar, .parquet or .tfrecord"
        )
        if self.unknown:
            count = "a file" if self.unknown == 1 else f"{self.unknown} files"
            more = [*([_DOCUMENTS] if wanted == "text" else []), install_advice(self.skipped, wanted)]
            raise RequestError(
                f"{given}: holds {count}, but none that can be read as {wanted}: {'; '.join(filter(None, [known, *more]))}"
            )
        raise RequestError(f"{given}: holds no files; a corpus of {wanted} needs {known}")

    def _wrong_modality(self, given: str) -> str:
        count = self.other_modality
        if self.options.modality == "text":
            found = "an image file" if count == 1 else f"{count} image files"
            return f"{given}: holds {found} but the encoder takes text: use an image encoder such as nasnet-mobile"
        found = "a text file" if count == 1 else f"{count} text files"
        return (
            f"{given}: holds {found} but the encoder takes images: use a text encoder such as "
            "use-multilingual, or name the column that holds image paths with --image-column"
        )


def _list_input(given: str, options: ReadOptions, has_documents: bool | None) -> _Catch:
    given = given.removeprefix("file://")
    if not files.is_local(given):
        return _list_remote(given, options, has_documents)
    try:
        mode = os.stat(given).st_mode
    except PermissionError as error:
        raise RequestError(f"{given}: may not be read: {error.strerror}; check its permissions") from error
    except (OSError, ValueError) as error:
        if not glob.has_magic(given):
            raise RequestError(f"{given}: does not exist; check the path") from error
        return _list_glob(given, options, has_documents)
    catch = _Catch(options, is_tree=stat.S_ISDIR(mode), has_documents=has_documents)
    if catch.is_tree:
        _take_tree(catch, root=given, prefix="")
    elif catch.wants(given):
        _take_file(catch, name=os.path.basename(given), path=given)
    return catch.result(given)


def _list_glob(given: str, options: ReadOptions, has_documents: bool | None) -> _Catch:
    root = _glob_root(given)
    catch = _Catch(options, is_tree=True, has_documents=has_documents)
    matches = glob.glob(given, recursive=True)
    if not matches:
        raise RequestError(f"{given}: matches nothing; check the pattern (and quote it from the shell)")
    if "**" in given:
        matches = lake_tables.outside_tables(matches, "" if root == "." else root, TABLE_MARK)
    live = lake_tables.LiveFiles(root)
    for path in sorted(matches):
        name = os.path.relpath(path, root).replace(os.sep, "/")
        if not os.path.isdir(path):
            old = live.skipped_as(path)
            if old is not None:
                catch.skipped[old] += 1
            elif catch.wants(name):
                _take_file(catch, name=name, path=path, live=live.in_log(path))
        elif "**" not in given or lance_tables.is_lance(path):
            # `**` lists what is below by itself.
            _take_tree(catch, root=path, prefix=name + "/")
    return catch.result(given)


def _glob_root(pattern: str) -> str:
    """The longest leading folder without wildcards."""
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return fixed.rpartition("/")[0] + "/" if "/" in fixed else "."


def _take_file(catch: _Catch, *, name: str, path: str, live: LiveFile | None = None) -> None:
    try:
        info = os.stat(path)
    except OSError as error:
        raise _unlisted(path, error) from error
    if not stat.S_ISREG(info.st_mode):
        raise RequestError(f"{path}: is no regular file, so it cannot be listed and read again")
    catch.take(name, os.path.abspath(path), info.st_size, _state(info), live)


def _state(info: os.stat_result) -> str:
    return f"{info.st_size}-{info.st_mtime_ns}"


def _take_tree(catch: _Catch, *, root: str, prefix: str) -> None:
    root = os.path.abspath(root)
    live = lake_tables.LiveFiles(root)
    for name, entry in _walk(root, prefix, catch, live):
        if catch.wants(name):
            if entry.is_symlink():
                real, real_root = os.path.realpath(entry.path), os.path.realpath(root)
                inside = real.startswith(real_root + os.sep)
                catch.links.append((name, root + real.removeprefix(real_root) if inside else real))
            try:
                info = entry.stat()
            except OSError as error:
                raise _unlisted(entry.path, error) from error
            catch.take(name, entry.path, info.st_size, _state(info), live.in_log(entry.path))


def _walk(root: str, prefix: str, catch: _Catch, live: lake_tables.LiveFiles) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The visible files of a tree, without those of feature tables, each folder once: so links between folders may loop.

    Linked folders wait until the real ones are done, which makes the name of a file that can be reached
    both ways independent of the order of the listing.
    """
    seen: set[tuple[int, int]] = set()
    folders = [(prefix, root)]
    links: list[tuple[str, str]] = []
    while folders or links:
        if not folders:
            links.sort(reverse=True)
            folders.append(links.pop())
        prefix, path = folders.pop()
        try:
            info = os.stat(path)
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            if os.path.isdir(os.path.join(path, TABLE_MARK)):
                continue
            if lance_tables.is_lance(path):
                for one in lance_tables.fragments(path):
                    catch.take(f"{prefix}{one.name}", f"{path}/{one.name}", one.size, one.state, one.live)
                continue
            with os.scandir(path) as entries:
                for entry in entries:
                    name = entry.name
                    if catch.hide(name):
                        continue
                    if entry.is_file():
                        old = live.skipped_as(entry.path)
                        if old is None:
                            yield prefix + name, entry
                        else:
                            catch.skipped[old] += 1
                    elif entry.is_dir():
                        (links if entry.is_symlink() else folders).append((f"{prefix}{name}/", entry.path))
                    elif entry.is_symlink() and (form := format_of(name)) is not None and form.kind != "document":
                        raise RequestError(f"{entry.path}: is a link to nothing: mend it or remove it")
                    else:
                        catch.skipped["no regular file"] += 1
        except OSError as error:
            raise _unlisted(path, error) from error


def _unlisted(path: str, error: OSError) -> RequestError:
    return RequestError(f"{path}: cannot be listed: {error.strerror}; check that it is there and may be read")


def _require_utf8(sources: Sequence[Source]) -> None:
    for source in sources:
        try:
            source.name.encode()
        except UnicodeEncodeError as error:
            raise RequestError(f"{source.uri!a}: its name is not UTF-8: rename it") from error


# ---- Beam's file systems ----------------------------------------------------------------------------------


def _list_remote(given: str, options: ReadOptions, has_documents: bool | None) -> _Catch:
    files.require_file_system(given)
    is_glob = any(character in given for character in "*?[")
    folder = given.rstrip("/")
    if is_glob:
        attempts = [(given, _glob_root(given))]
    else:
        attempts = [(given, posixpath.dirname(given) + "/"), (folder + "/**", folder + "/")]
        # Stores with real folders describe a folder as if it were an empty file, so look inside first.
        if format_of(given) is None:
            attempts.reverse()
    failure: Exception | None = None
    for pattern, root in attempts:
        try:
            found = matched(pattern)
        except (OSError, ValueError) as error:
            failure = error
            continue
        if not found:
            continue
        is_folder = pattern.endswith("/**")
        catch = _Catch(options, is_tree=is_glob or is_folder, has_documents=has_documents)
        mark = f"/{TABLE_MARK}/"
        tables = tuple({uri.partition(mark)[0] + "/" for uri, _, _ in found if mark in uri})
        # What lies in a folder is listed already; a pattern matches some of it.
        names = lake_tables.names_by_folder(uri for uri, _, _ in found) if is_folder else files.names
        live = lake_tables.LiveFiles(root, names)
        for uri, size, fingerprint in found:
            name = uri.removeprefix(root)
            if uri.startswith(tables) or uri.endswith("/"):
                continue
            if is_folder and any(is_hidden(part) for part in name.split("/")):
                catch.skipped["hidden"] += 1
            elif (old := live.skipped_as(uri) if catch.is_tree else None) is not None:
                catch.skipped[old] += 1
            elif catch.wants(name, uri):
                catch.take(name, uri, size, fingerprint, live.in_log(uri) if catch.is_tree else None)
        return catch.result(given)
    if failure is not None:
        raise RequestError(f"{given}: cannot be listed: {one_line(failure)}") from failure
    hint = "matches nothing; check the pattern" if is_glob else "does not exist; check the path"
    raise RequestError(f"{given}: {hint}")
