import sys

import magic

for file in sys.argv[1:]:
    print(file, "is", magic.from_file(file), magic.from_file(file, mime=True))
