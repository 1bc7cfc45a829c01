"""bracemail(1) beside the binary's own --help: each command, what it does, and its options. bracemail.conf(5): unit/test_manual."""
import re
import subprocess

import pytest

from bracemail import BINARY, ROOT

PAGES = ["bracemail.1", "bracemail.conf.5"]
SHARED_OPTIONS = {"--config", "--dev", "--help"}


def page(name):
    return str(ROOT / "packaging" / "man" / name)


def said_by(*arguments):
    return subprocess.run([BINARY, *arguments], text=True, capture_output=True, timeout=60, check=True).stdout


def commands():
    """The names in `bracemail --help`."""
    return re.findall(r"^  ([a-z]+) ", said_by("--help"), re.MULTILINE)


def rendered():
    """The page as plain text, none of its lines broken."""
    done = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=1000", page("bracemail.1")], text=True,
                          capture_output=True, timeout=60, check=True)
    return re.sub(".\b", "", done.stdout)


def section(text, name):
    """What stands below a command's heading."""
    found = re.search(rf"^   {name}\n((?:    .*\n|\n)*)", text, re.MULTILINE)
    return found[1] if found else ""


def words_of_usage(command):
    """What a command does (`account add`), and the settings and choices in its line of usage."""
    usage = said_by(command, "--help").splitlines()[0].partition(f"bracemail {command}")[2]
    return set(re.findall(r"(?<![\w-])[a-z][a-z-]+(?![\w-])", usage))


def options_of(command):
    return set(re.findall(r"--[a-z][a-z-]+", said_by(command, "--help"))) - SHARED_OPTIONS


def has(word, text):
    return re.search(rf"(?<![\w-]){word}(?![\w-])", text) is not None


@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed(name):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", page(name)], text=True, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_each_command_is_in_the_page():
    text = rendered()
    assert len(commands()) > 1
    assert [command for command in commands() if not section(text, command)] == []


def test_each_action_and_option_is_in_the_page():
    text = rendered()
    missing = [f"{command} {word}" for command in commands() if command != "version"
               for word in sorted(words_of_usage(command) | options_of(command))
               if not has(word, section(text, command))]
    missing += [option for option in sorted(SHARED_OPTIONS) if not has(option, text)]
    assert missing == []


def test_the_page_names_no_option_that_is_not_there():
    known = {"--version"} | SHARED_OPTIONS
    for command in commands():
        known |= options_of(command) if command != "version" else set()
    assert set(re.findall(r"--[a-z][a-z-]+", rendered())) - known == set()
