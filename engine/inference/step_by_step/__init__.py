"""Computations of attention taken apart into named quantities, every number of them open to change."""
