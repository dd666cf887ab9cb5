"""Serves gRPC."""
