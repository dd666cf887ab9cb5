"""The service: fits a line through a table and says how good it is."""

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def table() -> pd.DataFrame:
    """Twelve months of sales, with a little noise."""
    months = np.arange(12)
    noise = np.random.default_rng(1).normal(0, 0.5, 12)
    return pd.DataFrame({"month": months, "sales": 3 * months + 10 + noise})


async def health(request):
    """Answers when all four libraries compute the same slope."""
    data = table()
    model = LinearRegression().fit(data[["month"]], data["sales"])
    line = stats.linregress(data["month"], data["sales"])
    same = bool(np.isclose(model.coef_[0], line.slope))
    score = r2_score(data["sales"], model.predict(data[["month"]]))
    return JSONResponse({"status": "ok" if same else "differs", "slope": float(line.slope), "r2": float(score)}, 200 if same else 500)


app = Starlette(routes=[Route("/healthz", health)])
