import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sqlalchemy
from psycopg import pq

engine = sqlalchemy.create_engine(os.environ.get("DATABASE_URL", "postgresql+psycopg://localhost:1/ledger?connect_timeout=1"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        try:
            engine.connect()
        except sqlalchemy.exc.OperationalError as error:
            self.wfile.write(f"{pq.__impl__}, libpq {pq.version() // 10000}: {error.orig}".encode())


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
