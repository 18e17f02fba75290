"""The HTTP service: indexes and models answer over HTTP, and a search page asks them.

`catalog` names what is served, `published` follows the versions of each, `batches` puts concurrent requests together, `answers`
computes, `requests` checks what is asked, `app` routes, `guards` protects, `server` listens.
"""
