"""What is done of what was decided: scale, resize, companions over edge; a change by somebody else is kept."""
