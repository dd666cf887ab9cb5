from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

from ._root import root


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        try:
            psycopg2.connect("host=localhost port=1 connect_timeout=1")
        except psycopg2.OperationalError:
            self.wfile.write(f"{root(float(self.path[1:]))}, and libpq {psycopg2.__libpq_version__ // 10000} asked in vain".encode())


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
