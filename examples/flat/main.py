"""The entry point, a module at the top of the project."""

from shop.catalog import listing
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def catalog(request):
    """Lists what is for sale."""
    return JSONResponse(listing())


app = Starlette(routes=[Route("/", catalog)])
