"""By what a sheet's PDF says whose it is: written when it is printed, looked for when it comes back."""

SHEET_FIELD = "sheet_id"
"""Every page's hidden field: `sheet_id` on the first, `sheet_id_2` on the second and so on."""

BOXES = "boxes: "
"""Before the number of a page's boxes, in the name of its hidden field's widget."""

SHEET_KEY = "GradpathSheet"
"""The key of the sheet's id in the document's information."""
