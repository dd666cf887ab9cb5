from datetime import date

from dateutil.easter import easter


def price(day: date) -> int:
    return 90 if day == easter(day.year) else 100
