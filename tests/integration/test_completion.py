"""What bash offers after `bracemail ... <Tab>`: a line typed so far, and the words offered."""
import subprocess

import pytest

from bracemail import BINARY, ROOT

COMPLETION = ROOT / "packaging" / "bash-completion" / "bracemail"
SCRIPT = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_bracemail
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words, cwd=None):
    done = subprocess.run(["bash", "--norc", "-c", SCRIPT, "bash", COMPLETION, BINARY, *words], text=True, capture_output=True,
                          timeout=60, check=True, cwd=cwd)
    assert done.stderr == ""
    return set(done.stdout.split())


def commands():
    done = subprocess.run([BINARY, "--help"], text=True, capture_output=True, timeout=60, check=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}


def test_commands():
    assert offered("") == commands() | {"--help", "--version"}
    assert offered("acc") == {"account"}
    assert offered("nothing-begins-so") == set()


@pytest.mark.parametrize("typed, words", [
    (["account", ""], {"add", "list", "remove", "password", "allow-ip", "deny-ip", "set"}),
    (["account", "p"], {"password"}),
    (["account", "add", ""], set()),
    (["account", "set", ""], set()),
    (["account", "set", "shop", ""], {"keep-mail-from", "manager", "failure-notices", "hour-limit", "day-limit", "retention-days"}),
    (["account", "set", "shop", "keep-mail-from", ""], {"yes", "no"}),
    (["account", "set", "shop", "failure-notices", "m"], {"manager"}),
    (["account", "set", "shop", "day-limit", ""], {"none"}),
    (["account", "--config", "x.conf", "set", "--dev", "shop", "manager", ""], {"none"}),
    (["account", "-"], {"--config", "--dev", "--help", "--password-stdin", "--yes", "--json"}),
    (["dkim", ""], {"add", "list", "show", "remove", "enable", "disable"}),
    (["dkim", "--al"], {"--algorithm"}),
    (["dkim", "add", "shop", "example.com", "--algorithm", ""], {"rsa", "ed25519"}),
    (["group", ""], {"list", "add", "show", "rename", "delete", "import", "export"}),
    (["group", "show", ""], set()),
    (["group", "list", "--kind", ""], {"email", "transactional"}),
    (["campaign", "--account", "shop", "p"], {"pause"}),
    (["suppression", "--kind", "b"], {"bounce"}),
    (["suppression", "export", "--s"], {"--since"}),
    (["queue", ""], {"list", "retry", "delete", "hold", "release"}),
    (["queue", "--group", "x", "r"], {"retry", "release"}),
    (["queue", "list", "--group", ""], set()),
    (["serve", "--only", ""], {"api", "relay"}),
    (["serve", "--only", "r"], {"relay"}),
    (["serve", ""], set()),
    (["check", "-"], {"--config", "--dev", "--help", "--dns", "--domain", "--json"}),
    (["check", "--domain", "x", "--j"], {"--json"}),
    (["frobnicate", ""], set()),
])
def test_words(typed, words):
    assert offered(*typed) == words


def test_files(tmp_path):
    (tmp_path / "one.conf").touch()
    (tmp_path / "two").mkdir()
    assert offered("check", "--config", "", cwd=tmp_path) == {"one.conf", "two"}
    assert offered("suppression", "import", "", cwd=tmp_path) == {"one.conf", "two"}
    assert offered("group", "import", "--account", "shop", "Customers", "o", cwd=tmp_path) == {"one.conf"}
    assert offered("group", "import", "", cwd=tmp_path) == set()
