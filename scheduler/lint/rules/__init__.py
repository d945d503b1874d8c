"""The rules, one idea a file. Each is a plain function of what was read; `check.RULES` names them all."""
