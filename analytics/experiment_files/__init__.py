"""Reading a past experiment from a file: which column is what, which rows count, what it says.

`reading.read_experiment` is the one door. Pure but for the words: no models, no clock, no clinic.
The file's mapping and the answer for machines are told in docs/experiments.md.
"""
