"""Which rows train and test, with which labels, and the learnt transform of their features."""
