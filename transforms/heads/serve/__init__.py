"""Published models in use: predictions, and conversion for other runtimes."""
