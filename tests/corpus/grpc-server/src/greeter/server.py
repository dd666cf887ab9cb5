from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from . import greeter_pb2, greeter_pb2_grpc


class Greeter(greeter_pb2_grpc.GreeterServicer):
    def Greet(self, request, context):
        return greeter_pb2.Greeting(text=f"good day, {request.name}")


def main() -> None:
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    greeter_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server)
    checks = health.HealthServicer()
    checks.set("greeter.Greeter", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_insecure_port("0.0.0.0:50051")
    server.start()
    print("serving", flush=True)
    server.wait_for_termination()
