"""The service: gRPC's health service on port 50051, and an HTTP health check on port 8000 that asks it."""

import http.server
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def serve() -> grpc.Server:
    """Starts the gRPC server."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    servicer = health.HealthServicer()
    servicer.set("greeter", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port("[::]:50051")
    server.start()
    return server


class Handler(http.server.BaseHTTPRequestHandler):
    """Asks the gRPC server how it is."""

    def do_GET(self):
        """One call over gRPC for each request."""
        with grpc.insecure_channel("127.0.0.1:50051") as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="greeter"), timeout=10)
        well = answer.status == health_pb2.HealthCheckResponse.SERVING
        self.send_response(200 if well else 503)
        self.end_headers()
        self.wfile.write(b'{"status":"ok"}' if well else b'{"status":"ill"}')


if __name__ == "__main__":
    server = serve()
    http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
