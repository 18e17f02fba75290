"""Estimates what a run would take on many machines: measured rates, list prices, and arithmetic."""
