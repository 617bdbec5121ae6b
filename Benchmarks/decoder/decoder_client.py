"""Runs one decoder, and speaks its protocol: frames over a socketpair on descriptor 3."""

import os
import socket
import struct
import time

LIMITS = "pixels=110000000 jpeg=210000000 side=20000 aspect=100 frames=500 memory=1073741824 cpu=600 deadline=20".split()
ENVIRONMENT = {"VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "33554432",
               "MALLOC_MMAP_THRESHOLD_": "33554432", "LC_ALL": "C"}


class Decoder:
    def __init__(self, executable, arguments=LIMITS):
        ours, theirs = socket.socketpair()
        actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
        if theirs.fileno() == 3:
            os.set_inheritable(3, True)
            actions = []
        self.pid = os.posix_spawn(executable, [executable, *arguments], ENVIRONMENT, file_actions=actions)
        theirs.close()
        self.socket = ours
        self.first = self.receive()

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
                raise EOFError("the decoder ended: status %d" % os.waitpid(self.pid, 0)[1])
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def decode(self, claimed, data, variants):
        self.send(" ".join(["decode", claimed, str(len(data)), *variants]).encode())
        self.send(data)
        reply = self.receive().decode()
        words = reply.split()
        names = [word.partition("=")[0] for word in words[5:]] if words[0] == "decoded" else []
        return reply, {name: self.receive() for name in names}

    def cpu_seconds(self):
        # clock_getcpuclockid(): the CPU clock of a process is its inverted process ID, shifted.
        return time.clock_gettime(~self.pid << 3 | 2)

    def resident_kilobytes(self):
        with open(f"/proc/{self.pid}/status") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    def close(self):
        self.socket.close()
        os.waitpid(self.pid, 0)
