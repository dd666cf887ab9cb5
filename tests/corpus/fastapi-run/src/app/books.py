from pydantic import BaseModel, EmailStr


class Book(BaseModel):
    title: str
    contact: EmailStr


def find(number: int) -> Book:
    return Book(title=f"Book {number}", contact="library@example.org")
