from flask import Flask, jsonify
from orders_models import Order

app = Flask(__name__)


@app.get("/orders")
def orders():
    return jsonify([str(Order("tea", 350)), str(Order("biscuits", 199))])
