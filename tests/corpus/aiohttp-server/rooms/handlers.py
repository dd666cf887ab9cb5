from aiohttp import WSMsgType, web

routes = web.RouteTableDef()


@routes.get("/rooms")
async def rooms(request: web.Request) -> web.Response:
    return web.json_response({"rooms": ["lobby"]})


@routes.get("/chat")
async def chat(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data.upper())
    return socket
