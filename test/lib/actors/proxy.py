"""The proxy: the real master and its workers, from a configuration in a directory of their own."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from actors.caller import Caller
from actors.wait import PATIENCE, until

TROUBLE = re.compile(r"Sanitizer|runtime error:|[Cc]heck failed|core dumped")


def executables():
    """Where the two programs are: in the build that AUTHTRANSLATOR_BUILD names, or in build/."""
    checkout = Path(__file__).parents[3]
    build = Path(os.environ.get("AUTHTRANSLATOR_BUILD", checkout / "build")).absolute()
    return build / "master/authtranslator", build / "worker/authtranslator-worker"


class Proxy:
    """`config` is a list of integrations, or the text of the file. The lists may be left out."""

    def __init__(self, config, allowlist=None, denylist=None, flags=(), workers=2, environment=None,
                 user=None):
        self.directory = Path(tempfile.mkdtemp(prefix="authtranslator-"))
        self.master = executables()[0]
        self.flags, self.workers = list(flags), workers
        self.environment, self.user = environment or {}, user
        self.process = None
        self.callers = []
        self.last_words = None
        self.log_path, self.errors_path = self.directory / "log", self.directory / "errors"
        self.configure(config, allowlist, denylist)

    # Its files

    def configure(self, config=None, allowlist=None, denylist=None):
        """Writes the documents; they count from the next reload on. JSON is YAML."""
        documents = {"config": config if config is None or isinstance(config, str)
                     else {"integrations": config}, "allowlist": allowlist, "denylist": denylist}
        for name, document in documents.items():
            if document is not None:
                text = document if isinstance(document, str) else json.dumps(document, indent=1)
                new = self.directory / f"{name}.new"
                new.write_text(text)
                new.rename(self.path(name))

    def path(self, document):
        return self.directory / f"{document}.yaml"

    def own_copy_of_the_programs(self):
        """So that a story may break one of them. Same places relative to each other."""
        for program in executables():
            copy = self.directory / program.parent.name / program.name
            copy.parent.mkdir()
            shutil.copy2(program, copy)
        self.master = self.directory / "master" / executables()[0].name
        self.worker = self.directory / "worker" / executables()[1].name

    # Its life

    def command_line(self, flags):
        lists = [flag for name in ("allowlist", "denylist") if self.path(name).exists()
                 for flag in (f"-{name}", str(self.path(name)))]
        return [str(self.master), "-addr", "127.0.0.1:0", "-admin-socket", self.admin_socket,
                "-config", str(self.path("config")), *lists, "-workers", str(self.workers),
                "-log-format", "json", *flags]

    @property
    def admin_socket(self):
        return str(self.directory / "admin")

    def launch(self):
        """Starts the master and does not wait for it to serve."""
        with open(self.log_path, "ab") as log, open(self.errors_path, "ab") as errors:
            self.process = subprocess.Popen(
                self.command_line(self.flags), stdin=subprocess.DEVNULL, stdout=log, stderr=errors,
                cwd=self.directory, env={**os.environ, **self.environment}, start_new_session=True,
                user=self.user)
        return self

    def start(self):
        """Returns when it listens and every worker serves."""
        self.launch()
        listening = until(lambda: self.exit_status() is not None or self.logged("listening"),
                          "the proxy listens")
        assert listening is not True, f"the proxy ended at once:\n{self.seen()}"
        host, _, port = listening[0]["addr"].rpartition(":")
        self.address = (host.strip("[]"), int(port))
        until(lambda: self.caller().get("/_at_internal/healthz").status == 200, "the proxy serves")
        return self

    def exit_status(self):
        return self.process.poll()

    def wait_for_exit(self):
        return self.process.wait(PATIENCE)

    def signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self):
        """Ends it as an operator would; the story fails if it did not end well."""
        if not self.process:
            return
        if self.exit_status() is None:
            self.signal(signal.SIGTERM)
            status = self.wait_for_exit()
            assert status == 0, f"the master ended with {status}"
        self.leaves_nothing_behind()

    def leaves_nothing_behind(self):
        until(lambda: not self.everybody(), "no process is left", 5)
        assert not TROUBLE.search(self.errors()), f"on standard error:\n{self.errors()}"

    def clean_up(self):
        """Whatever happened: no process and no file stays."""
        self.last_words = self.seen()
        for caller in self.callers:
            caller.close()
        for pid in self.everybody() if self.process else []:
            os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(PATIENCE)
        shutil.rmtree(self.directory)

    # Its processes

    def everybody(self):
        """Every living process that the master started, and itself: they share its session."""
        return [pid for pid, stat in processes() if stat["session"] == self.process.pid]

    def worker_pids(self):
        """The workers of every generation, oldest first."""
        return sorted(pid for pid, stat in processes() if stat["parent"] == self.process.pid
                      and stat["name"].startswith("authtranslator"))

    def memory_of_workers(self):
        """Their resident bytes."""
        pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in self.worker_pids())
        return sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE")

    # What it says

    def log(self):
        """Every line of its log so far, decoded."""
        text = self.log_path.read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def logged(self, message, **fields):
        return [line for line in self.log() if line["msg"] == message
                and all(line.get(name) == value for name, value in fields.items())]

    def wait_for_log(self, message, **fields):
        return until(lambda: self.logged(message, **fields), f"a log line {message!r} {fields}")[-1]

    def errors(self):
        return self.errors_path.read_text(errors="replace")

    def metrics(self, **headers):
        """{'name{labels}': number}, from the page as a scraper sees it."""
        page = self.caller().get("/_at_internal/metrics", headers=headers)
        assert page.status == 200, page
        samples = (line.rpartition(" ") for line in page.text.splitlines() if line[0] != "#")
        return {name: float(value) for name, _, value in samples}

    def wait_for_metric(self, name, value):
        """A request is counted right after its answer, so another worker may tell a moment later."""
        until(lambda: self.metrics().get(name) == value, f"{name} {value}", 5)

    def seen(self):
        if self.last_words:
            return self.last_words
        log = self.log_path.read_text(errors="replace").splitlines() if self.process else []
        return "\n".join(["the proxy", f"exit status {self.process and self.exit_status()}",
                          *log[-60:], "--- standard error", self.errors()[-8000:]
                          if self.process else ""])

    # Talking to it

    def caller(self, **options):
        caller = Caller(self.address, f"caller {len(self.callers)}", **options)
        self.callers.append(caller)
        return caller

    def command(self, *words):
        """Runs one of the master's subcommands to its end."""
        return subprocess.run([str(self.master), *words], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.directory, timeout=60)

    def reload(self):
        """A reload that has to succeed."""
        done = self.try_reload()
        assert done.returncode == 0, f"reload: {done}"

    def try_reload(self):
        return self.command("reload", "-admin-socket", self.admin_socket)

    def status(self):
        done = self.command("status", "-json", "-admin-socket", self.admin_socket)
        assert done.returncode == 0, f"status: {done}"
        return json.loads(done.stdout)


def processes():
    """(pid, what /proc says) of every living process."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{name}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        comm, _, rest = stat.partition("(")[2].rpartition(")")
        state, parent, _, session = rest.split()[:4]
        if state not in "ZX":
            yield int(name), {"name": comm, "parent": int(parent), "session": int(session)}
