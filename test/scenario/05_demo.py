"""The demo shows one request from both ends, says so in its exit code, and leaves nothing behind."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from actors.caller import Caller
from actors.proxy import executables, processes
from actors.wait import PATIENCE, until


class Demo:
    """`authtranslator demo`, with a directory of its own for what it makes."""

    def __init__(self, directory):
        self.directory = directory
        self.program = executables()[0]
        self.said = directory / "said"
        self.place = directory / "tmp"
        self.place.mkdir()
        self.process = None

    def start(self, *flags, **environment):
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [str(self.program), "demo", *flags], stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, "TMPDIR": str(self.place), **environment})
        return self

    def ends(self):
        return self.process.wait(PATIENCE)

    @property
    def text(self):
        return self.said.read_text()

    def wait_for(self, pattern):
        return until(lambda: re.search(pattern, self.text), f"the demo says {pattern!r}")

    def children(self):
        """The master that it started, and that one's workers."""
        masters = [pid for pid, stat in processes() if stat["parent"] == self.process.pid]
        return masters + [pid for pid, stat in processes() if stat["parent"] in masters]

    def clean_up(self):
        for pid in self.children() if self.process and self.process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(PATIENCE)


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path)
    yield demo
    demo.clean_up()
    assert list(demo.place.iterdir()) == [], "it leaves no file behind"
    until(lambda: not [pid for pid, _ in processes() if lives_in(pid, demo.place)],
          "it leaves no process behind")


def lives_in(pid, directory):
    """The proxy runs in the demo's folder, and so do its workers."""
    try:
        return os.readlink(f"/proc/{pid}/cwd").startswith(str(directory))
    except OSError:
        return False


def rows(text):
    """The table's rows: what the caller sent, what the upstream received."""
    lines = [line for line in text.splitlines() if " | " in line + " "]
    return [[cell.strip() for cell in (line + " ").split(" | ")] for line in lines]


def test_it_shows_one_request_from_both_ends(demo):
    assert demo.start().ends() == 0, demo.text
    (left, right), first, *others = rows(demo.text)
    assert (left, right) == ("the caller sent", "the upstream received")
    assert first == ["GET /messages/today?limit=1 HTTP/1.1"] * 2
    sent, received = (dict(cell.split(": ") for cell in column if cell) for column in zip(*others))
    assert re.fullmatch("Bearer caller-[0-9a-f]{16}", sent["Authorization"])
    assert re.fullmatch("Bearer upstream-[0-9a-f]{16}", received["Authorization"])
    assert sent["Authorization"] not in " ".join(received.values())
    assert sent["Host"] == "demo" and received["Host"].startswith("127.0.0.1:")


def test_it_shows_a_refusal_and_what_to_try_next(demo):
    assert demo.start().ends() == 0, demo.text
    assert "401 Unauthorized\n  X-AT-Error-Reason: authentication failed" in demo.text
    assert f"{demo.program} demo --serve" in demo.text


def test_its_table_fits_a_terminal(demo):
    assert demo.start().ends() == 0, demo.text
    assert max(len(" | ".join(row)) for row in rows(demo.text)) <= 100


def test_its_secrets_are_others_every_time(demo):
    seen = set()
    for _ in range(2):
        assert demo.start().ends() == 0, demo.text
        seen.update(re.findall("(?:caller|upstream)-[0-9a-f]{16}", demo.text))
    assert len(seen) == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_until_it_is_told_to_end(demo, number):
    demo.start("--serve")
    port = int(demo.wait_for(r"http://127\.0\.0\.1:(\d+)/messages/1\n")[1])
    token = re.search("Bearer (caller-[0-9a-f]+)", demo.text)[1]
    demo.wait_for("What follows is the proxy's log")
    caller = Caller(("127.0.0.1", port))
    allowed = caller.get("/messages/1", host="demo", headers={"Authorization": f"Bearer {token}"})
    assert allowed.status == 200 and "Authorization: Bearer upstream-" in allowed.text
    refused = caller.get("/messages/1", host="demo", headers={"Authorization": "Bearer x"})
    assert refused.status == 401
    caller.close()
    demo.wait_for('level=WARN msg="authentication failed"')
    demo.process.send_signal(number)
    assert demo.ends() == 0, demo.text


def test_what_it_suggests_works(demo):
    demo.start("--serve")
    demo.wait_for("What follows is the proxy's log")
    socket = re.search(r"status -admin-socket (\S+)", demo.text)[1]
    folder = re.search(r"EDITOR (\S+)/denylist.yaml", demo.text)[1]
    port = int(re.search(r"127\.0\.0\.1:(\d+)/messages/private/1", demo.text)[1])
    token = re.search("Bearer (caller-[0-9a-f]+)", demo.text)[1]

    def ask_for_what_is_private():
        return Caller(("127.0.0.1", port)).get(
            "/messages/private/1", host="demo", headers={"Authorization": f"Bearer {token}"}).status

    assert ask_for_what_is_private() == 403
    with open(f"{folder}/denylist.yaml", "w") as denylist:
        denylist.write("[]\n")
    for command in ("reload", "status"):
        subprocess.run([demo.program, command, "-admin-socket", socket], check=True, timeout=60)
    assert ask_for_what_is_private() == 200
    demo.process.send_signal(signal.SIGTERM)
    assert demo.ends() == 0, demo.text


def test_nobody_else_can_read_its_secrets(demo):
    demo.start("--serve")
    demo.wait_for("What follows is the proxy's log")
    folder, = demo.place.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    demo.process.send_signal(signal.SIGTERM)
    assert demo.ends() == 0, demo.text


def test_when_the_proxy_dies_the_demo_has_failed(demo):
    demo.start("--serve")
    demo.wait_for("What follows is the proxy's log")
    os.kill(demo.children()[0], signal.SIGKILL)
    assert demo.ends() == 1
    assert "authtranslator: demo: the proxy has ended" in demo.text


def test_when_the_demo_is_killed_the_proxy_ends_and_the_next_demo_tidies_up(demo):
    demo.start("--serve")
    demo.wait_for("What follows is the proxy's log")
    left, = demo.place.iterdir()
    demo.process.kill()
    demo.ends()
    until(lambda: not [pid for pid, _ in processes() if lives_in(pid, demo.place)],
          "the proxy ends with the demo")
    assert left.is_dir()
    assert demo.start().ends() == 0, demo.text
    assert not left.exists()


def test_a_demo_leaves_the_folder_of_another_one_alone(demo):
    demo.start("--serve")
    demo.wait_for("What follows is the proxy's log")
    used, = demo.place.iterdir()
    subprocess.run([demo.program, "demo"], check=True, timeout=60, stdout=subprocess.DEVNULL,
                   env={**os.environ, "TMPDIR": str(demo.place)})
    assert (used / "config.yaml").exists()
    demo.process.send_signal(signal.SIGTERM)
    assert demo.ends() == 0, demo.text


def test_stopped_in_the_middle_it_tidies_up_as_well(demo):
    demo.start()
    demo.wait_for("a small upstream listens")
    demo.process.send_signal(signal.SIGTERM)
    assert demo.ends() in (0, 1), demo.text


def test_without_its_worker_it_says_which_step_failed(demo):
    lonely = demo.directory / "authtranslator"
    shutil.copy2(demo.program, lonely)
    demo.program = lonely
    assert demo.start().ends() == 1
    assert "authtranslator: demo: the proxy ended at once" in demo.text


def test_without_a_place_for_its_files_it_says_so(demo):
    assert demo.start(TMPDIR=str(demo.directory / "nowhere")).ends() == 1
    assert "authtranslator: demo: no folder for the demo: No such file or directory" in demo.text
