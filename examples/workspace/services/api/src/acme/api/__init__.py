"""A service of a workspace: one namespace package spread over several members."""

import os
from pathlib import Path

from acme.common import NAME
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def writable(folder: str) -> bool:
    """Whether the service can write to a folder."""
    return os.access(folder, os.W_OK)


async def home(request):
    """Tells what it is made of."""
    return JSONResponse(
        {
            "common": NAME,
            "edition": os.environ["EDITION"],
            "built": Path("built.txt").read_text(),
            "page": Path("web/index.html").read_text().strip(),
            "writable": {"data": writable("/data"), "app": writable("/app")},
        }
    )


app = Starlette(routes=[Route("/", home)])
