from importlib.metadata import version

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ._version import __version__


async def index(request):
    return PlainTextResponse(f"{version('versioned')} is {__version__}")


app = Starlette(routes=[Route("/", index)])
