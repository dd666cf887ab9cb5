import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files

from dateutil.parser import parse


def feasts() -> list[tuple[str, str]]:
    with as_file(files(__name__) / "schema.sql") as schema:
        database = sqlite3.connect(":memory:")
        database.executescript(schema.read_text())
    for file in (files(__name__) / "months").iterdir():
        database.execute("INSERT INTO days VALUES (?, ?)", (file.name.removesuffix(".txt"), file.read_text().strip()))
    rows = database.execute("SELECT month, feast FROM days").fetchall()
    return sorted(rows, key=lambda row: parse(f"1 {row[0]} 2026"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write("; ".join(": ".join(row) for row in feasts()).encode())


def main() -> None:
    if "--check" in sys.argv:
        print(feasts())
    else:
        ThreadingHTTPServer(("", 8000), Handler).serve_forever()
