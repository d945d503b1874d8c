"""`make mutants`: does a test fail when a line of the planner is wrong?

Every small change of the planner's code (`changes`) is tried in a forked child with the tests that run the changed
lines; a change that no test notices survives. The answer is a share of killed ones a file, and the survivors to read.

Own code, for want of speed: mutmut 3.8 spent ten minutes on this layout before its first mutant, and sees only what is
inside functions, though half of the planner's numbers are defaults and constants; cosmic-ray starts pytest anew, with
numpy and scipy, for each of three thousand changes. Here both are imported once, and most changes are judged in 0.1 s.
"""
