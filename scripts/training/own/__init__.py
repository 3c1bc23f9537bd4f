"""A kitchen's own labelled frames: read from three formats, named as we name things, checked, split, judged."""
