"""Answers how many authorities it trusts, and whether the company's is among them."""

import http.server
import json
import ssl


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer for every path."""

    def do_GET(self):
        """Counts the authorities."""
        names = [dict(pair[0] for pair in ca["subject"]).get("organizationName") for ca in ssl.create_default_context().get_ca_certs()]
        body = json.dumps({"authorities": len(names), "company": "Example Company" in names}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
