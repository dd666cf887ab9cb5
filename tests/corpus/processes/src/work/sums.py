def square(number: int) -> int:
    return number * number


def answer(number: int, queue) -> None:
    queue.put(square(number))
