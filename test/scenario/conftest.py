"""The stage: makes a story's actors, sends them home, and prints what they saw if it failed."""

import os
import resource

import pytest

from actors.proxy import Proxy, executables
from actors.upstream import Upstream


def pytest_sessionstart():
    """Descriptors for crowds; and one plain word instead of hundreds of failures."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    missing = [str(program) for program in executables() if not os.access(program, os.X_OK)]
    if missing:
        pytest.exit(f"not built: {', '.join(missing)}; AUTHTRANSLATOR_BUILD names the build", 2)


@pytest.fixture
def stage():
    """Everybody who appears in a story, in order of appearance."""
    yield from open_stage()


@pytest.fixture(scope="module")
def shared_stage():
    """The same for actors whom all stories of one file share."""
    yield from open_stage()


@pytest.fixture
def start_proxy(stage):
    """start_proxy(config, ...) gives a proxy that serves; afterwards it has to end well."""
    return stage.start_proxy


@pytest.fixture
def start_upstream(stage):
    return stage.start_upstream


@pytest.fixture
def upstream(stage):
    """One that echoes, until the story says otherwise."""
    return stage.start_upstream()


class Stage:
    def __init__(self):
        self.proxies, self.upstreams = [], []

    def new_proxy(self, *arguments, **options):
        """One that has not been started."""
        self.proxies.append(Proxy(*arguments, **options))
        return self.proxies[-1]

    def start_proxy(self, *arguments, **options):
        return self.new_proxy(*arguments, **options).start()

    def start_upstream(self, *arguments, **options):
        self.upstreams.append(Upstream(*arguments, **options))
        return self.upstreams[-1]

    def seen(self):
        for proxy in self.proxies:
            yield "\n".join(caller.seen() for caller in proxy.callers[-20:])
            yield proxy.seen()
        for upstream in self.upstreams:
            yield upstream.seen()


def open_stage():
    stage = Stage()
    try:
        yield stage
        for proxy in stage.proxies:
            proxy.stop()
    finally:
        for actor in stage.proxies:
            actor.clean_up()
        for actor in stage.upstreams:
            actor.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Keeps what each actor saw beside a failure."""
    report = (yield).get_result()
    if report.failed:
        for name in ("stage", "shared_stage"):
            stage = getattr(item, "funcargs", {}).get(name)
            report.sections.extend(
                ("what they saw", text) for text in (stage.seen() if stage else ()) if text)
