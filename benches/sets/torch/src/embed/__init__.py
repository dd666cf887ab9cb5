"""Embeds texts."""
