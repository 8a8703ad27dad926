# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Finding the shared libraries, and describing their calls to ctypes."""

import ctypes as c
import os
from pathlib import Path

from .names import XResult

# One description per type of argument; "out" ones are returned, not passed.
TYPES = {
    "handle": c.c_uint64,
    "int": c.c_int32,
    "long": c.c_int64,
    "size": c.c_size_t,
    "pointer": c.c_void_p,
    "stream": c.c_void_p,
}


def nearby():
    """Folders in which the libraries may be that belong to this module."""
    here = Path(__file__).resolve()
    yield here.parents[2] / "build/lib"     # in the tree: python/xsched/library.py
    if len(here.parents) > 3:
        yield here.parents[3]               # make install: lib/pythonX.Y/dist-packages/xsched/
    try:
        from ._built import LIBDIR          # pip install from a tree that was built
        yield Path(LIBDIR)
    except ImportError:
        pass


def load(*names):
    """The first library found: in $XSCHED_LIBDIR, where the loader looks, then nearby."""
    folder = os.environ.get("XSCHED_LIBDIR")
    tried = [os.path.join(folder, n) for n in names] if folder else []
    near = [str(d / n) for d in nearby() for n in names if (d / n).exists()]
    problem = None
    for name in tried + list(names) + near:
        try:
            return c.CDLL(name, mode=c.RTLD_GLOBAL)
        except OSError as e:
            problem = problem or e
    raise RuntimeError(
        f"xsched: {names[0]}: {problem}; run make install, or set XSCHED_LIBDIR to its folder (build/lib)"
    ) from problem


def bind(library, name, arguments):
    """A function that returns an XResult, or a tuple of it and the out arguments.

    arguments is a text such as "out handle, handle, long".
    """
    kinds = [a.split() for a in arguments.split(",") if a.strip()]
    call = getattr(library, name)
    call.restype = c.c_int32
    call.argtypes = [
        c.POINTER(TYPES[k[-1]]) if k[0] == "out" else TYPES[k[0]] for k in kinds
    ]

    def function(*given):
        if len(given) != sum(k[0] != "out" for k in kinds):
            raise TypeError(f"{name}({arguments}): {len(given)} arguments given")
        left = iter(given)
        passed = [TYPES[k[-1]]() if k[0] == "out" else next(left) for k in kinds]
        result = call(*[c.byref(p) if k[0] == "out" else p for k, p in zip(kinds, passed)])
        out = [p.value for k, p in zip(kinds, passed) if k[0] == "out"]
        result = XResult(result)
        return (result, *out) if out else result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name}({arguments}), see {name}(3)"
    return function


def hal(platform, **calls):
    """A platform's HAL: static methods of a class, found when first used."""
    library = None

    def get():
        nonlocal library
        library = library or load(f"libhal{platform}.so")
        return library

    def method(name, arguments):
        def first(*given):
            return bind(get(), name, arguments)(*given)

        first.__name__ = name
        first.__doc__ = f"{name}({arguments}), see {name}(3)"
        return staticmethod(first)

    return {name: method(name, arguments) for name, arguments in calls.items()}
