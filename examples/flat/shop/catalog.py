"""What is for sale, read from a file that ships beside the code."""

import json
import os
from pathlib import Path

ASSETS = Path(os.environ.get("SHOP_ASSETS", "assets"))


def listing() -> dict:
    """The catalog, and the price tag's currency from the environment."""
    items = json.loads((ASSETS / "items.json").read_text())
    return {"items": items, "currency": os.environ["CURRENCY"]}
