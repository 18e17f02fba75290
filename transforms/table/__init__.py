"""The feature table on disk: schema, parts, ledger, log, vectors; result tables and exports."""
