"""A package at the top of the project."""
