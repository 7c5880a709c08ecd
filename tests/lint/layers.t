#!/usr/bin/env python3
"""Each folder of src/ includes only the folders that src/LAYERS allows."""
import os
import re

import lint

allowed = {}
for line in lint.read("src/LAYERS").splitlines():
    if line and not line.startswith("#"):
        folder, _, others = line.partition(":")
        allowed[folder] = set(others.split()) | {folder}

folders = {path.split("/")[1] for path in lint.files("src", ".c", ".h")
           if path.count("/") > 1}
lint.rule("every folder of src/ stands in src/LAYERS",
          sorted(folders - set(allowed)))

order = list(allowed)
lint.rule("src/LAYERS lists a folder below those that may include it",
          ["%s may include %s, which stands below it" % (f, o)
           for f in order for o in allowed[f]
           if o not in order or order.index(o) > order.index(f)])

wrong = []
missing = []
for path in lint.files("src", ".c", ".cc", ".h"):
    folder = path.split("/")[1]
    for number, line in enumerate(lint.read(path).splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not include:
            continue
        where = "%s:%d: %s" % (path, number, include.group(1))
        if not os.path.exists(os.path.join(lint.TOP, "src",
                                           include.group(1))):
            missing.append(where)
        elif path.count("/") > 1 and \
                include.group(1).split("/")[0] not in allowed.get(folder, ()):
            wrong.append(where)
lint.rule("no file includes a layer above its own", wrong)
lint.rule("our headers are included as \"folder/file.h\"", missing)
lint.done()
