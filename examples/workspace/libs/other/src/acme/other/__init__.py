"""A shared package of the workspace."""

NAME = "other"
