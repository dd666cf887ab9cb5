"""A build step of the service's own: it needs the installed packages, and what it writes ships."""

import sys
from pathlib import Path

from acme.common import NAME

Path(sys.argv[1]).write_text(f"with {NAME}")
