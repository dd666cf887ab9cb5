from distutils.util import strtobool
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pkg_resources


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        version = pkg_resources.get_distribution("old-shop").version
        prices = pkg_resources.resource_string(__name__, "prices.csv").decode().strip()
        self.wfile.write(f"{version}: {prices} {strtobool('yes')}".encode())


def main() -> None:
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
