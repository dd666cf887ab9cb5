from celery import shared_task
from celery.utils.log import get_task_logger

logger = get_task_logger(__name__)


@shared_task
def heat(degrees: int) -> int:
    logger.info("heating to %d degrees", degrees)
    return degrees
