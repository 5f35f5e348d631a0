"""The example documents in etc/ load as they are, which serves nothing, and without their marks."""

import re
import subprocess
from pathlib import Path

from actors.proxy import executables

EXAMPLES = Path(__file__).resolve().parents[2] / "etc"
DOCUMENTS = ("config", "allowlist", "denylist")


def check(folder):
    flags = [word for name in DOCUMENTS for word in (f"-{name}", str(folder / f"{name}.yaml"))]
    done = subprocess.run([executables()[0], "check", "-default-deny", *flags], timeout=60,
                          capture_output=True, text=True,
                          env={"CALLER_TOKEN": "a secret", "UPSTREAM_TOKEN": "another"})
    return done.returncode, done.stdout, done.stderr


def test_they_are_sound_as_they_are():
    assert check(EXAMPLES) == (0, "configuration is sound\n", "")


def test_they_are_sound_without_their_marks(tmp_path):
    for name in DOCUMENTS:
        text = (EXAMPLES / f"{name}.yaml").read_text()
        prose, mark, example = re.split(r"^(# ?)(?=(?:  )?- )", text, maxsplit=1, flags=re.MULTILINE)[:3]
        (tmp_path / f"{name}.yaml").write_text(
            prose + re.sub(f"^{mark}", "", mark + example, flags=re.MULTILINE))
    assert check(tmp_path) == (0, "configuration is sound\n", "")
