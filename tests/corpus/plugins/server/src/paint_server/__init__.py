from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points

COLOURS = {point.name: point.load() for point in entry_points(group="paint.colours")}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(", ".join(f"{name} is {colour()}" for name, colour in sorted(COLOURS.items())).encode())


def main() -> None:
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
