"""Kinds of scenarios, one file each; the file's name, with `-` for `_`, is what `kind:` of a scenario says."""
