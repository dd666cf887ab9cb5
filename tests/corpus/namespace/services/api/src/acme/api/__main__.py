from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import acme
from acme.prices import price


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        parts = len(list(acme.__path__))
        self.wfile.write(f"{price(date(2026, 4, 5))} of {price(date(2026, 4, 6))}, from {parts} part(s)\n".encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
