"""Cuts documents and long texts into the chunks that become items."""
