"""Lets browsers upload to a bucket."""
