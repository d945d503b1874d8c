"""Many simulations: a grid of cells, run by processes or by Ray, the finished ones kept."""
