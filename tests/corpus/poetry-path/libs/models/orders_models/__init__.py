from dataclasses import dataclass

from orders_money import euros


@dataclass
class Order:
    what: str
    cents: int

    def __str__(self) -> str:
        return f"{self.what} for {euros(self.cents)}"
