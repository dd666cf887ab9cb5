"""The service: an order as JSON or as a form, and a page that is rendered from a template."""

import os

from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse
from jinja2 import Template
from pydantic import BaseModel, EmailStr


class Order(BaseModel):
    """What a customer wants."""

    email: EmailStr
    amount: int


PAGE = Template("<p>{{ order.email }} pays {{ order.amount }} {{ currency }}</p>")
CURRENCY = os.environ.get("CURRENCY", "EUR")
app = FastAPI(title="orders")


@app.get("/healthz")
def health() -> dict[str, str]:
    """Answers when a page can be rendered."""
    page = PAGE.render(order=Order(email="tea@example.com", amount=2), currency=CURRENCY)
    return {"status": "ok", "page": page}


@app.post("/orders")
def create(order: Order) -> Order:
    """Takes an order as JSON."""
    return order


@app.post("/form", response_class=HTMLResponse)
def form(email: EmailStr = Form(), amount: int = Form()) -> str:
    """Takes an order as a form."""
    return PAGE.render(order=Order(email=email, amount=amount), currency=CURRENCY)
