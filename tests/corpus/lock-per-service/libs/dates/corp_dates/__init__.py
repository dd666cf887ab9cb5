from datetime import date

from dateutil.relativedelta import relativedelta


def due(year: int, month: int, day: int) -> date:
    return date(year, month, day) + relativedelta(months=1)
