import os

from celery import Celery
from celery.signals import worker_ready

app = Celery("jobs", broker=os.environ.get("BROKER_URL", "memory://"), backend="cache+memory://", include=["jobs.tasks"])
app.conf.beat_schedule = {"heat": {"task": "jobs.tasks.heat", "schedule": 1.0, "args": (20,)}}
app.conf.beat_schedule_filename = "/var/lib/beat/schedule"
app.conf.broker_connection_retry_on_startup = True


@worker_ready.connect
def begin(sender, **kwargs):
    with sender.app.connection_for_write() as connection:
        sender.app.send_task("jobs.tasks.heat", (70,), connection=connection)
