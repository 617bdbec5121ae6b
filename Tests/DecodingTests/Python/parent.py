"""Starts a decoder with one child, gives the child a file, prints the process IDs of both, and waits to be killed.

    python parent.py DECODER FILE LIMIT…
"""

import os
import socket
import struct
import sys
import time

decoder, path, *limits = sys.argv[1:]
ours, theirs = socket.socketpair()
actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 9), (os.POSIX_SPAWN_DUP2, 9, 3)]
server = os.posix_spawn(decoder, [decoder, *limits], {"LC_ALL": "C", "VIPS_CONCURRENCY": "1"}, file_actions=actions, setpgroup=0)
theirs.close()
ours.recv(9, socket.MSG_WAITALL)
talk, end = socket.socketpair()
socket.send_fds(ours, [b"\0"], [end.fileno()])
end.close()
child = struct.unpack(">II", ours.recv(8, socket.MSG_WAITALL))[1]
talk.recv(9, socket.MSG_WAITALL)
with open(path, "rb") as file:
    data = file.read()
for payload in (f"decode png {len(data)}".encode(), data):
    talk.sendall(struct.pack(">I", len(payload)) + payload)
print(server, child, flush=True)
time.sleep(600)
