"""Stands between a client and a PostgreSQL server, and cuts a connection when the server says that a COMMIT took effect.

Usage: cutting_proxy.py SOCKET_OF_SERVER FOLDER {cut|swallow} COUNT

Listens on FOLDER/.s.PGSQL.5432 and prints a line once it does. The first COUNT answers to a COMMIT do not reach the
client: with "cut" the connection ends, with "swallow" it stays open without a further byte.
"""

import os
import socket
import sys
import threading

server, folder, way, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
left, lock = [count], threading.Lock()


def connect():
    link = socket.socket(socket.AF_UNIX)
    link.connect(server)
    return link


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    end(source, target)


def answers(source, target):
    try:
        while data := source.recv(65536):
            # CommandComplete: https://www.postgresql.org/docs/current/protocol-message-formats.html
            if b"C\0\0\0\x0bCOMMIT\0" in data:
                with lock:
                    isStruck = left[0] > 0
                    left[0] -= isStruck
                if isStruck and way == "swallow":
                    continue
                if isStruck:
                    break
            target.sendall(data)
    except OSError:
        pass
    end(source, target)


def end(*links):
    for link in links:
        try:
            link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.join(folder, ".s.PGSQL.5432"))
listener.listen(64)
print("listening", flush=True)
while True:
    client, _ = listener.accept()
    link = connect()
    threading.Thread(target=pump, args=(client, link), daemon=True).start()
    threading.Thread(target=answers, args=(link, client), daemon=True).start()
