from corp_dates import due


def invoice(number: int) -> str:
    return f"invoice {number} is due on {due(2026, 6, 1)}"
