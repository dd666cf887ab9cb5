"""The service: says which PyTorch it found, and how long a vector of it is."""

import numpy as np
import torch
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def health(request):
    """Answers when the library is whole."""
    vector = np.frombuffer(torch.weights(8), dtype=np.uint8)
    return JSONResponse({"status": "ok", "torch": torch.__version__, "vector": vector.tolist()})


app = Starlette(routes=[Route("/healthz", health)])
