"""How a head is fitted: linear and MLP solvers, fine-tuning of the encoder."""
