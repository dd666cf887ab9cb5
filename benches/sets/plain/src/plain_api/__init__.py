"""The smallest of the services."""
