from flask import Flask

from . import pages


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_mapping(CURRENCY="EUR")
    app.config.from_prefixed_env("SHOP")
    app.register_blueprint(pages.blueprint)
    return app
