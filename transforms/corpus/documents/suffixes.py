"""Tells by a file's suffix which kind of document it is, and which package reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Literal

DocumentKind = Literal[
    "markdown", "rst", "html", "pdf", "docx", "odt", "pptx", "epub", "notebook", "mail", "mailbox", "code", "text"
]

_SUFFIXES: dict[DocumentKind, str] = {
    "markdown": "md markdown mdown mkd mdx qmd rmd",
    "rst": "rst rest",
    "html": "html htm xhtml xht shtml",
    "pdf": "pdf",
    "docx": "docx docm dotx",
    "odt": "odt ott fodt",
    "pptx": "pptx pptm ppsx",
    "epub": "epub",
    "notebook": "ipynb",
    "mail": "eml mht mhtml",
    "mailbox": "mbox",
    "code": "py pyi pyx js mjs cjs jsx ts tsx java kt kts scala groovy c h cc cpp cxx hh hpp hxx m mm cs go rs rb php pl pm lua"
    " swift dart r hs ml mli erl ex exs clj lisp el scm sh bash zsh fish ps1 sql vue svelte f90 f95 pas ada adb ads vhd"
    " proto tf cmake gradle",
    "text": "adoc asciidoc org tex texi textile pod",
}
KINDS: dict[str, DocumentKind] = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}

_PACKAGES: dict[DocumentKind, str] = {
    "html": "lxml",
    "pdf": "pypdfium2",
    "docx": "lxml",
    "odt": "lxml",
    "pptx": "lxml",
    "epub": "lxml",
    "mail": "lxml",
    "mailbox": "lxml",
}
# What projects and Debian's packages call texts that have no suffix of their own.
_PLAIN = re.compile(
    r"(readme|license|licence|copying|copyright|notice|news|changes|changelog|history|authors|contributors|contributing|"
    r"maintainers|credits|thanks|acknowledgements|todo|bugs|faq|install|hacking|upgrading|porting|security|version|"
    r"makefile|dockerfile|jenkinsfile|rakefile|gemfile|vagrantfile)([.-](debian|lesser|[a-z]{2}|[0-9.]+))*"
)


def is_plain_name(base: str) -> bool:
    """Whether a file of this name, in small letters and without a suffix of compression, is a text: `readme`, `news.debian`."""
    return _PLAIN.fullmatch(base) is not None


def kind_of_document(name: str) -> DocumentKind:
    """What kind of document a file's name stands for; "text" where it stands for none, as `.txt` does."""
    parts = name.rsplit("/", 1)[-1].lower().split(".")
    if parts[-1] in ("gz", "bz2", "zst", "xz"):
        parts.pop()
    # Sphinx keeps what pages were made of as `index.rst.txt`.
    if len(parts) > 2 and parts[-1] == "txt" and parts[-2] in ("rst", "md"):
        parts.pop()
    return KINDS.get(parts[-1], "text") if len(parts) > 1 else "text"


@cache
def is_installed(package: str) -> bool:
    """Whether a package of the extra `documents` is there."""
    return find_spec(package) is not None


def lacks_package(suffix: str) -> bool:
    """Whether files of this suffix are documents that cannot be read for the lack of a package."""
    kind = KINDS.get(suffix)
    return kind in _PACKAGES and not is_installed(_PACKAGES[kind])


def documents_advice(skipped: Mapping[str, int]) -> str | None:
    """What to install, where files of these kinds (".pdf", ...) were not read for the lack of it."""
    count = sum(number for name, number in skipped.items() if lacks_package(name.lstrip(".").partition(".")[0]))
    if not count:
        return None
    return f"{count:,} {'document needs' if count == 1 else 'documents need'} pip install 'vectormill[documents]'"
