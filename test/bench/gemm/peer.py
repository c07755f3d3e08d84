# The peer of test/bench/gemm: numpy's product, timed by the processor time of this process.
import ctypes, resource, sys
import numpy

def used():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime

def matrix(rows, cols, transposed):
    if transposed:
        return matrix(cols, rows, False).T
    return (numpy.arange(rows * cols, dtype=numpy.int64) * 7919 % 1021 / 1021).astype(numpy.float32).reshape(rows, cols)

def name():
    for line in open("/proc/self/maps"):
        if "openblas" in line:
            lib = ctypes.CDLL(line.split()[-1])
            for prefix in ("openblas_get_config", "scipy_openblas_get_config64_", "openblas_get_config64_"):
                if hasattr(lib, prefix):
                    call = getattr(lib, prefix)
                    call.restype = ctypes.c_char_p
                    return call().decode()
    return ""

a = b = c = None
numpy.dot(numpy.ones((64, 64), numpy.float32), numpy.ones((64, 64), numpy.float32))
print(name(), flush=True)
for line in sys.stdin:
    word, *rest = line.split()
    n = [int(x) for x in rest]
    if word == "begin":
        a, b = matrix(n[0], n[2], n[3]), matrix(n[2], n[1], n[4])
        c = numpy.empty((n[0], n[1]), numpy.float32)
        numpy.dot(a, b, out=c)
        print(float(c[n[0] // 2, n[1] // 2]), flush=True)
    else:
        before = used()
        for _ in range(n[0]):
            numpy.dot(a, b, out=c)
        print(used() - before, flush=True)
