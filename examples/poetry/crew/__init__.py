"""Who is on board."""
