def colour() -> str:
    return "#00ff00"
