"""Names the columns that a table of documents has beside those of all tables."""

from __future__ import annotations

import pyarrow as pa

DOCUMENT_COLUMNS = pa.schema(
    [
        pa.field("title", pa.string()),
        pa.field("heading", pa.string()),
        pa.field("page", pa.int32()),
        pa.field("position", pa.int64()),
        pa.field("modified", pa.timestamp("us", "UTC")),
    ]
)
"""`title` of the document; `heading`: the titles of the sections, " > " between them; `page` or slide from 1; `position`:
characters of the document's text before the item; `modified`: when the file was changed, or the mail was written."""

BETWEEN_HEADINGS = " > "


def document_columns_in(schema: pa.Schema) -> list[str]:
    """The names of these columns, where a table has all of them."""
    names = DOCUMENT_COLUMNS.names
    return list(names) if {*names} <= {*schema.names} else []
