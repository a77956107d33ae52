"""Start kernels that note what they read, cold or forked from a warm process.

Run by its path, so that starting a kernel imports nothing else of the package:

    python -P kernel.py -f CONNECTION_FILE      one kernel
    python -P kernel.py --warm FILE_DESCRIPTOR  a process that forks a kernel for each request

A kernel writes what it read beside its connection file, anew after each cell: the SHA-256 of each file and
folder that is not part of the installation, or of the parts of a file where the code says that only these count, and
its peak memory. Seen is what passes through Python in the
kernel's own process, not what another process or compiled code opens by itself.
"""

import contextlib
import functools
import importlib
import importlib.metadata
import json
import os
import resource
import select
import signal
import site
import socket
import sys
import sysconfig
import threading
import warnings
from hashlib import sha256
from importlib.machinery import PathFinder, SourceFileLoader
from typing import NoReturn

#: What the notebooks import from elsewhere. Not pyplot: it would fix the backend before the kernel chooses it.
PRELOADED = (
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "csv",
    "importlib.resources.readers",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "matplotlib.style",
    "pandas",
    "pandas.io.formats.html",
    "scipy.integrate",
    "scipy.optimize",
    "scipy.special",
    "sqlite3",
    "statistics",
    "tornado.platform.asyncio",
    "yaml",
)
#: Audit events of the package: a file is opened, or done with, of which only parts count; such a part.
OPENED, PART = "il6review.opened_for_parts", "il6review.part"
#: Stands for the content of a file or folder that was looked for and not found.
ABSENT = "absent"
SEEKERS = ("<frozen importlib", os.path.dirname(importlib.metadata.__file__))
PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def notes_of(connection_file: str) -> str:
    """Name the file in which the kernel of a connection file notes what it read."""
    return f"{connection_file}.read"


def digest(path: str) -> str:
    """Give the SHA-256 of a file's bytes, or of the names in a folder; ABSENT if there is neither."""
    try:
        if os.path.isdir(path):
            names = sorted(name for name in os.listdir(path) if name != "__pycache__")
            return sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        with open(path, "rb") as file:
            return sha256(file.read()).hexdigest()
    except OSError:
        return ABSENT


@functools.cache
def installed() -> tuple[str, ...]:
    """Name the folders that count as installation: Python, its packages, their caches and the system's own."""
    from IPython.paths import get_ipython_cache_dir, get_ipython_dir
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir
    from matplotlib import get_cachedir, get_configdir

    folders = [sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *site.getsitepackages()]
    folders += [site.getusersitepackages(), get_cachedir(), get_configdir(), get_ipython_dir(), get_ipython_cache_dir()]
    folders += [jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()]
    folders += ["/proc", "/sys", "/dev", "/etc", "/usr/share"]
    return tuple({os.path.realpath(folder) for folder in folders})


def counts(path: str) -> bool:
    """Tell whether a path is an input of a notebook: it belongs to the package, or not to the installation."""
    return _within(path, (PACKAGE,)) or not _within(path, installed())


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


def peak_memory() -> int:
    """Give the most memory that this process has held, in kB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


class Notes:
    """What a kernel read: an audit hook that takes the SHA-256 of a file at the moment it is opened."""

    def __init__(self, file: str) -> None:
        """Note into `file`."""
        self.file = file
        self.seen: dict[str, str] = {}
        self.parts: dict[str, dict[str, str]] = {}
        self.made: set[str] = set()
        self.within = threading.local()

    def __call__(self, event: str, details: tuple) -> None:
        """Note the opening of a file and the listing of a folder; called by the interpreter."""
        if event == "open":
            path, mode, flags = details
            if mode is None:
                writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
            else:
                writes = not set("wax+").isdisjoint(mode)
        elif event in ("os.listdir", "os.scandir"):
            # Modules and packages are looked for in folders; those found are noted as files and by their versions.
            if sys._getframe(1).f_code.co_filename.startswith(SEEKERS):
                return
            path, writes = details[0] or ".", False
        elif event == PART:
            path, part, found = details
            self.parts.setdefault(os.path.realpath(path), {})[part] = found
            return
        elif event == OPENED:
            path, begins = details
            self.within.parts = os.path.realpath(path) if begins else None
            return
        else:
            return
        if isinstance(path, int) or getattr(self.within, "hook", False):
            return
        self.within.hook = True
        try:
            self._note(os.path.realpath(os.fsdecode(path)), writes)
        finally:
            self.within.hook = False

    def _note(self, path: str, writes: bool) -> None:
        if path in self.seen or path in self.made or not counts(path):
            return
        if path == getattr(self.within, "parts", None):
            return
        if writes:
            self.made.add(path)
        else:
            self.seen[path] = digest(path)

    def write(self, *_: object) -> None:
        """Write the notes whole. Where that fails there are none, so that nobody takes them for complete."""
        self.within.hook = True
        try:
            with open(self.file, "w", encoding="utf-8") as file:
                # Of a file that was also read whole, the parts say nothing more.
                parts = {path: self.parts[path] for path in self.parts if path not in self.seen}
                json.dump({"read": self.seen, "parts": parts, "peak": peak_memory()}, file)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(self.file)
        finally:
            self.within.hook = False


class Source(SourceFileLoader):
    """Load a module from its source alone.

    Python takes a compiled file for fresh when time (in seconds) and size of the source agree: two edits
    within one second can leave the older code running.
    """

    compiled: dict[tuple[str, bytes], object] = {}  # noqa: RUF012

    def get_code(self, fullname: str) -> object:
        """Compile the source, or take what the warm process compiled from the same bytes."""
        source = self.get_data(self.path)
        key = self.path, source
        if key not in self.compiled:
            self.compiled[key] = self.source_to_code(source, self.path)
        return self.compiled[key]


class Finder:
    """Find modules as usual, and let those that count as inputs load from their source."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Give the spec of a module; see importlib.abc.MetaPathFinder."""
        spec = PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is SourceFileLoader and counts(os.path.realpath(spec.origin)):
            spec.loader = Source(name, spec.origin)
        return spec


def launch(arguments: list[str]) -> None:
    """Run one kernel until it is told to end."""
    # First, since it counts a thread: those of a kernel then have the same names whether it was imported before or not.
    import ipykernel.debugger  # noqa: F401
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(arguments)
    # As in any kernel, modules of the working folder can be imported, after those of Python; -P kept IPython from it.
    packages = [folder.endswith(("site-packages", "dist-packages")) for folder in sys.path]
    sys.path.insert(packages.index(True) if any(packages) else 0, "")
    # After the kernel has chosen the backend of matplotlib, which this imports.
    installed()
    notes = Notes(notes_of(app.abs_connection_file))
    app.shell.events.register("post_run_cell", notes.write)
    sys.meta_path.insert(sys.meta_path.index(PathFinder), Finder)
    sys.addaudithook(notes)
    notes.write()
    app.start()


def warm(channel: socket.socket) -> None:
    """Import what kernels need, then fork one for each request until the asking process ends; end them with it.

    A request is JSON (arguments, cwd, env) with the write end of a pipe. The pipe gets the kernel's process id
    and, when it has ended, its exit code, a line each.
    """
    made = preload()
    pipes: dict[int, int] = {}
    try:
        while True:
            if select.select([channel], [], [], 0.02 if pipes else None)[0]:
                message, pipe, _, _ = socket.recv_fds(channel, 1 << 20, 1)
                if not message:
                    return
                pid = fork()
                if pid == 0:
                    become(json.loads(message), made, [channel.fileno(), *pipe, *pipes.values()])
                pipes[pid] = pipe[0]
                tell(pipes[pid], pid)
            for pid in list(pipes):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    tell(pipes[pid], os.waitstatus_to_exitcode(status))
                    os.close(pipes.pop(pid))
    finally:
        for pid in pipes:
            os.killpg(pid, signal.SIGKILL)


def preload() -> dict[str, str]:
    """Import what kernels need from elsewhere, and compile the package; a kernel imports that by itself.

    Gives the environment variables that the imports set.
    """
    # As the kernel would set it; matplotlib reads it when it is imported.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    before = set(os.environ)
    for name in PRELOADED:
        importlib.import_module(name)
    for folder, _, names in os.walk(PACKAGE):
        for name in names:
            if name.endswith(".py"):
                Source("", os.path.join(folder, name)).get_code("")
    return {name: value for name, value in os.environ.items() if name not in before}


def fork() -> int:
    """Fork, and make the new process the head of a group of its own, so that it ends with what it started."""
    with warnings.catch_warnings():
        # numpy's threads are idle here, and it starts anew in the child.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    # Both processes do this: whichever comes first, the group is there.
    os.setpgid(pid, pid)
    return pid


def tell(pipe: int, number: int) -> None:
    """Write a number to the process that asked, unless it no longer listens."""
    with contextlib.suppress(BrokenPipeError):
        os.write(pipe, f"{number}\n".encode())


def become(request: dict, made: dict[str, str], inherited: list[int]) -> NoReturn:
    """Turn the forked process into the kernel asked for, as if it had been started cold."""
    code = 1
    try:
        for descriptor in inherited:
            os.close(descriptor)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update({**made, **request["env"], "JPY_PARENT_PID": str(os.getppid())})
        sys.argv[1:] = request["arguments"]
        # Python's own generator is seeded anew by fork, numpy's is not.
        sys.modules["numpy"].random.seed()
        # A kernel ends when its parent has; a cold one reads the variable of that name when it is imported.
        launch([*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "--warm":
        warm(socket.socket(fileno=int(sys.argv[2])))
    else:
        launch(sys.argv[1:])
