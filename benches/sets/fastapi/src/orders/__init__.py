"""Takes orders, with most of what fastapi[standard] brings."""
