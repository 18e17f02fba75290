"""Reads and writes files on any file system, whole or not at all; numbered versions; TFRecord framing."""
