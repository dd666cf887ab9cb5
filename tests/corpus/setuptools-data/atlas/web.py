import json
import os

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

HERE = os.path.dirname(__file__)


async def capitals(request):
    with open(os.path.join(HERE, "data", "capitals.json")) as file:
        return JSONResponse(json.load(file))


app = Starlette(routes=[Route("/capitals", capitals)])
