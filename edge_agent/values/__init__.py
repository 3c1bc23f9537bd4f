"""Value types that the rooms hand to each other: frozen, without behaviour beyond their own arithmetic.

Times called `at` are event time: seconds since 1970-01-01 UTC, derived from the stream's own timestamps,
never from the clock of the reader. Boxes are `(x0, y0, x1, y1)` in pixels of the full-resolution frame.
"""
