from corp_common import invoice
from flask import Flask

app = Flask(__name__)


@app.get("/invoices/<int:number>")
def invoices(number: int):
    return invoice(number)
