"""The service: signs an upload to S3 and names the queue that hears of it; neither needs a network."""

import http.server
import json

import boto3

LOGIN = {"region_name": "eu-central-1", "aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
s3 = boto3.client("s3", **LOGIN)
sqs = boto3.client("sqs", **LOGIN)


class Handler(http.server.BaseHTTPRequestHandler):
    """One answer for every path."""

    def do_GET(self):
        """Signs an upload."""
        url = s3.generate_presigned_url("put_object", Params={"Bucket": "bench", "Key": self.path.strip("/")})
        body = json.dumps({"status": "ok", "url": url, "queue": sqs.meta.endpoint_url}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
