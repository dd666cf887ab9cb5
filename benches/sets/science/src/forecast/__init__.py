"""Forecasts from a small table."""
