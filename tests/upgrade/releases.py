"""Earlier releases, built from git: one folder each under build/upgrade."""
import pathlib
import subprocess

from bracemail import ROOT

FOLDER = ROOT / "build" / "upgrade"
LIST = pathlib.Path(__file__).with_name("previous-releases")


def listed():
    """Their hashes."""
    return [line for line in LIST.read_text().splitlines() if not line.startswith("#")]


def newest_migration():
    """The number of this release's."""
    return max(int(path.name[:4]) for path in (ROOT / "db" / "migrations").glob("*.sql"))


def binary(commit):
    """The path of that commit's program, which is built if it is not there."""
    folder = FOLDER / commit
    program = folder / "build" / "bracemail"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.Popen(["git", "archive", commit], stdout=subprocess.PIPE, cwd=ROOT)
        subprocess.run(["tar", "-x"], stdin=archive.stdout, cwd=folder, check=True)
        assert archive.wait() == 0, f"git has no commit {commit}"
        built = subprocess.run(["make", "build"], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert built.returncode == 0, built.stdout[-4000:]
    return program
