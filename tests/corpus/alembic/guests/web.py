import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from .tables import engine, guests


def index(request):
    with engine.connect() as connection:
        return JSONResponse(list(connection.scalars(sa.select(guests.c.name))))


app = Starlette(routes=[Route("/", index)])
