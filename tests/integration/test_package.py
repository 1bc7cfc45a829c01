"""What packaging/ has beside the binary, held against it. `make deb` builds the package itself."""
import re
import subprocess

import certificates
from bracemail import BINARY, ROOT

PACKAGING = ROOT / "packaging"
# What tools/setup installs to build, and a package need not declare: Debian's build-essential, and what is needed to run.
NOT_DECLARED = {"gcc", "make", "libc6-dev", "ca-certificates", "postgresql-15"}


def check(path):
    return subprocess.run([BINARY, "check", "--config", str(path)], text=True, capture_output=True, timeout=60)


def test_the_configuration_is_right_as_it_is_installed():
    done = check(PACKAGING / "bracemail.conf")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_configuration_is_right_with_all_that_it_proposes(tmp_path):
    certificate, key = certificates.make(tmp_path, "relay.example.net")
    text = re.sub(r"^#(?=[a-z}]|  [^ ])", "", (PACKAGING / "bracemail.conf").read_text(), flags=re.MULTILINE)
    text = text.replace("/etc/bracemail/tls.crt", str(certificate)).replace("/etc/bracemail/tls.key", str(key))
    text = re.sub(r"^database .*\n", "", text, flags=re.MULTILINE)
    assert text.count("\nlistener ") == 3 and "\ndelivery {" in text and "\napi {" in text
    path = tmp_path / "bracemail.conf"
    path.write_text(text)
    done = check(path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_has_the_version_of_the_program():
    version = re.match(r"bracemail \(([^)]+)\)", (PACKAGING / "debian" / "changelog").read_text())[1]
    said = subprocess.run([BINARY, "--version"], text=True, capture_output=True, timeout=60, check=True).stdout
    assert said == f"bracemail {version}\n"


def test_the_package_is_built_with_what_the_program_is_built_with():
    setup = re.search(r'^build="([^"]+)"', (ROOT / "tools" / "setup").read_text(), re.MULTILINE)[1].split()
    control = (PACKAGING / "debian" / "control").read_text()
    declared = re.search(r"^Build-Depends:((?:.*,\n)*.*)\n", control, re.MULTILINE)[1]
    assert set(setup) - NOT_DECLARED == {word.split()[0] for word in declared.split(",")} - {"debhelper-compat"}
