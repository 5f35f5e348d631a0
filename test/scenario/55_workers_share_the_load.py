"""Connections spread over the workers, so that the busiest has at most 1.3 times the mean."""

import os
import socket
from collections import Counter
from pathlib import Path

import pytest

from actors.config import integration
from actors.upstream import answers
from actors.wait import until

CONNECTIONS = 800


def connections_of(pid, port):
    """How many of a process's descriptors are established connections to our port."""
    established = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state, inode = (line.split()[i] for i in (1, 3, 9))
        if int(local.split(":")[1], 16) == port and state == "01":
            established.add(f"socket:[{inode}]")
    links = (os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd")
             if os.path.lexists(entry.path))
    return sum(link in established for link in links)


def spread(proxy):
    return Counter({pid: connections_of(pid, proxy.address[1]) for pid in proxy.worker_pids()})


@pytest.mark.parametrize("at_once", [1, 16], ids=["one_by_one", "in_waves"])
@pytest.mark.parametrize("workers", [2, 4])
def test_no_worker_has_much_more_than_its_share(
        start_proxy, start_upstream, workers, at_once, capsys):
    if os.geteuid() != 0:
        pytest.skip("only root may see whose connection it is")
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=workers)
    callers = []
    for _ in range(CONNECTIONS // at_once):
        wave = [proxy.caller() for _ in range(at_once)]
        assert [caller.get().status for caller in wave] == [200] * at_once
        callers += wave
    until(lambda: sum(spread(proxy).values()) >= CONNECTIONS, "all are accepted")
    shares = spread(proxy)
    busiest = max(shares.values()) / (sum(shares.values()) / workers)
    with capsys.disabled():
        print(f" {sorted(shares.values())}, busiest {busiest:.2f} times the mean", end=" ")
    assert busiest <= 1.3


def test_a_thousand_at_once_are_all_let_in(start_proxy, start_upstream):
    proxy = start_proxy([integration("slack", start_upstream(answers()))], workers=2)
    crowd = [socket.create_connection(proxy.address, 10) for _ in range(1000)]
    for sock in crowd:
        sock.sendall(b"GET /_at_internal/healthz HTTP/1.1\r\nHost: h\r\n\r\n")
    assert all(sock.recv(15) == b"HTTP/1.1 200 OK" for sock in crowd)
    for sock in crowd:
        sock.close()
