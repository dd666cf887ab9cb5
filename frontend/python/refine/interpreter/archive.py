"""Writes files into one archive that Python imports from: the same files give the same archive."""

import sys
import zipfile

words = sys.stdin.buffer.read().split(b"\0")[:-1]
output, pairs = words[0].decode(), words[1:]
with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for disk, name in zip(pairs[::2], pairs[1::2]):
        info = zipfile.ZipInfo(name.decode(), date_time=(1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with open(disk, "rb") as file:
            archive.writestr(info, file.read())
