"""GPU packing: pods of a GPU trace arrive one by one and stay, and how much of the GPUs gets allocated."""
