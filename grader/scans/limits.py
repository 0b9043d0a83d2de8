"""What reading scans may cost."""

MOST_PIXELS = 250_000_000
"""Of a picture: a page at 1,200 dpi has 140 million."""

LARGEST_PICTURE = 9_000_000
"""Pixels that a picture is made smaller to: a page at 300 dpi has as many."""

LARGEST_FILE = 2_000_000_000
"""Bytes of a file on disk: a class's stack may be one PDF."""

LARGEST_PACKED = 500_000_000
"""Bytes of a file in an archive, unpacked."""

MOST_PAGES = 10_000
"""Of one file."""

MOST_FILES = 20_000
"""Of one archive with the archives in it."""

DEEPEST = 3
"""Archives inside archives."""

MEMORY = 2_000_000_000
"""Bytes that the process that reads files may address, where the system can limit that."""

SECONDS = 30.0
"""Of computing that one page may take to be read; by the clock three times as many."""
