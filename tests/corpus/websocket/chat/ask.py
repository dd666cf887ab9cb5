import sys

from websockets.sync.client import connect

with connect("ws://localhost:8765") as socket:
    socket.send(sys.argv[1])
    print(socket.recv())
