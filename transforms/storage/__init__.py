"""Bytes on any file system, whole or absent; numbered versions; TFRecord framing."""
