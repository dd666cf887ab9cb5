import logging
import os

logger = logging.getLogger("echo")


def application(environ, start_response):
    logger.info("asked for %s", environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"process {os.getpid()} of {os.getppid()}\n".encode()]
