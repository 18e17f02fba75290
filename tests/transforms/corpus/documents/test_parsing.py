from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import document_files as made
from transforms.common.errors import ItemError
from transforms.corpus.documents import archives
from transforms.corpus.documents.document import Block, Document
from transforms.corpus.documents.parsing import parse
from transforms.corpus.documents.suffixes import DocumentKind, is_plain_name, kind_of_document

NOON = datetime(2024, 1, 31, 12, tzinfo=timezone.utc)


def blocks(document: Document) -> list[tuple[str, str]]:
    """The heading path of each block, and its text."""
    return [(" > ".join(block.headings), block.text) for block in document.blocks]


def failure(data: bytes, kind: DocumentKind) -> tuple[str, str]:
    """Kind and message of a file that cannot be read."""
    with pytest.raises(ItemError) as caught:
        parse(data, kind)
    return caught.value.kind, str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a/b.MD", "markdown"),
        ("a.html.gz", "html"),
        ("index.rst.txt", "rst"),
        ("a.txt", "text"),
        ("README", "text"),
        ("x.md.y/COPYING.gz", "text"),
        ("a.mbox.xz", "mailbox"),
        ("a.tar.py", "code"),
    ],
)
def test_the_suffix_tells_the_kind(name: str, kind: DocumentKind) -> None:
    assert kind_of_document(name) == kind


def test_some_names_without_suffix_are_texts() -> None:
    texts = ["readme", "copyright", "changelog.debian", "news-2.0", "license.lesser", "todo", "readme.de"]
    assert [name for name in texts if not is_plain_name(name)] == []
    assert not any(is_plain_name(name) for name in ("core", "data", "readmes", "a.out", "changelog.html", "x"))


# ---- texts ------------------------------------------------------------------------------------------------


def test_markdown() -> None:
    text = """---
title: "The guide"
---
# One *two*

A `code` and [a link](http://x.y), **bold**<br>on
three lines.

- first
- second

  more of it

| a | b |
|---|---|
| 1 | x \\| y |

## Deep

```python
def f():

    return 1
```

<div align="center"><b>html</b> &amp; text</div>

Other
=====
end
"""
    found = parse(text.encode(), "markdown")
    assert found.title == "The guide"
    assert blocks(found) == [
        ("One two", "One two"),
        ("One two", "A code and a link, bold\non\nthree lines."),
        ("One two", "first"),
        ("One two", "second"),
        ("One two", "more of it"),
        ("One two", "a | b\n1 | x | y"),
        ("One two > Deep", "Deep"),
        ("One two > Deep", "def f():\n\n    return 1"),
        ("One two > Deep", "html & text"),
        ("Other", "Other"),
        ("Other", "end"),
    ]
    assert parse(b"just text", "markdown") == Document(title=None, blocks=(Block(text="just text"),))


WORDS = st.lists(st.text("abcdefgäλ你0123456789.,;", min_size=1, max_size=8), min_size=1, max_size=8)


@given(paragraphs=st.lists(WORDS, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_no_letter_of_a_paragraph_is_lost(paragraphs: list[list[str]]) -> None:
    texts = ["word" + " ".join(words) for words in paragraphs]
    for kind in ("markdown", "rst", "text", "html"):
        data = "".join(f"<p>{text}</p>" for text in texts) if kind == "html" else "\n\n".join(texts)
        assert [block.text for block in parse(data.encode(), kind).blocks] == texts  # type: ignore[arg-type]


def test_restructured_text() -> None:
    text = """\
=======
 Title
=======

Intro with ``code``, *stress*, :ref:`the label <target>` and a `link <http://x>`_.

.. _target:
.. comment
   of two lines

.. toctree::
   a
   b

Section
-------

* one
* two
  goes on

.. note:: Take care
   of it.

.. code-block:: python
   :linenos:

   x = 1

   y = 2

Literal::

  as  it is

term
    its meaning

=====  =====
a      b
=====  =====
1      2
=====  =====

.. py:function:: f(x)

   Does it.
"""
    found = parse(text.encode(), "rst")
    assert found.title == "Title"
    assert blocks(found) == [
        ("Title", "Title"),
        ("Title", "Intro with code, stress, the label and a link."),
        ("Title > Section", "Section"),
        ("Title > Section", "one"),
        ("Title > Section", "two\ngoes on"),
        ("Title > Section", "Take care of it."),
        ("Title > Section", "x = 1\n\ny = 2"),
        ("Title > Section", "Literal:"),
        ("Title > Section", "  as  it is".strip()),
        ("Title > Section", "term"),
        ("Title > Section", "its meaning"),
        ("Title > Section", "a | b\n1 | 2"),
        ("Title > Section", "f(x)"),
        ("Title > Section", "Does it."),
    ]


def test_nothing_that_restructured_text_names_is_read() -> None:
    text = b"a\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n.. csv-table:: x\n   :file: /etc/passwd\n"
    assert [block.text for block in parse(text, "rst").blocks] == ["a", "x"]


def test_html() -> None:
    page = """<!DOCTYPE html><html><head><title>The
 page</title><style>p {}</style><script>x</script></head><body>
<nav>menu</nav><div role="banner">banner</div>
<main><h1>One<a class="headerlink" href="#">¶</a></h1>
<p>A <b>bold</b>  word<br>new line<br><br>
other</p> loose <i>text</i>
<ul><li>first<li><p>second</p></ul>
<h2>Deep</h2><pre>a
  b</pre>
<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2 <script>no</script></td></tr></table>
<div hidden>hidden</div><p style="display: none">gone</p><form>field <button>press</button></form></main><footer>foot</footer>
</body></html>"""
    found = parse(page.encode(), "html")
    assert found.title == "The page"
    assert blocks(found) == [
        ("One", "One"),
        ("One", "A bold word\nnew line"),
        ("One", "other"),
        ("One", "loose text"),
        ("One", "first"),
        ("One", "second"),
        ("One > Deep", "Deep"),
        ("One > Deep", "a\n  b"),
        ("One > Deep", "x | y\n1 | 2"),
        ("One > Deep", "field"),
    ]


def test_boxes_of_a_page_are_its_content_and_menus_are_not() -> None:
    page = """<body><div class="navbar">home</div><p>text</p><div class="sidebar"><p>in a box</p></div><aside>aside</aside>
    <article>a short article</article><ul class="breadcrumb"><li>up</ul><a hidden>x</a> end</body>"""
    texts = [block.text for block in parse(page.encode(), "html").blocks]
    assert texts == ["text", "in a box", "aside", "a short article", "end"]
    alone = f"<p>before</p><article><p>{'the article ' * 9}</p></article>"
    assert [block.text for block in parse(alone.encode(), "html").blocks] == [("the article " * 9).strip()]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>grüße</p>".encode(), "grüße"),
        (b'<meta charset="iso-8859-1"><p>gr\xfc\xdfe \x80</p>', "grüße €"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>\x93\xfa\x96{</p>', "日本"),
        ("\ufeff<p>grüße</p>".encode("utf-16-le"), "grüße"),
        ('<?xml version="1.0" encoding="latin-1"?><html><p>gr\xfc</p></html>'.encode("latin-1"), "grü"),
        ('<meta charset="latin-1"><p>grüße</p>'.encode(), "grüße"),
        (b"<p>gr\xfc\xdfe</p>", "grüße"),
        (
            b"<p>a zero" + b"\0" + b" in a page of more than fifty letters</p>",
            "a zero in a page of more than fifty letters",
        ),
    ],
)
def test_the_encoding_of_a_page(data: bytes, text: str) -> None:
    assert [block.text for block in parse(data, "html").blocks] == [text]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ein Text mit Umlauten äöü ß, größer als zwölf Zeichen", "latin-1"),
        ("El pingüino hizo kilómetros bajo lluvia y frío, añoraba a su cachorro. ¿Mañana?", "cp1252"),
        ("Høj bly gom vandt fræk sexquiz på wc. Åh, det er dejligt på øen", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "cp1250"),
        ("Zażółć gęślą jaźń, powiedział dziadek i poszedł do domu", "cp1250"),
        ("Кириллица в кодировке windows-1251, достаточно длинный текст", "cp1251"),
        ("Съешь же ещё этих мягких французских булок, да выпей чаю.", "koi8-r"),
        ("日本語のテキストです。エンコーディングは宣言されていません。", "shift_jis"),
        ("中文文本没有声明编码，需要猜测它的编码方式，长一点更好。", "gb18030"),
        ("no mark before sixteen bits a letter", "utf-16-le"),
        ("grüße mit Marke", "utf-16"),
    ],
)
def test_the_encoding_of_a_text_is_told_or_guessed(text: str, encoding: str) -> None:
    assert [block.text for block in parse(text.encode(encoding), "text").blocks] == [text]


def test_plain_text_has_pages_and_underlined_headings() -> None:
    found = parse(b"Title\n=====\n\nfirst\nlines\n\n\fPart\n----\nsecond\n", "text")
    assert [(block.page, block.headings, block.text) for block in found.blocks] == [
        (1, ("Title",), "Title"),
        (1, ("Title",), "first\nlines"),
        (2, ("Title", "Part"), "Part"),
        (2, ("Title", "Part"), "second"),
    ]


def test_a_program_is_blocks_under_what_they_stand_in() -> None:
    code = """import os

# says it
class Speaker:
    name = "x"

    def say(self):
        return 1

def other():
    pass

x = Speaker()
"""
    assert blocks(parse(code.encode(), "code")) == [
        ("", "import os"),
        ("Speaker", '# says it\nclass Speaker:\n    name = "x"'),
        ("Speaker > say", "    def say(self):\n        return 1"),
        ("other", "def other():\n    pass"),
        ("", "x = Speaker()"),
    ]


def test_a_notebook() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# One\n", "\n", "text"]},
        {"cell_type": "code", "source": "x = 1", "outputs": [{"text": "left out"}]},
    ]
    found = parse(json.dumps({"cells": cells, "nbformat": 4}).encode(), "notebook")
    assert blocks(found) == [("One", "One"), ("One", "text"), ("One", "x = 1")]
    assert failure(b"{", "notebook")[0] == "BadJson"
    assert failure(b"[" * 100_000, "notebook")[0] == "BadJson"
    assert failure(b'{"a": 1}', "notebook") == ("WrongFormat", "it is JSON, but no notebook: it has no list of cells")


def test_a_mail_of_five_encodings() -> None:
    mail = (
        b"From: =?iso-8859-1?q?J=F6rg?= <j@x>\r\nTo: =?utf-8?b?w6TDtg==?= <a@x>\r\nSubject: gr\xc3\xbc\xc3\x9fe\r\n"
        b"Date: Wed, 31 Jan 2024 13:00:00 +0100\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x93\xfa\x96{\r\n"
        b"--b\r\nContent-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=D0=D2\r\n"
        b'--b\r\nContent-Type: text/html; charset="windows-1252"\r\n\r\n<p>so \x80</p><script>x</script>\r\n'
        b"--b\r\nContent-Type: text/plain; charset=no-such\r\n\r\nk\xc3\xb6nnen\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.pdf\r\n\r\nx\r\n"
        b"--b--\r\n"
    )
    found = parse(mail, "mail")
    assert (found.title, found.key, found.modified) == ("grüße", "<1@x>", NOON)
    assert [block.text for block in found.blocks] == [
        "Subject: grüße\nFrom: Jörg <j@x>\nTo: äö <a@x>\nDate: Wed, 31 Jan 2024 13:00:00 +0100",
        "日本",
        "пр",
        "so €",
        "können",
        "Attached: ü.pdf",
    ]


def test_of_the_versions_of_a_mail_one_is_read() -> None:
    def mail(plain: bytes) -> bytes:
        return (
            b"Subject: s\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n%b\n"
            b"--b\nContent-Type: text/html\n\n<p>rich</p>\n--b--\n" % plain
        )

    assert [block.text for block in parse(mail(b"plain"), "mail").blocks] == ["Subject: s", "plain"]
    assert [block.text for block in parse(mail(b" "), "mail").blocks] == ["Subject: s", "rich"]


# ---- Office, books, PDF -----------------------------------------------------------------------------------


def test_word() -> None:
    parts = [
        ("Title", "The title"),
        ("Heading 1", "One"),
        ("Normal", "text"),
        ("List Bullet", "item"),
        ("Heading 2", "Deep"),
    ]
    found = parse(made.docx(title="Named", parts=parts, table=[["a", "b"], ["c", "d e"]]), "docx")
    assert (found.title, found.modified) == ("Named", NOON)
    assert blocks(found) == [
        ("", "The title"),
        ("One", "One"),
        ("One", "text"),
        ("One", "item"),
        ("One > Deep", "Deep"),
        ("One > Deep", "a | b\nc | d e"),
    ]


def test_what_of_word_is_seen_is_read_once() -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = """<w:p><w:r><w:t>a</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>
    <w:ins><w:r><w:t>dded</w:t></w:r></w:ins><w:hyperlink><w:r><w:t> link</w:t><w:tab/><w:t>b</w:t></w:r></w:hyperlink><w:r>
    <mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback>
    <w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>
    <w:sdt><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>"""
    xml = (
        f'<w:document xmlns:w="{w}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body>{body}</w:body></w:document>"
    )
    notes = (
        f'<w:footnotes xmlns:w="{w}"><w:footnote w:type="separator"/><w:footnote><w:p><w:r><w:t>note</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    relations = '<r><a Type="http://x/officeDocument" Target="/word/document2.xml"/></r>'
    for parts in ({"word/document.xml": xml}, {"word/document2.xml": xml, "_rels/.rels": relations}):
        found = parse(made.zipped({**parts, "word/footnotes.xml": notes}), "docx")
        assert [block.text for block in found.blocks] == ["added link\tb", "box", "control", "note"]


def test_slides_are_pages() -> None:
    found = parse(made.pptx([("First", "one\ntwo", "say this"), ("Second", "text", "")]), "pptx")
    assert [(block.page, block.headings, block.text) for block in found.blocks] == [
        (1, ("First",), "First"),
        (1, ("First",), "one\ntwo"),
        (1, ("First",), "say this"),
        (2, ("Second",), "Second"),
        (2, ("Second",), "text"),
    ]
    assert found.title == "First"


def test_open_document() -> None:
    body = """<text:h text:outline-level="1">One</text:h><text:p>a<text:s text:c="2"/>b <text:span>bold</text:span><text:note>
    <text:note-citation>1</text:note-citation><text:note-body><text:p>the note</text:p></text:note-body></text:note>!</text:p>
    <text:list><text:list-item><text:p>item</text:p></text:list-item></text:list><text:h text:outline-level="2">Deep</text:h>
    <table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell><text:p>y</text:p>
    </table:table-cell></table:table-row></table:table>"""
    found = parse(made.odt(body, title="Named"), "odt")
    assert (found.title, found.modified) == ("Named", NOON)
    assert blocks(found) == [
        ("One", "One"),
        ("One", "a  b bold!"),
        ("One", "the note"),
        ("One", "item"),
        ("One > Deep", "Deep"),
        ("One > Deep", "x | y"),
    ]
    locked = made.odt(
        body, manifest="<manifest:manifest xmlns:manifest='m'><manifest:encryption-data/></manifest:manifest>"
    )
    assert failure(locked, "odt") == ("Encrypted", "is encrypted: save it without a password")


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    pages = {"b.xhtml": "<h1>B</h1><p>second</p>", "a.xhtml": "<h1>A</h1><p>first</p>", "no.xhtml": "<p>left out</p>"}
    found = parse(made.epub(pages, spine=["a.xhtml", "b.xhtml"], title="The book"), "epub")
    assert found.title == "The book"
    assert blocks(found) == [("A", "A"), ("A", "first"), ("B", "B"), ("B", "second")]


def test_a_page_of_a_book_whose_sections_the_spine_names_is_read_once() -> None:
    pages = {"a.xhtml": "<h1 id='o1'>One</h1><p>first</p><h1 id='o2'>Two</h1><p>second</p>", "a.xhtml#o2": ""}
    found = parse(made.epub(pages, spine=["a.xhtml", "a.xhtml#o2"], title="t"), "epub")
    assert [block.text for block in found.blocks].count("second") == 1


BLANK = (12, "")
START = [(20, "The Report"), BLANK, (12, "This is a long para-"), (12, "graph, well-known."), BLANK, BLANK]
RESULTS = [(16, "3.2 Results"), BLANK, (12, "Numbers are good.")]
PAGES = [[*START, *RESULTS], [(12, "Second page (text) with a well-"), (12, "known word.")]]


def test_pdf_with_headings_by_their_size() -> None:
    found = parse(made.pdf(PAGES), "pdf")
    assert (found.title, found.modified) == ("The Report", datetime(2024, 1, 31, 11, tzinfo=timezone.utc))
    assert [(block.page, block.headings, block.text) for block in found.blocks] == [
        (1, ("The Report",), "The Report"),
        (1, ("The Report",), "This is a long paragraph, well-known."),
        (1, ("The Report", "3.2 Results"), "3.2 Results"),
        (1, ("The Report", "3.2 Results"), "Numbers are good."),
        (2, ("The Report", "3.2 Results"), "Second page (text) with a well-known word."),
    ]


def test_pdf_with_an_outline() -> None:
    found = parse(made.pdf(PAGES, title="Named", outline=[("Start", 0), ("Results", 0), ("Next", 1)]), "pdf")
    assert found.title == "Named"
    assert [(block.headings, block.text) for block in found.blocks] == [
        (("Start",), "The Report"),
        (("Start",), "This is a long paragraph, well-known."),
        (("3.2 Results",), "3.2 Results"),
        (("3.2 Results",), "Numbers are good."),
        (("Next",), "Second page (text) with a well-known word."),
    ]


def test_bookmarks_of_one_page_begin_where_their_titles_stand() -> None:
    texts = ["running head", "1.1 Language objects", "about\nthe\nlanguages.", "1.1.1 An example", "one\nof\nthem.",
             "pictured\nand\ndrawn.", "1.3 NULL", "nothing\nat\nall."]  # fmt: skip
    lines: list[tuple[float, str]] = []
    for text in texts:
        lines += [*((12, line) for line in text.split("\n")), (30, "")]
    drawn = 760 - sum(size * 1.2 for size, _ in lines[: lines.index((12, "pictured"))])
    marks = [("Basics", 0, 790), ("Language objects", 0, 790), ("An example", 0, 790), ("A drawn title", 0, drawn + 15),
             ("NULL", 0, 790)]  # fmt: skip
    found = parse(made.pdf([lines], outline=marks), "pdf")
    assert [(block.headings[-1], " ".join(block.text.split())) for block in found.blocks] == [
        ("Basics", "running head"),
        ("1.1 Language objects", "1.1 Language objects"),
        ("1.1 Language objects", "about the languages."),
        ("1.1.1 An example", "1.1.1 An example"),
        ("1.1.1 An example", "one of them."),
        ("A drawn title", "pictured and drawn."),
        ("1.3 NULL", "1.3 NULL"),
        ("1.3 NULL", "nothing at all."),
    ]


# ---- what else files may be -------------------------------------------------------------------------------


def test_pdf_that_cannot_be_read() -> None:
    assert failure(made.pdf([[], []], picture=True), "pdf") == (
        "ScannedPages",
        "2 scanned pages without text; needs OCR (ocrmypdf adds the text)",
    )
    assert failure(made.pdf(PAGES, encrypted=True), "pdf") == ("Encrypted", "is encrypted: save it without a password")
    assert failure(made.pdf(PAGES)[:300], "pdf")[0] == "Damaged"
    assert failure(b"no pdf", "pdf") == ("WrongFormat", "it is no PDF: it does not begin with %PDF")
    assert failure(bytes(1000), "pdf")[0] == "Damaged"
    without_references = made.pdf(PAGES).replace(b"startxref", b"startxxxx").replace(b"xref\n0", b"xxxx\n0")
    assert [block.text for block in parse(without_references, "pdf").blocks][:1] == ["The Report"]


def test_a_file_is_read_as_what_it_is() -> None:
    assert parse(made.pdf(PAGES), "docx").title == "The Report"
    word = made.docx(title="T", parts=[("Normal", "a")])
    for kind in ("odt", "pdf", "epub", "html", "text"):
        assert parse(word, kind).title == "T"  # type: ignore[arg-type]
    assert parse(b"<!DOCTYPE html><title>T</title><p>a", "markdown").title == "T"
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert failure(old, "docx")[0] == "WrongFormat"
    assert failure(old + "EncryptedPackage".encode("utf-16-le"), "docx")[0] == "Encrypted"
    assert failure(made.zipped({"xl/workbook.xml": "<a/>"}), "docx") == (
        "WrongFormat",
        "it is a workbook: name it .xlsx",
    )
    assert failure(made.zipped({"a": "b"}), "docx")[0] == "WrongFormat"
    assert failure(b"{\\rtf1 a}", "docx")[0] == "WrongFormat"
    assert failure(word[:-50], "docx")[0] == "Damaged"
    assert failure(bytes(range(256)) * 9, "text")[0] == "WrongFormat"
    assert failure(b"a text", "odt")[0] == "WrongFormat"
    assert failure(b"\n\nno headers here", "mail")[0] == "WrongFormat"


def test_archives_that_swell_are_refused_by_what_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_BYTES", 1 << 20)
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 100)
    bomb = made.zipped({"word/document.xml": bytes(2 << 20)})
    assert failure(bomb, "docx") == (
        "TooLarge",
        "word/document.xml in its archive unpacks to 2 MB or more: too large to read",
    )
    # One that declares less is read as far as it says.
    at = bomb.rindex(b"PK\x01\x02") + 24
    assert failure(bomb[:at] + (1000).to_bytes(4, "little") + bomb[at + 4 :], "docx")[0] == "Damaged"
    many = made.zipped({f"a{number}": b"" for number in range(101)})
    assert failure(many, "docx") == ("TooLarge", "its archive has 101 members: 100 at most are read")


def test_entities_are_not_expanded() -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))

    def word(entities: str) -> bytes:
        body = "<w:body><w:p><w:r><w:t>a&x;b</w:t></w:r></w:p></w:body>"
        return made.zipped(
            {"word/document.xml": f'<!DOCTYPE a [{entities}]><w:document xmlns:w="{w}">{body}</w:document>'}
        )

    outside = parse(word('<!ENTITY x SYSTEM "file:///etc/hostname">'), "docx")
    assert [block.text for block in outside.blocks] == ["a"]
    assert failure(word(f'<!ENTITY a0 "ha">{laughs}<!ENTITY x "&a9;">'), "docx")[0] == "Damaged"
