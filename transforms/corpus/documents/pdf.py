"""Reads PDF by PDFium: paragraphs from the places of lines, headings from the outline or from the sizes of letters."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from statistics import median
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from transforms.common.errors import ItemError
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import words

_BROKEN = re.compile(r"(?P<before>\w+)(?:[\x02\ufffe\xad]\n?|-\n)(?P<after>[^\W\d_]+)")
_HYPHENS = re.compile(r"[\x02\ufffe]")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_ENDS = (".", "!", "?", ":", ";", "”", '"', ")", "]", "。")
_BULLET = re.compile(r"[•◦▪‣●○■□–·∙]\s|\(?\d{1,3}[.)]\s|\[\d{1,3}\]\s")
_NO_TITLE = re.compile(
    r"untitled|microsoft (word|powerpoint)|.*\.(docx?|dvi|tex|indd|pdf|pptx?|rtf|odt|qxd|ps|html?)\Z|\W*\Z|powerpoint",
    re.I,
)
_NUMBER = re.compile(r"(?:(?i:chapter|section|part|appendix)\s+)?(?:\d{1,3}|[A-Z]{1,4})(?:\.\d+)*[.:)]?\s+")
_LARGER = 1.12
_LONGEST_HEADING = 160
_MOST_SIZES = 4
_MOST_OUTLINE = 20_000
_MOST_DEPTH = 12
_SHORT = 3
"""Letters of a title that must be a text's only ones: many begin with them."""
_NEAR = 3.0
"""Points that a bookmark may lead below the top of its title."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; `height` is that of its letters, `first` of the first of them, `top` counts upwards."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    height: float
    first: float


@dataclass(slots=True)
class _Paragraph:
    page: int
    height: float
    text: str
    top: float


@dataclass(frozen=True, slots=True)
class _Bookmark:
    """A title of the outline; `top`: where on its page it leads, counted upwards, where that is said."""

    level: int
    title: str
    top: float | None


def read(data: bytes) -> Document:
    """The document of a PDF.

    Raises:
      ItemError: it is encrypted or damaged, or its pages are pictures of text.
    """
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ItemError("Encrypted", "is encrypted: save it without a password") from error
        raise ItemError("Damaged", f"it cannot be opened as a PDF: {error}") from error
    pages = len(pdf)
    paragraphs: list[_Paragraph] = []
    failed = pictures = 0
    for number in range(pages):
        try:
            page = pdf[number]
            try:
                lines = _lines(page)
                pictures += not lines and _has_picture(page)
            finally:
                page.close()
        except pypdfium2.PdfiumError:
            failed += 1
            continue
        paragraphs += _paragraphs(lines, number)
    if not paragraphs:
        if failed:
            raise ItemError("Damaged", f"{failed:,} of its {pages:,} pages cannot be read")
        if pictures:
            count = f"{pictures:,} scanned {'page' if pictures == 1 else 'pages'}"
            raise ItemError("ScannedPages", f"{count} without text; needs OCR (ocrmypdf adds the text)")
    builder = Builder()
    _build(builder, _joined_words(paragraphs), _outline(pdf))
    title = words(pdf.get_metadata_value("Title"))
    builder.title = title if title and not _NO_TITLE.match(title) else _largest(paragraphs)
    return builder.document(modified=_moment(pdf.get_metadata_value("ModDate")))


def _largest(paragraphs: Sequence[_Paragraph]) -> str | None:
    """The text in the largest letters of the first page, where they are larger than others."""
    first = [one for one in paragraphs if one.page == paragraphs[0].page]
    largest = max((_size(one.height) for one in first), default=0.0)
    if largest not in _sizes_of_headings(paragraphs):
        return None
    return next((one.text for one in first if _size(one.height) == largest and _may_be_heading(one.text)), None)


def _lines(page: Any) -> list[_Line]:
    text_page = page.get_textpage()
    try:
        text = text_page.get_text_range()
        lines = []
        place = 0
        for line in text.split("\r\n"):
            shown = line.strip()
            if shown:
                start = place + len(line) - len(line.lstrip())
                end = place + len(line.rstrip()) - 1
                first, middle, last = (_box(text_page, at) for at in (start, (start + end) // 2, end))
                if first is not None:
                    left, bottom, top = first[0], first[2], first[3]
                    # A bullet or a sign of mathematics is of another size than the line.
                    height = median([box[3] - box[2] for box in (first, middle, last) if box is not None])
                    lines.append(_Line(shown, left, last[1] if last else left, top, bottom, height, top - bottom))
                else:
                    lines.append(_Line(shown, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
            # PDFium counts in units of UTF-16.
            place += len(line) + 2 + (0 if line.isascii() else sum(letter > "\uffff" for letter in line))
        return lines
    finally:
        text_page.close()


def _box(text_page: Any, place: int) -> tuple[float, float, float, float] | None:
    """Left, right, bottom and top of a letter."""
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, place)
    if index < 0:
        return None
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
        return None
    return box.left, box.right, min(box.bottom, box.top), max(box.bottom, box.top)


def _has_picture(page: Any) -> bool:
    return next(iter(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3)), None) is not None


def _paragraphs(lines: Sequence[_Line], page: int) -> list[_Paragraph]:
    steps = [above.bottom - below.bottom for above, below in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0.0])
    right = max((line.right for line in lines), default=0.0)
    found: list[_Paragraph] = []
    last: _Line | None = None
    for line in lines:
        if last is not None and not _begins(line, last, usual, right):
            apart = last.bottom - line.bottom > 0.3 * line.height or line.bottom > last.top
            found[-1].text += ("\n" if apart else " ") + line.text
        else:
            found.append(_Paragraph(page, line.height, line.text, line.top))
        last = line
    return found


def _is_near(height: float, other: float) -> bool:
    return 0.89 < (height or 1.0) / (other or 1.0) < _LARGER


def _begins(line: _Line, last: _Line, usual: float, right: float) -> bool:
    """Whether a paragraph begins with a line."""
    is_same = _is_near(line.height, last.height) or _is_near(line.first, last.first)
    if not is_same or _BULLET.match(line.text):
        # A smaller letter on the same line is an index or an exponent.
        return abs(line.bottom - last.bottom) > 0.6 * max(last.height, line.height)
    step = last.bottom - line.bottom
    ended = last.text.endswith(_ENDS)
    if step < -0.5 * line.height:
        return ended or line.text[:1].isupper()
    if step > 1.35 * max(usual, line.height):
        return True
    if not ended:
        return False
    return line.left > last.left + 0.7 * line.height or last.right < right - 8 * line.height


def _joined_words(paragraphs: Sequence[_Paragraph]) -> Sequence[_Paragraph]:
    """The paragraphs with words in one piece that a hyphen parts at the end of a line, but for those that are written so."""
    known = Counter(word.lower() for one in paragraphs for word in re.findall(r"\w+-\w+", one.text))

    def join(found: re.Match[str]) -> str:
        before, after = found["before"], found["after"]
        is_word = known[f"{before}-{after}".lower()] or after[0].isupper() or before[-1].isdigit()
        return f"{before}-{after}" if found[0][len(before)] != "\xad" and is_word else f"{before}{after}"

    for one in paragraphs:
        one.text = _HYPHENS.sub("-", _BROKEN.sub(join, one.text)).translate(_LIGATURES)
    return paragraphs


def _outline(pdf: Any) -> dict[int, list[_Bookmark]]:
    """The bookmarks of each page."""
    found: dict[int, list[_Bookmark]] = {}
    try:
        for number, mark in enumerate(pdf.get_toc(max_depth=_MOST_DEPTH)):
            if number >= _MOST_OUTLINE:
                break
            target = mark.get_dest()
            page = target.get_index() if target is not None else None
            title = words(mark.get_title())
            if page is not None and title:
                found.setdefault(page, []).append(_Bookmark(mark.level + 1, title, _top_of(target)))
    except (pypdfium2.PdfiumError, UnicodeDecodeError, ValueError):
        pass
    return found


def _top_of(target: Any) -> float | None:
    kind, values = target.get_view()
    if kind == pdfium.PDFDEST_VIEW_XYZ and len(values) > 1:
        return float(values[1]) or None
    return float(values[0]) if kind == pdfium.PDFDEST_VIEW_FITH and values else None


def _build(builder: Builder, paragraphs: Iterable[_Paragraph], outline: dict[int, list[_Bookmark]]) -> None:
    paragraphs = list(paragraphs)
    sizes = {} if outline else _sizes_of_headings(paragraphs)
    on_page: dict[int, list[_Paragraph]] = {}
    for one in paragraphs:
        on_page.setdefault(one.page, []).append(one)
    for page in sorted({*on_page, *outline}):
        here = on_page.get(page, [])
        builder.page = page + 1
        marks = outline.get(page, [])
        begin: dict[int, list[_Bookmark]] = {}
        start = 0
        for mark in marks:
            place = _place_of(mark, here, start)
            begin.setdefault(place, []).append(mark)
            start = place + (place < len(here) and _is_title(here[place].text, mark.title))
        for number, one in enumerate(here):
            for mark in begin.get(number, ()):
                own = words(one.text)
                matched = _is_title(own, mark.title) and len(own) < len(mark.title) + 16
                builder.heading(mark.level, own if matched else mark.title, shown="")
            level = sizes.get(_size(one.height), 0)
            if level and _may_be_heading(one.text):
                builder.heading(level, one.text)
            else:
                builder.add(one.text)
        for mark in (mark for place in begin if place >= len(here) for mark in begin[place]):
            builder.heading(mark.level, mark.title, shown="")


def _place_of(mark: _Bookmark, paragraphs: Sequence[_Paragraph], start: int) -> int:
    """Which paragraph of its page a bookmark leads to: the one that is its title, or has it in a line; else by the place."""
    rest = range(start, len(paragraphs))
    for is_it in (lambda text: _is_title(text, mark.title), lambda text: _has_title(text, mark.title)):
        place = next((n for n in rest if is_it(paragraphs[n].text)), None)
        if place is not None:
            return place
    if mark.top is None:
        return start
    return next((n for n in rest if paragraphs[n].top <= mark.top + _NEAR), len(paragraphs))


def _may_be_heading(text: str) -> bool:
    letters = sum(letter.isalpha() for letter in text)
    return (
        len(text) <= _LONGEST_HEADING
        and letters > 1
        and letters > 0.5 * len(text)
        and not text.endswith((".", ",", ";"))
    )


def _has_title(text: str, title: str) -> bool:
    """Whether a line of a text begins with a title."""
    return any(_is_title(line, title) for line in text.split("\n"))


def _is_title(text: str, title: str) -> bool:
    """Whether a text begins with a title, whatever their numbers, blanks and case."""
    own = _spellings(text[: 2 * len(title) + 40])
    wanted = [spelling for spelling in _spellings(title) if spelling]
    return any(one in own or (len(one) > _SHORT and any(each.startswith(one) for each in own)) for one in wanted)


def _spellings(text: str) -> tuple[str, str]:
    """A text in small letters without blanks, as it is, and without the number that it may begin with."""
    text = words(text)
    number = _NUMBER.match(text)
    return tuple(re.sub(r"\W+", "", one).lower() for one in (text, text[number.end() :] if number else text))  # type: ignore[return-value]


def _size(height: float) -> float:
    return round(height * 2) / 2


def _sizes_of_headings(paragraphs: Sequence[_Paragraph]) -> dict[float, int]:
    """The level of headings whose letters are of a size: the few that are larger than those of most of the text."""
    letters: Counter[float] = Counter()
    for one in paragraphs:
        letters[_size(one.height)] += len(one.text)
    if not letters:
        return {}
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size > body * _LARGER), reverse=True)
    if sum(letters[size] for size in larger) > 0.3 * letters.total():
        return {}
    return {size: min(level, _MOST_SIZES) for level, size in enumerate(larger, 1)}


_DATE = re.compile(
    r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(?P<sign>[+-])(?P<hours>\d\d)'?(?P<minutes>\d\d)?)?"
)


def _moment(text: str) -> datetime | None:
    """A time as PDF writes it: `D:20240131120000+01'00'`."""
    found = _DATE.match(text or "")
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
    try:
        moment = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=timezone.utc)
        if found["sign"]:
            offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
            moment += -offset if found["sign"] == "+" else offset
    except (ValueError, OverflowError):
        return None
    return moment
