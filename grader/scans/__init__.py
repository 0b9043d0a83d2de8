"""Sheets that come back on paper: pages found by their codes, put straight, and cut into boxes.

`opening` and `worker` read files; `codes`, `registering` and `frames` find what lies where; `scanning` goes through all
of it, and `index` keeps what was found. OpenCV and its like are imported here only, and only by the modules that see.
"""
