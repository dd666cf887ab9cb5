"""A shop of one page."""
