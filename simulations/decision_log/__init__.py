"""Playing the extender's decision log again: same state, same questions, and whether the answers are the same."""
