"""The fitting of a head: linear and MLP solvers, fine-tuning of the encoder."""
