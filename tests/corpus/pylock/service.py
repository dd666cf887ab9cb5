import logging

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

logger = logging.getLogger("factory")


async def index(request: Request) -> JSONResponse:
    logger.info("made by %s", request.app.state.maker)
    return JSONResponse({"maker": request.app.state.maker})


def create() -> Starlette:
    app = Starlette(routes=[Route("/", index)])
    app.state.maker = "the factory"
    return app
