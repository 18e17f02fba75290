"""Reads mails: subject, names and text; of several versions of a text the plain one. Attachments are named, not read."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from transforms.common.errors import ItemError
from transforms.corpus.documents import html
from transforms.corpus.documents.building import Builder
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.letters import decode, words

_HEADERS = ("From", "To", "Cc", "Date")
_DEEPEST = 20
_LONGEST_HEADER = 2000
_FIELD = re.compile(rb"[!-9;-~]{1,80}:")


def read(data: bytes) -> Document:
    """The document of a mail; its key is its message's id.

    Raises:
      ItemError: it is no mail.
    """
    if not _FIELD.match(data.lstrip(b"\xef\xbb\xbf\r\n").removeprefix(b">")) and not data.startswith(b"From "):
        raise ItemError("WrongFormat", "it is no mail: it does not begin with headers")
    message = message_from_bytes(data, policy=policy.compat32)
    builder = Builder()
    subject = _header(message, "Subject")
    builder.title = subject or None
    named = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    builder.add("\n".join([*([f"Subject: {subject}"] if subject else []), *named]))
    attached: list[str] = []
    _add(message, builder, attached, 0)
    if attached:
        builder.add("Attached: " + ", ".join(attached))
    return builder.document(modified=_date(message), key=_header(message, "Message-ID") or None)


def _add(part: Message, builder: Builder, attached: list[str], depth: int) -> None:
    if depth > _DEEPEST:
        raise ItemError("Damaged", f"its parts are nested more than {_DEEPEST} deep")
    kind = part.get_content_type()
    parts = part.get_payload()
    if isinstance(parts, list):
        inner = [one for one in parts if isinstance(one, Message)]
        if kind == "multipart/alternative" and inner:
            plain = next((one for one in inner if one.get_content_type() == "text/plain" and _text(one).strip()), None)
            inner = [plain] if plain is not None else inner[-1:]
        if kind == "message/rfc822" and inner and depth:
            builder.add(f"Subject: {_header(inner[0], 'Subject')}")
        for one in inner:
            _add(one, builder, attached, depth + 1)
        return
    name = _file_name(part)
    if part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
        if name or part.get_content_disposition() == "attachment":
            attached.append(name or kind)
        return
    if kind == "text/html":
        for block in html.read_text(_text(part)).blocks:
            builder.add(block.text)
    else:
        for paragraph in re.split(r"\n[ \t]*\n", _text(part)):
            builder.add(paragraph)


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset()
    if part.get_content_type() == "text/html" and charset is None:
        charset = html.declared(data)
    return decode(data.replace(b"\0", b""), charset)


def _header(message: Message, name: str) -> str:
    """A header's value on one line, its encoded words decoded; "" where it is not there."""
    value = next((value for key, value in message.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    # Bytes that are not ASCII, which no header should hold, are of the encoding that they seem to be.
    raw = decode(str(value)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape"))
    try:
        pieces = decode_header(raw)
    except (ValueError, LookupError):
        return words(raw)
    text = ""
    for piece, charset in pieces:
        if isinstance(piece, bytes):
            text += piece.decode("raw-unicode-escape") if charset is None else decode(piece, charset)
        else:
            text += piece
    return words(text)


def _file_name(part: Message) -> str | None:
    try:
        name = part.get_filename()
    except (ValueError, LookupError):
        return None
    return words(name)[:200] if name else None


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(message, "Date"))
        found = found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return found
