"""Statistics of the review: numbers in, numbers out. No file, no plot, no table; callers import the modules.

Functions take plain numbers and sequences of numbers and give frozen dataclasses. Whatever cannot be computed
raises a `StatsError` that names the argument and the row; nothing returns nan.
"""
