"""Opens a source as a stream of bytes: decompressed, decoded to UTF-8, cut into blocks of whole records."""
