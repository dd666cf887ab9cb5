def colour() -> str:
    return "#ff0000"
