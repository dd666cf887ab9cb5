import asyncio
import signal

from websockets.asyncio.server import serve


async def reply(socket):
    async for words in socket:
        await socket.send(words[::-1])


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve(reply, "0.0.0.0", 8765):
        print("listening", flush=True)
        await stop.wait()


asyncio.run(main())
