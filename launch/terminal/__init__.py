"""What a terminal shows: progress, text, tables of hits, and silence from the libraries."""
