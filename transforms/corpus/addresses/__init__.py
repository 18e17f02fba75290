"""Fetches what is behind http and https addresses: many at once, politely, within limits, from public hosts only."""
