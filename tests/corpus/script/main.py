from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from quotes import quote


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(quote().encode())


if __name__ == "__main__":
    print("listening", flush=True)
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
