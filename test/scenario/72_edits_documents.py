"""integrations and allowlist edit the operator's documents: as the reference does, but so that not
one comment is lost and nothing is opened by the way."""

import json
import subprocess
from pathlib import Path

import pytest

from actors.proxy import executables

VECTORS = Path(__file__).parents[1] / "vectors/integrations_cli.jsonl"
ROWS = [json.loads(line) for line in VECTORS.read_text().splitlines()]

# Where we differ on purpose: from the reference's destination to ours. With the first four, the
# capabilities ask for what the API has; see etc/integrations/. The others were no hosts at all.
OTHER_DESTINATIONS = {
    "https://gitlab.com/api/v4": "https://gitlab.com",
    "https://api.monday.com/v2": "https://api.monday.com",
    "https://trufflehog.cloud/api": "https://trufflehog.cloud",
    "https://ex.example.com/api/v1": "https://ex.example.com",
    "http://ex.example.com/api/v1": "http://ex.example.com",
    "https://ex.example.com//api/v1": "https://ex.example.com/",
    "https://HTTPS://ex.example.com": "HTTPS://ex.example.com",
    "https://HTTPS://ex.example.com/api": "HTTPS://ex.example.com/api",
    "https://HTTPS://ex.example.com/api/v1": "HTTPS://ex.example.com",
    "https://https://git.example.com//api/v3": "https://git.example.com/api/v3",
}


class Desk:
    """A folder with the operator's documents."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *words):
        return subprocess.run([executables()[0], *words], cwd=self.folder, timeout=60,
                              capture_output=True, text=True)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def read(self, name):
        path = self.folder / name
        return path.read_text() if path.exists() else None

    def allowlist(self, *words):
        return self.run("allowlist", *words)

    def grant(self, action, integration, caller, capability, *more):
        return self.allowlist(action, "-integration", integration, "-caller", caller,
                              "-capability", capability, *more)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def on_purpose(row):
    """What the row would be if the reference did as we do."""
    row = dict(row)
    row["wordless"] = row["stderr"].startswith(("yaml:", "flag ", "Usage"))
    if "Usage of" in row["stderr"]:
        row["wordless"] = True
    for theirs, ours in OTHER_DESTINATIONS.items():
        if row["file_after"]:
            row["file_after"] = row["file_after"].replace(f"{theirs}\n", f"{ours}\n")
    if "My Drive!" in row["argv"]:  # the server would refuse the file
        row.update(exit=1, stdout="", file_after=None, wordless=True)
    if "rate_limit_window" in (row.get("file_before") or ""):  # keys of the server are fine
        row.update(exit=0, stdout="a\n", stderr="", wordless=False)
    if row["argv"] == ["delete", "nope"] and row.get("file_before") is None:
        row["file_after"] = None  # nothing to write
    return row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row["argv"]) or "nothing")
def test_integrations_does_what_the_reference_does(desk, row):
    row = on_purpose(row)
    if row.get("file_before") is not None:
        desk.write("config.yaml", row["file_before"])
    done = desk.run("integrations", "-file", "config.yaml", *row["argv"])
    assert done.returncode == row["exit"], done.stderr
    assert done.stdout == row["stdout"]
    assert desk.read("config.yaml") == row["file_after"]
    if not row["wordless"]:
        assert done.stderr == row["stderr"]


def test_all_rows_are_there():
    assert len(ROWS) == 104


COMMENTED = """\
# Our upstreams.
integrations:   # see the wiki

  # Chat. Ask Ann before you change it.
  - name: Slack
    destination: "https://slack.com/"   # not the enterprise grid
    rate_limit_window: 10s              # a key that only the server knows
    in_rate_limit: 7
    incoming_auth:
      - type: token
        params: {header: X-Auth, secrets: ["env:CALLER"]}
    outgoing_auth:
      - type: token
        params:
          header: Authorization
          prefix: 'Bearer '
          secrets:
            - env:OLD   # rotated in May

  # Files.
  - {name: drive, destination: 'https://drive.internal'}   # one line
# The end.
"""


def test_an_added_integration_leaves_every_byte(desk):
    desk.write("config.yaml", COMMENTED)
    done = desk.run("integrations", "linear", "-token", "env:T", "-file", "config.yaml")
    assert (done.returncode, done.stdout) == (0, "integration added\n")
    head, new, tail = desk.read("config.yaml").partition("  - name: linear\n")
    assert head + "# The end.\n" == COMMENTED
    assert new and tail.endswith("            - env:T\n# The end.\n")
    assert desk.run("integrations", "list").stdout == "Slack\ndrive\nlinear\n"


def test_an_updated_integration_keeps_comments_limits_and_other_keys(desk):
    desk.write("config.yaml", COMMENTED)
    done = desk.run("integrations", "update", "asana", "-name", "slack", "-token", "env:NEW")
    assert (done.returncode, done.stdout) == (0, "integration updated\n")
    assert desk.read("config.yaml") == COMMENTED.replace("env:OLD", "env:NEW").replace(
        '"https://slack.com/"', "https://app.asana.com/api/1.0")


def test_a_deleted_integration_leaves_the_comments_around_it(desk):
    desk.write("config.yaml", COMMENTED)
    assert desk.run("integrations", "delete", "SLACK").returncode == 0
    head, rest = COMMENTED.split("  - name: Slack\n")
    assert desk.read("config.yaml") == head + rest[rest.index("\n  # Files."):]
    assert desk.run("integrations", "delete", "drive").returncode == 0
    left = desk.read("config.yaml")
    assert "integrations: []   # see the wiki\n" in left
    for comment in ("# Our upstreams.", "# Chat. Ask Ann", "# Files.", "# The end."):
        assert comment in left


def test_a_secret_that_is_pasted_is_not_written(desk):
    done = desk.run("integrations", "asana", "-token", "s3cr3t-t0ken")
    assert done.returncode == 1
    assert "env:NAME" in done.stderr
    assert "s3cr3t-t0ken" not in done.stderr
    assert desk.read("config.yaml") is None


def test_what_is_written_by_an_alias_is_left_to_a_person(desk):
    text = "integrations:\n  - &a {name: a, destination: http://a}\n  - {<<: *a, name: b}\n"
    desk.write("config.yaml", text)
    done = desk.run("integrations", "update", "linear", "-name", "b", "-token", "env:T")
    assert done.returncode == 1
    assert "config.yaml:" in done.stderr and "by hand" in done.stderr
    assert desk.read("config.yaml") == text


ALLOWED = """\
# Who may do what.

- integration: Slack
  callers:
    # The bot of the night shift.
    - id: bot
      capabilities:
        - name: post_as   # as itself only
          params: {username: night}
      rules:
        - path: /api/users.list   # reading is fine
          methods: {GET: {}}
"""


def test_a_grant_leaves_every_byte(desk):
    desk.write("allowlist.yaml", ALLOWED)
    done = desk.grant("add", "slack", "bot", "post_channels", "-params", 'channels=["C1","C2"]')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    after = desk.read("allowlist.yaml")
    assert after == ALLOWED.replace(
        "          params: {username: night}\n",
        "          params: {username: night}\n"
        "        - name: post_channels\n"
        "          params:\n"
        "            channels:\n"
        "                - C1\n"
        "                - C2\n")
    assert desk.grant("remove", "SLACK", "bot", "post_channels").returncode == 0
    assert desk.read("allowlist.yaml") == ALLOWED


def test_a_grant_with_other_parameters_replaces_them(desk):
    desk.write("allowlist.yaml", ALLOWED)
    assert desk.grant("add", "slack", "bot", "post_as", "-params", "username=day").returncode == 0
    assert desk.read("allowlist.yaml") == ALLOWED.replace("night}", "day}")


def test_a_new_allowlist_is_written_as_by_the_reference(desk):
    assert desk.grant("add", "Slack", "bot", "post_as", "-params", "username=bot").returncode == 0
    assert desk.grant("add", "slack", "bot", "dangerously_allow_full_access").returncode == 0
    assert desk.grant("add", "slack", "*", "post_channels", "-params",
                      'channels=["C1","C2"]').returncode == 0
    assert desk.read("allowlist.yaml") == """\
- integration: slack
  callers:
    - id: bot
      capabilities:
        - name: post_as
          params:
            username: bot
        - name: dangerously_allow_full_access
          params: null
    - id: '*'
      capabilities:
        - name: post_channels
          params:
            channels:
                - C1
                - C2
"""


def test_removing_never_takes_rules(desk):
    desk.write("allowlist.yaml", ALLOWED)
    assert desk.grant("remove", "slack", "bot", "nosuch").returncode == 0
    assert desk.read("allowlist.yaml") == ALLOWED
    assert desk.grant("remove", "slack", "bot", "post_as").returncode == 0
    left = desk.read("allowlist.yaml")
    assert "capabilities" not in left
    assert "/api/users.list   # reading is fine" in left and "# The bot" in left


def test_removing_the_last_grant_does_not_open_the_integration(desk):
    desk.grant("add", "slack", "bot", "post_as", "-params", "username=bot")
    before = desk.read("allowlist.yaml")
    done = desk.grant("remove", "slack", "bot", "post_as")
    assert done.returncode == 1
    assert "open to every caller" in done.stderr
    assert desk.read("allowlist.yaml") == before


def test_who_falls_back_to_everybody_s_rights_is_told(desk):
    for caller in ("bot", "*"):
        desk.grant("add", "slack", caller, "post_as", "-params", "username=bot")
    done = desk.grant("remove", "slack", "bot", "post_as")
    assert done.returncode == 0
    assert 'may do what "*" may' in done.stderr
    assert "bot" not in desk.read("allowlist.yaml").replace("username: bot", "")


@pytest.mark.parametrize("words, text", [
    (("slack", "bot", "nosuch"), "unknown capability nosuch for integration slack"),
    (("slack", "bot", "post_as", "-params", "x=1"), "unknown param x for capability post_as"),
    (("slack", "bot", "post_as"), "invalid params for capability post_as: username required"),
    (("slack", "bot", "post_as", "-params", "a"), 'invalid param "a", expected key=value'),
    (("github", "bot", "comment", "-params", "repo=*/r"), "-compat"),
    (("slack", "", "post_as"), "-integration, -caller and -capability required"),
])
def test_a_grant_that_would_not_load_is_not_written(desk, words, text):
    done = desk.grant("add", *words)
    assert done.returncode == 1
    assert text in done.stderr
    assert desk.read("allowlist.yaml") is None


def test_who_migrates_may_have_a_wildcard_inserted(desk):
    assert desk.grant("add", "github", "bot", "comment", "-params", "repo=*/r",
                      "-compat").returncode == 0
    assert "repo: '*/r'" in desk.read("allowlist.yaml")


@pytest.mark.parametrize("text, words", [
    ("- integration: [\n", "allowlist.yaml:"),
    ("- integratoin: slack\n", 'did you mean "integration"?'),
])
def test_a_broken_list_is_not_touched(desk, text, words):
    desk.write("allowlist.yaml", text)
    for action in ("add", "remove"):
        done = desk.grant(action, "slack", "bot", "dangerously_allow_full_access")
        assert done.returncode == 1
        assert words in done.stderr
    assert desk.read("allowlist.yaml") == text


def test_a_list_that_is_not_there_has_nothing_to_remove(desk):
    done = desk.grant("remove", "slack", "bot", "post_as")
    assert done.returncode == 1
    assert "no such file" in done.stderr


def test_the_list_of_capabilities_is_the_reference_s(desk):
    said = desk.allowlist("list").stdout
    assert said.startswith("*:\n  dangerously_allow_full_access (params: )\nasana:\n")
    assert "  send_email (params: from,replyTo)\n" in said
    assert len(said.splitlines()) == 76


def test_integrations_of_one_s_own(desk):
    own = desk.folder / "own"
    own.mkdir()
    (own / "wiki.yaml").write_text(
        "integration: wiki\n"
        "flags: [{name: token, required: true, help: secret reference}]\n"
        "destination: https://wiki.internal\n"
        "outgoing_auth: [{type: token, params: {header: X-Key, secrets: [<token>]}}]\n"
        "options: {response_header_timeout: 30s}\n"
        "capabilities:\n"
        "  - name: read\n"
        "    params: [{name: space}]\n"
        "    rules: [{path: /spaces/<space>/**, methods: {GET: {}}}]\n")
    given = ("-integrations-dir", str(own))
    assert desk.run("integrations", *given, "wiki", "-token", "env:T").returncode == 0
    assert "      response_header_timeout: 30s\n" in desk.read("config.yaml")
    assert desk.grant("add", "wiki", "bot", "read", "-params", "space=ops", *given).returncode == 0
    check = subprocess.run([executables()[0], "check", *given], cwd=desk.folder, timeout=60,
                           capture_output=True, text=True, env={"T": "a secret"})
    assert (check.returncode, check.stdout) == (0, "configuration is sound\n"), check.stderr
    assert desk.run("check").returncode == 1
