"""Figures for screen, paper and screen readers: a picture, a sentence that says it, and its numbers."""

from il6review.figures.albatross import AlbatrossRow, albatross
from il6review.figures.directions import DirectionRow, effect_direction
from il6review.figures.display import Figure
from il6review.figures.flow import FlowStep, flow
from il6review.figures.forest import ForestRow, before_after, forest
from il6review.figures.funnel import FunnelRow, funnel
from il6review.figures.heat import heat_map
from il6review.figures.overview import OverviewRow, overview
from il6review.figures.ranks import RankRow, rank_plot
from il6review.figures.responders import ResponderRow, responders
from il6review.figures.stacked import BarRow, stacked_bars
from il6review.figures.stages import StageRow, bound_curve, stage_plot
from il6review.figures.timeline import TimelineRow, timeline

__all__ = [
    "AlbatrossRow",
    "BarRow",
    "DirectionRow",
    "Figure",
    "FlowStep",
    "ForestRow",
    "FunnelRow",
    "OverviewRow",
    "RankRow",
    "ResponderRow",
    "StageRow",
    "TimelineRow",
    "albatross",
    "before_after",
    "bound_curve",
    "effect_direction",
    "flow",
    "forest",
    "funnel",
    "heat_map",
    "overview",
    "rank_plot",
    "responders",
    "stacked_bars",
    "stage_plot",
    "timeline",
]
