import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from . import greeter_pb2, greeter_pb2_grpc


def main() -> None:
    with grpc.insecure_channel("localhost:50051") as channel:
        greeting = greeter_pb2_grpc.GreeterStub(channel).Greet(greeter_pb2.Name(name=sys.argv[1]))
        health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="greeter.Greeter"))
    print(greeting.text, health_pb2.HealthCheckResponse.ServingStatus.Name(health.status))
