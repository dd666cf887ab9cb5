import gettext
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

LOCALE = Path(__file__).parent / "locale"


def tell(language: str) -> str:
    catalogue = gettext.translation("clock", LOCALE, languages=[language])
    noon = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    return catalogue.gettext("It is") + " " + format_datetime(noon, "EEEE, HH:mm zzzz", locale=language)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(tell(self.path.strip("/")).encode())


def main() -> None:
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
