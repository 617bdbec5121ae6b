"""Runs the decoder, and speaks its protocol: a fork server on descriptor 3, and a child with a socket for each file."""

import os
import socket
import struct
import time

LIMITS = "pixels=110000000 jpeg=210000000 side=20000 aspect=100 frames=500 memory=1073741824 cpu=600 deadline=20".split()
ENVIRONMENT = {"VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "33554432",
               "MALLOC_MMAP_THRESHOLD_": "33554432", "LC_ALL": "C"}


class Frames:
    """The messages on a socket: a length of four bytes, then the payload."""

    def __init__(self, end):
        self.socket = end

    def send(self, payload):
        self.socket.sendall(struct.pack(">I", len(payload)) + payload)

    def receive(self):
        (length,) = struct.unpack(">I", self.exactly(4))
        return self.exactly(length)

    def exactly(self, count):
        parts = []
        while count:
            part = self.socket.recv(min(count, 1 << 20))
            if not part:
                raise EOFError("the decoder ended")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class Decoder:
    def __init__(self, executable, arguments=LIMITS):
        ours, theirs = socket.socketpair()
        actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
        if theirs.fileno() == 3:
            os.set_inheritable(3, True)
            actions = []
        self.pid = os.posix_spawn(executable, [executable, *arguments], ENVIRONMENT, file_actions=actions, setpgroup=0)
        theirs.close()
        self.control = Frames(ours)
        self.first = self.control.receive()
        # The CPU time of the children that have ended, in seconds.
        self.ended = 0.0
        self.peak_kilobytes = 0

    def decode(self, claimed, data, variants):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self.control.socket, [b"\0"], [theirs.fileno()])
            (child,) = struct.unpack(">I", self.control.receive())
            frames = Frames(ours)
            if frames.receive() != b"ready":
                raise EOFError("the child is not ready")
            frames.send(" ".join(["decode", claimed, str(len(data)), *variants]).encode())
            frames.send(data)
            reply = frames.receive().decode()
            words = reply.split()
            names = [word.partition("=")[0] for word in words[5:]] if words[0] == "decoded" else []
            renderings = {name: frames.receive() for name in names}
        _, _, usage = os.wait4(child, 0)
        self.ended += usage.ru_utime + usage.ru_stime
        self.peak_kilobytes = max(self.peak_kilobytes, usage.ru_maxrss)
        return reply, renderings

    def cpu_seconds(self):
        """The CPU time of the server, and of its children that have ended, from fork to end."""
        # clock_getcpuclockid(): the CPU clock of a process is its inverted process ID, shifted.
        return time.clock_gettime(~self.pid << 3 | 2) + self.ended

    def resident_kilobytes(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    def close(self):
        self.control.socket.close()
        os.waitpid(self.pid, 0)
