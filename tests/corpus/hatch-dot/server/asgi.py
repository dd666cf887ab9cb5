from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import words


async def index(request):
    return PlainTextResponse(words.GREETING)


app = Starlette(routes=[Route("/", index)])
