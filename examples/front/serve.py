"""Answers below /api, and serves the site for every other path."""

import functools
import http.server
import json


class Handler(http.server.SimpleHTTPRequestHandler):
    """One answer of its own, and files."""

    def do_GET(self):
        """Answers."""
        if self.path != "/api":
            super().do_GET()
            return
        body = json.dumps({"service": "front"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("", 8000), functools.partial(Handler, directory="static")).serve_forever()
