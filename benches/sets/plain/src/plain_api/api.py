"""The service: one endpoint and a health check."""

from fastapi import FastAPI

app = FastAPI(title="plain")


@app.get("/")
def greet(name: str = "world") -> dict[str, str]:
    """Greets."""
    return {"hello": name}


@app.get("/healthz")
def health() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "ok"}
