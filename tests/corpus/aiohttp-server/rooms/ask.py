import asyncio
import sys

from aiohttp import ClientSession


async def ask(words: str) -> None:
    async with ClientSession() as session, session.ws_connect("http://localhost:8080/chat") as socket:
        await socket.send_str(words)
        print(await socket.receive_str())


asyncio.run(ask(sys.argv[1]))
