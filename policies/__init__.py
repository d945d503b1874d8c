"""The deciding code: one placement policy a file, the vocabulary in `model`, the machinery in `engine`.

Nothing in here does I/O, reads a clock or rolls dice, so that the extender, the simulator and the autoscaler
get the same answer from the same inputs.
"""
