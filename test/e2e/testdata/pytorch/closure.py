"""Runs a program twice, as it would begin and go on, and prints what it took of this machine: closure.py PROGRAM [ARGUMENT...]."""

import ctypes
import importlib.util
import json
import linecache  # noqa: F401  errors are told with it
import os
import runpy
import sys
import traceback  # noqa: F401

output, sys.stdout = sys.stdout, sys.stderr
sys.argv = sys.argv[1:]
opened, load = set(), ctypes.CDLL.__init__


def loads(self, name, *args, **options):
    if name and os.path.isabs(name):
        opened.add(name)
    load(self, name, *args, **options)


ctypes.CDLL.__init__ = loads
modules, program = {}, os.path.abspath(sys.argv[0])


def reads(event, args):
    """Some modules replace themselves by objects of no file, so that what is opened counts, too."""
    if event == "open" and isinstance(args[0], str) and args[0].startswith("/usr/lib/python3"):
        if args[0].endswith(".pyc"):
            modules[importlib.util.source_from_cache(args[0])] = args[0]
        elif os.path.isfile(args[0]):
            modules.setdefault(args[0], None)


sys.addaudithook(reads)
for _ in range(2):
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit:
        pass
for name, module in sys.modules.items():
    file = getattr(module, "__file__", None)
    if name != "__main__" and file and file != program:
        modules[file] = getattr(module, "__cached__", None)
with open("/proc/self/maps") as maps:
    mapped = {line.split(maxsplit=5)[5].strip() for line in maps if len(line.split(maxsplit=5)) == 6}
json.dump({"modules": modules, "mapped": sorted(m for m in mapped if m.startswith("/")), "opened": sorted(opened), "interpreter": sys.executable}, output)
