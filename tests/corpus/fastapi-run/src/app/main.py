from fastapi import FastAPI, UploadFile

from .books import Book, find

app = FastAPI(title="Library")


@app.get("/books/{number}")
def book(number: int) -> Book:
    return find(number)


@app.post("/covers")
async def cover(file: UploadFile) -> dict[str, int]:
    return {"bytes": len(await file.read())}
