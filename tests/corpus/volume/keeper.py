import os
import sqlite3
from pathlib import Path

from flask import Flask


def make() -> Flask:
    data = Path(os.environ["KEEPER_DATA"])
    database = sqlite3.connect(data / "keeper.db", check_same_thread=False, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE IF NOT EXISTS visits (id INTEGER PRIMARY KEY)")
    app = Flask(__name__)

    @app.get("/")
    def index():
        database.execute("INSERT INTO visits DEFAULT VALUES")
        (visits,) = database.execute("SELECT count(*) FROM visits").fetchone()
        (data / "last.txt").write_text(str(visits))
        return f"visit {visits}, kept in {', '.join(sorted(f.name for f in data.glob('*.[dt]*')))}"

    return app
