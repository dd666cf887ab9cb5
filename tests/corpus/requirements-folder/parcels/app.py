from flask import Flask
from markupsafe import escape

app = Flask(__name__)


@app.get("/track/<number>")
def track(number: str):
    return f"parcel {escape(number)} is on its way"
