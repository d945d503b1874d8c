"""The report: one HTML file that opens offline, with plots that can be zoomed and every figure also as a table.

`write.py` is the way in. Figures are made as the plain JSON that plotly.js draws, not through plotly's Python classes:
these take a second to import and put nothing into the page; the tests hold every figure against them instead.
"""
