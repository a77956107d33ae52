"""Figures for screen, paper and screen readers: a picture, a sentence that says it, and its numbers."""

from il6review.figures.directions import DirectionRow, effect_direction
from il6review.figures.display import Figure
from il6review.figures.forest import ForestRow, forest
from il6review.figures.stages import StageRow, bound_curve, stage_plot

__all__ = [
    "DirectionRow",
    "Figure",
    "ForestRow",
    "StageRow",
    "bound_curve",
    "effect_direction",
    "forest",
    "stage_plot",
]
