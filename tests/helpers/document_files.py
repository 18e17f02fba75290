"""Makes documents of each format with other programs than those that read them, or by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime


def docx(*, title: str, parts: Sequence[tuple[str, str]], table: Sequence[Sequence[str]] = ()) -> bytes:
    """A document of Word: paragraphs, each with its style ("Heading 1", "Normal", "List Bullet"), then a table."""
    from docx import Document

    made = Document()
    made.core_properties.title = title
    made.core_properties.modified = datetime(2024, 1, 31, 12)
    for style, text in parts:
        made.add_paragraph(text, style=style)
    if table:
        grid = made.add_table(len(table), len(table[0]))
        for row, values in zip(grid.rows, table, strict=True):
            for cell, value in zip(row.cells, values, strict=True):
                cell.text = value
    return _saved(made)


def pptx(slides: Sequence[tuple[str, str, str]]) -> bytes:
    """A presentation: title, text and notes of each slide."""
    from pptx import Presentation

    made = Presentation()
    for title, text, notes in slides:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return _saved(made)


def _saved(made: object) -> bytes:
    stream = io.BytesIO()
    made.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def odt(body: str, *, title: str = "", manifest: str = "<manifest/>") -> bytes:
    """A document of OpenDocument with some XML as its text."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_ODF}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
            "meta.xml": f"<office:document-meta {_ODF}><office:meta><dc:title>{title}</dc:title>"
            "<dc:date>2024-01-31T12:00:00</dc:date></office:meta></office:document-meta>",
            "META-INF/manifest.xml": manifest,
        }
    )


def epub(pages: Mapping[str, str], *, spine: Sequence[str], title: str) -> bytes:
    """A book of pages of XHTML, of which those of the spine are read."""
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages)
    references = "".join(f'<itemref idref="{name}"/>' for name in spine)
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}'
        f"</dc:title></metadata><manifest>{items}</manifest><spine>{references}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="in/book.opf"/>'
        "</rootfiles></container>"
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "in/book.opf": package,
            **{f"in/{name}": f"<html><body>{body}</body></html>" for name, body in pages.items()},
        }
    )


def pdf(
    pages: Sequence[Sequence[tuple[float, str]]],
    *,
    title: str = "",
    outline: Sequence[tuple[str, int] | tuple[str, int, float]] = (),
    picture: bool = False,
    encrypted: bool = False,
) -> bytes:
    """A PDF by hand. A page is lines from top to bottom, each the size of its letters and its text; "" leaves a line out.

    Args:
      outline: titles of bookmarks, the pages (from 0) that they lead to, and where on it, counted upwards (its top).
      picture: each page shows a picture, as scanned ones do.
      encrypted: it asks for a password that nobody knows.
    """
    objects: list[bytes] = []

    def add(content: str | bytes) -> int:
        objects.append(content.encode("latin-1") if isinstance(content, str) else content)
        return len(objects)

    add("<< /Type /Catalog /Pages 2 0 R" + (" /Outlines 5 0 R" if outline else "") + " >>")
    add("")  # the pages, when they are known
    add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    add(f"<< /Title ({title}) /ModDate (D:20240131120000+01'00') >>")
    add("")  # the outline
    image = add(
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\n"
        b"stream\n\x80\nendstream"
    )
    kids = []
    for lines in pages:
        height, commands = 760.0, ["q 500 0 0 700 50 50 cm /Im0 Do Q"] if picture else []
        for size, text in lines:
            escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            if text:
                commands.append(f"BT /F1 {size} Tf 72 {height} Td ({escaped}) Tj ET")
            height -= size * 1.2
        stream = "\n".join(commands).encode("cp1252")
        content = add(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R"
                f" /Resources << /Font << /F1 3 0 R >> /XObject << /Im0 {image} 0 R >> >> >>"
            )
        )
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    first = len(objects) + 1
    for number, (name, page, *top) in enumerate(outline):
        following = f" /Next {first + number + 1} 0 R" if number + 1 < len(outline) else ""
        add(
            f"<< /Title ({name}) /Parent 5 0 R /Dest [{kids[page]} 0 R /XYZ 0 {top[0] if top else 792} 0]{following} >>"
        )
    objects[4] = f"<< /First {first} 0 R /Last {len(objects)} 0 R /Count {len(outline)} >>".encode()
    locked = ""
    if encrypted:
        owner = "<" + "41" * 32 + ">"
        lock = add(f"<< /Filter /Standard /V 1 /R 2 /O {owner} /U {owner} /P -4 >>")
        locked = f" /Encrypt {lock} 0 R /ID [{owner} {owner}]"
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, item or b"null")
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R{locked} >>\nstartxref\n{table}\n%%EOF\n".encode()
    )
    return bytes(out)
