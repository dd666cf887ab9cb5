import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .sums import answer, square


def results(number: int) -> list[int]:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=answer, args=(number, queue))
    process.start()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
        pooled = sum(pool.map(square, range(number)))
    module = subprocess.run([sys.executable, "-m", "work.one", str(number)], check=True, capture_output=True, text=True)
    script = subprocess.run(["work-one", str(number)], check=True, capture_output=True, text=True)
    return [queue.get(), pooled, int(module.stdout), int(script.stdout)]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(results(int(self.path[1:]))).encode())


def main() -> None:
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
