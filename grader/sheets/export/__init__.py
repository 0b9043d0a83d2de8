"""A question and its drawing for documents of others: LaTeX, SVG, Markdown."""
