"""Where the processors' time goes while something runs, as perf samples it."""
import pathlib
import re
import shutil
import subprocess
import tempfile

FREQUENCY = 299
LOADS = {"wrk": "wrk", "PostgreSQL": "postgres", "the API's process": "api", "nobody": "swapper"}
# What takes envelopes apart and puts them together, conversations too, with what it calls; the second is what it waits for.
CODEC, READ = "soap_service_handle_together", "waits_read"


def _shares(samples, *options):
    """{name: percent of all samples}, with all that is called from there."""
    report = subprocess.run(
        ["perf", "report", "-i", samples, "--stdio", "--no-inline", "--percentage", "absolute", "-g", "none", "-w", "0", *options],
        capture_output=True, text=True, check=True).stdout
    return {name: float(percent) for percent, name in re.findall(r"^ +([\d.]+)%(?: +[\d.]+%)? +(?:\[.\] )?(\S+)", report, re.MULTILINE)}


def processor_time(run, seconds):
    """A sentence on the time of all processors while run() runs, which takes somewhat longer than that."""
    if shutil.which("perf") is None:
        return "where the time goes: skipped: there is no perf"
    with tempfile.TemporaryDirectory() as folder:
        samples = pathlib.Path(folder) / "samples"
        recorder = subprocess.Popen(
            ["perf", "record", "-q", "-a", "-F", str(FREQUENCY), "--call-graph", "dwarf,8192", "-o", samples, "--", "sleep", str(seconds)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        run()
        _, reason = recorder.communicate()
        if recorder.returncode != 0:
            return f"where the time goes: skipped: {reason.strip().splitlines()[0]}"
        loads = _shares(samples, "--no-children", "--sort", "comm")
        calls = _shares(samples, "--children", "--sort", "sym", "--comms", "api")
    told = ", ".join(f"{name} {loads.get(comm, 0):.0f} %" for name, comm in LOADS.items())
    return f"processors' time: {told}; the codec {calls[CODEC] - calls.get(READ, 0):.0f} %"
