"""What would a specification have done with a recorded load? The part of `edgeward decide --trace`."""
