"""Reads files that are one document each: Markdown, HTML, PDF, Office, notebooks, mail, source code."""
