"""What is read: sources and their formats become items and dead letters."""
