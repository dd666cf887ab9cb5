from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from .settings import Settings, settings

# The settings are read when the module is imported: without a key it does not import.
CONFIG = settings()


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.readings = dict.fromkeys(CONFIG.cities, 12.5)
    yield
    app.state.readings.clear()


app = FastAPI(title="Weather", lifespan=lifespan)


@app.get("/readings")
async def readings(request: Request, config: Annotated[Settings, Depends(settings)]) -> dict[str, float]:
    assert config.api_key.get_secret_value()
    return request.app.state.readings
