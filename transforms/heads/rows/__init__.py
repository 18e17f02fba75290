"""The rows of a training: their sides and labels, and the learnt transform of their features."""
