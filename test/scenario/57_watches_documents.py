"""-watch: a change of a document is a reload, whichever way it comes about, and nothing else is."""

import json
import os
import threading
import time

import pytest

from actors.config import entry, integration
from actors.library import Library
from actors.upstream import answers
from actors.wait import until

RESTLESS = 0.5  # seconds in which a watcher that is wrong would have reloaded


def reloads(proxy):
    """Loads since the start."""
    return len(proxy.logged("reloading configuration")) - 1


def expect_one_reload(proxy, since):
    until(lambda: reloads(proxy) > since and not busy(proxy), "a reload")
    time.sleep(RESTLESS)
    assert reloads(proxy) == since + 1


def busy(proxy):
    return proxy.status()["reload"] != "idle"


def expect_no_reload(proxy, since=0):
    time.sleep(RESTLESS)
    assert reloads(proxy) == since


def text(upstream, name="slack"):
    return json.dumps({"integrations": [integration(name, upstream)]})


@pytest.fixture
def upstream(start_upstream):
    return start_upstream(answers())


@pytest.fixture
def proxy(start_proxy, upstream):
    return start_proxy(text(upstream), allowlist=[entry("slack", everybody=["GET /ok"])],
                       flags=["-watch"])


def status_of(proxy, host, target="/ok"):
    return proxy.caller().get(target, host=host).status


# Each changes config.yaml so that the integration is called "other".


def writes(path, new):
    path.write_text(new)


def writes_in_pieces(path, new):
    with open(path, "w") as file:
        for byte in new:
            file.write(byte)
            file.flush()
            time.sleep(0.001)


def replaces(path, new):
    path.with_suffix(".new").write_text(new)
    path.with_suffix(".new").rename(path)


def removes_and_creates(path, new):
    path.unlink()
    path.write_text(new)


def renames_away_and_links(path, new):
    path.rename(path.with_suffix(".old"))
    path.with_suffix(".else").write_text(new)
    path.symlink_to(path.with_suffix(".else"))


@pytest.mark.parametrize("change", [writes, writes_in_pieces, replaces, removes_and_creates,
                                    renames_away_and_links])
def test_a_change_is_one_reload(proxy, upstream, change):
    assert status_of(proxy, "slack") == 200
    proxy.path("allowlist").write_text("[]")
    change(proxy.path("config"), text(upstream, "other"))
    expect_one_reload(proxy, 0)
    assert status_of(proxy, "other") == 200
    assert status_of(proxy, "slack") == 404
    assert proxy.logged("documents have changed")


def test_one_change_after_another(proxy):
    for count in range(3):
        proxy.path("allowlist").write_text(json.dumps(
            [entry("slack", everybody=[f"GET /{count}"])]))
        expect_one_reload(proxy, count)
        assert status_of(proxy, "slack", f"/{count}") == 200
        assert status_of(proxy, "slack", f"/{count + 1}") == 403


@pytest.mark.parametrize("change", [os.utime, lambda path: path.chmod(0o600)])
def test_a_touch_counts(proxy, change):
    change(proxy.path("config"))
    expect_one_reload(proxy, 0)


def test_what_is_beside_the_documents_does_not_count(proxy):
    beside = proxy.directory / "beside"
    for _ in range(3):
        beside.write_text("x")
        beside.rename(proxy.directory / "config.yaml.old")
        (proxy.directory / "folder").mkdir()
        (proxy.directory / "folder").rmdir()
        proxy.path("config").read_text()
    expect_no_reload(proxy)


def test_a_busy_neighbour_does_not_put_a_reload_off(proxy):
    stop = threading.Event()

    def chatter():
        while not stop.wait(0.01):
            (proxy.directory / "beside").write_text("x")
    neighbour = threading.Thread(target=chatter)
    neighbour.start()
    os.utime(proxy.path("config"))
    until(lambda: reloads(proxy) == 1, "a reload", 3)
    stop.set()
    neighbour.join()


def test_a_document_that_is_never_still_is_read_all_the_same(proxy, upstream):
    stop = threading.Event()

    def chatter():
        while not stop.wait(0.02):
            replaces(proxy.path("config"), text(upstream))
    neighbour = threading.Thread(target=chatter)
    neighbour.start()
    try:
        until(lambda: reloads(proxy) == 1, "a reload", 10)
    finally:
        stop.set()
        neighbour.join()


def test_without_the_flag_nothing_is_watched(start_proxy, upstream):
    proxy = start_proxy(text(upstream))
    os.utime(proxy.path("config"))
    expect_no_reload(proxy)


# Kubernetes: config.yaml -> ..data/config.yaml, and ..data -> ..1, which is replaced as a whole


def mount(folder, version, name, upstream):
    """What the kubelet does when a config map changes."""
    data, old = folder / "..data", None
    fresh = folder / f"..{version}"
    fresh.mkdir()
    (fresh / "config.yaml").write_text(text(upstream, name))
    if data.is_symlink():
        old = folder / os.readlink(data)
    (folder / "..data_tmp").symlink_to(fresh.name)
    (folder / "..data_tmp").rename(data)
    if old is None:
        (folder / "config.yaml").symlink_to("..data/config.yaml")
    else:
        (old / "config.yaml").unlink()
        old.rmdir()


@pytest.mark.parametrize("path", ["config.yaml", "..data/config.yaml"])
def test_a_swapped_link_is_one_reload(stage, upstream, path):
    proxy = stage.new_proxy([])
    conf = proxy.directory / "conf"
    conf.mkdir()
    mount(conf, 1, "one", upstream)
    proxy.flags = ["-watch", "-config", str(conf / path)]
    proxy.start()
    for count, name in enumerate(["two", "three"]):
        mount(conf, count + 2, name, upstream)
        expect_one_reload(proxy, count)
        assert status_of(proxy, name) == 200


# When things go wrong


def test_a_document_that_goes_and_comes_back(proxy, upstream):
    proxy.path("config").rename(proxy.directory / "away")
    proxy.wait_for_log("reload failed; keeping existing configuration")
    assert status_of(proxy, "slack") == 200
    proxy.path("allowlist").write_text("[]")
    replaces(proxy.path("config"), text(upstream, "other"))
    until(lambda: status_of(proxy, "other") == 200, "it has come back")


def test_a_mistake_is_told_once_and_mended_by_the_next_change(proxy, upstream):
    proxy.path("config").write_text("integrations: [")
    expect_one_reload(proxy, 0)
    assert len(proxy.logged("reload failed; keeping existing configuration")) == 1
    proxy.path("config").write_text(text(upstream))
    expect_one_reload(proxy, 1)
    assert proxy.status()["last_reload"]["ok"]


def test_a_directory_that_is_replaced(stage, upstream):
    """The watch is on the path, not on a directory that has gone elsewhere."""
    proxy = stage.new_proxy([])
    conf, new = proxy.directory / "conf", proxy.directory / "new"
    proxy.flags = ["-watch"]
    for folder, name in (conf, "one"), (new, "two"):
        folder.mkdir()
        (folder / "config.yaml").write_text(text(upstream, name))
        for one in "allowlist", "denylist":
            (folder / f"{one}.yaml").write_text("[]")
    for one in "config", "allowlist", "denylist":
        proxy.flags += [f"-{one}", str(conf / f"{one}.yaml")]
    proxy.start()
    conf.rename(proxy.directory / "old")
    new.rename(conf)
    until(lambda: status_of(proxy, "two") == 200, "the new directory is read")
    for name in "three", "four", "five":  # faster than by looking now and then
        (conf / "config.yaml").write_text(text(upstream, name))
        until(lambda: status_of(proxy, name) == 200, "the new directory is watched", 1)


def test_a_missing_directory_is_told_and_tried_again(stage, upstream):
    proxy = stage.new_proxy(text(upstream))
    conf = proxy.directory / "conf"
    proxy.flags = ["-watch", "-denylist", str(conf / "denylist.yaml")]
    conf.mkdir()
    (conf / "denylist.yaml").write_text("[]")
    proxy.start()
    for file in list(conf.iterdir()):
        file.unlink()
    conf.rmdir()
    line = proxy.wait_for_log("watch add failed")
    assert line["level"] == "ERROR" and line["directory"] == str(conf)
    assert status_of(proxy, "slack") == 200

    conf.mkdir()
    (conf / "denylist.yaml").write_text(json.dumps([entry("slack", everybody=["GET /ok"])]))
    until(lambda: status_of(proxy, "slack") == 403, "the directory is seen again")
    assert len(proxy.logged("watch add failed")) == 1


def test_what_is_on_a_server_is_not_watched(stage, upstream):
    library = Library()
    stage.upstreams.append(library)
    url = library.put("/config.yaml", json.loads(text(upstream)))
    proxy = stage.start_proxy([], flags=["-watch", "-config-url", url, "-config", "config.yaml"])
    proxy.path("config").write_text("integrations: [")
    expect_no_reload(proxy)
    assert library.request_count == 1
