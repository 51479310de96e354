"""Unpacks the files of a wheel that match one of the patterns: unpack_wheel.py WHEEL FOLDER PATTERN..."""

import fnmatch
import os
import shutil
import sys
import zipfile

wheel, folder, *patterns = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if ".alt." in entry.filename or not any(fnmatch.fnmatch(entry.filename, pattern) for pattern in patterns):
            continue
        target = os.path.join(folder, *entry.filename.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(entry) as source, open(target, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        os.chmod(target, 0o755)
