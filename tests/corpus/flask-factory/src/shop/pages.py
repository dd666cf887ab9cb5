from flask import Blueprint, current_app, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index():
    return render_template("index.html", currency=current_app.config["CURRENCY"], items=["tea", "biscuits"])


@blueprint.get("/health")
def health():
    return {"status": "ok"}
