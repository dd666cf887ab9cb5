"""A service of one file, with nothing but a requirements.txt beside it."""

from bottle import default_app, route


@route("/")
def home():
    """Says how it was pinned."""
    return {"pinned": "by pip"}


app = default_app()
