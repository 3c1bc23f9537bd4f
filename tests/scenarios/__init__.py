"""What ought to happen: people, things and states over time, the incidents that follow from them, and the core's own.

`language.py` says what is there, `perception.py` what the models see of it, `truth.py` what the rules ought to make
of it, from the truth and the plans alone. The scenarios themselves stand in one file for each family of rules.
"""
