"""Texts for the pipelines' tests: a spun one with its original, and one that nobody spun."""

from __future__ import annotations

SPUN = (
    "Police stated the boys have been in the constructing.\n"
    "The mayor stated on Monday that many folks had been injured within the fireplace.\n"
)
ORIGINAL = (
    "Police said the men were in the building.\n"
    "The mayor said on Monday that many people had been injured in the fire.\n"
)
CLEAN = (
    "The council will meet on Thursday to vote on the new bridge, which engineers say is needed because "
    "the old one was closed to heavy lorries in March. Residents have asked for a path for bicycles.\n"
)
