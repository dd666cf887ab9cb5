"""The service."""

from importlib.metadata import distributions, version

from dateutil import parser
from flask import Flask

app = Flask(__name__)


@app.get("/")
def crew():
    """Tells its version, that the group is there, and that development tools and Poetry are not."""
    names = {d.name.lower() for d in distributions()}
    return {"version": version("crew"), "year": parser.parse("2026-01-02").year, "strangers": sorted(names & {"pytest", "poetry", "pip"})}
