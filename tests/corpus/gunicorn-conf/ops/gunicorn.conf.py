import os
from multiprocessing import cpu_count

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", cpu_count() + 1))
worker_class = "gthread"
threads = 4
worker_tmp_dir = "/dev/shm"
logconfig_dict = {
    "version": 1,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}},
    "loggers": {name: {"level": "INFO", "handlers": ["out"], "propagate": False} for name in ("gunicorn.error", "gunicorn.access")},
    "root": {"level": "INFO", "handlers": ["out"]},
}


def post_fork(server, worker):
    server.log.info("a worker was made")
