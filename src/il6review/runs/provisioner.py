"""Kernels forked from one warm process, as a kernel provisioner of jupyter_client.

A kernel spec asks for them with the metadata {"kernel_provisioner": {"provisioner_name": "il6review-fork"}};
the entry point in pyproject.toml carries the name. Where they are not to be had, kernels start cold.
"""

import asyncio
import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "il6review-fork"
#: What a kernel runs, for the argv of a kernel spec: without the folder of the script on the path of modules.
COMMAND = (sys.executable, "-P", "-Xfrozen_modules=off", str(Path(__file__).with_name("kernel.py")))
#: A fixed hash seed: a set keeps its order from run to run. Python reads it when it starts, so the warm process has it.
ENVIRONMENT = {"PYTHONHASHSEED": "0"}

log = logging.getLogger(__name__)


class ForkProvisioner(LocalProvisioner):
    """Start kernels by forking; all else is as with a kernel of one's own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel that `cmd` would start; start it cold where the warm process is gone."""
        try:
            self.process = warm_process().fork(cmd[len(COMMAND) :], kwargs.get("cwd") or os.getcwd(), kwargs["env"])
        except OSError as error:
            say_cold(f"the warm process does not answer ({error})")
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the end, which is near: looked at more often than the tenth of a second of other provisioners."""
        while await self.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()


class Forked:
    """A forked kernel, with the part of subprocess.Popen that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, pipe: int) -> None:
        """Wait for the process id, the first line in the pipe. Raises EOFError when none comes."""
        self._pipe = open(pipe, "rb", buffering=0)
        self.returncode: int | None = None
        self.pid = int(self._pipe.readline() or self._gone())

    def _gone(self) -> int:
        self._pipe.close()
        raise BrokenPipeError("it ended")

    def poll(self) -> int | None:
        """Give the exit code, None while the kernel runs; it ends with the warm process."""
        if self.returncode is None and select.select([self._pipe], [], [], 0)[0]:
            self.returncode = int(self._pipe.readline() or -9)
            self._pipe.close()
        return self.returncode

    def wait(self) -> int:
        """Wait for the end and give the exit code."""
        if self.returncode is None:
            select.select([self._pipe], [], [])
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)


class WarmProcess:
    """The process that has imported what kernels need. It ends with this one, and its kernels with it."""

    def __init__(self) -> None:
        """Start it; what it is asked before it is ready waits."""
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*COMMAND, "--warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT},
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._process.poll() is None

    def fork(self, arguments: Sequence[str], cwd: str | os.PathLike, env: Mapping[str, str]) -> Forked:
        """Fork a kernel. Raises OSError when the warm process has ended."""
        request = json.dumps({"arguments": arguments, "cwd": os.fspath(cwd), "env": dict(env)})
        ours, theirs = os.pipe()
        try:
            socket.send_fds(self._channel, [request.encode()], [theirs])
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return Forked(ours)

    def stop(self) -> None:
        """End it and all its kernels."""
        self._channel.close()
        self._process.wait()


_lock = threading.Lock()
_warm: WarmProcess | None = None


def warm_process() -> WarmProcess:
    """Give the warm process of this process; start it if there is none."""
    global _warm
    with _lock:
        if _warm is None or not _warm.alive:
            _warm = WarmProcess()
        return _warm


def stop() -> None:
    """End the warm process, if there is one."""
    global _warm
    with _lock:
        if _warm:
            _warm.stop()
        _warm = None


def why_cold() -> str:
    """Say why kernels cannot be forked here; empty if they can."""
    if sys.platform != "linux":
        return f"{sys.platform} does not fork safely"
    if NAME not in _known():
        return "this installation does not know forked kernels; mend: make install"
    return ""


@cache
def _known() -> Collection[str]:
    """Name the provisioners of this installation; looking for them opens a file of every package."""
    return entry_points(group=KernelProvisionerFactory.GROUP_NAME).names


@cache
def say_cold(reason: str) -> None:
    """Say once that kernels start cold, and why."""
    log.warning("Each kernel starts cold: %s.", reason)
