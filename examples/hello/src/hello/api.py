"""The service: `GET /` greets, `GET /healthz` says that it is well."""

import os
import sys

from fastapi import FastAPI

app = FastAPI(title="hello")


@app.get("/")
def greet(name: str = "world") -> dict[str, str]:
    """Greets, and tells what it runs on."""
    return {
        "hello": name,
        "python": ".".join(map(str, sys.version_info[:3])),
        "user": str(os.getuid()),
    }


@app.get("/healthz")
def health() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "ok"}
