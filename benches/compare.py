#!/usr/bin/env python3
"""umbulk and Adobe's umapi-cli in one go: rows a second, ratios, and peak memory at two sizes.

    python3 -m venv venv && venv/bin/pip install -r tests/peers/requirements.txt
    cargo build --release && venv/bin/python benches/compare.py target/release/umbulk [--quick]

Both read the same rows and check them by their own rules; both send the same users to umbulk's sandbox on loopback. umapi-cli gets the first rows
of each file, for its time grows with their number alone. Machines are noisy: quote the ratios.
"""
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UMBULK = str(Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/umbulk").resolve())
QUICK = "--quick" in sys.argv
SMALL, LARGE, SENT = (100_000, 500_000, 20_000) if QUICK else (1_000_000, 5_000_000, 100_000)
PEER_READ, PEER_SENT = 20_000, 3_000
MIB = 1 << 20

READ = """
import sys
from umapi_cli.formatter import InputHandler, csv
rows = sum(1 for _ in csv(open(sys.argv[1], "r", encoding="utf-8"), InputHandler("user_create_bulk")).read())
print(rows)
"""
SEND = """
import sys
from umapi_cli.cli import app
app(["user-create-bulk", "-i", sys.argv[1]], obj={})
"""


def native(path, rows):
    """About 140 bytes a row, one in twenty quoted, one in ten on a user who was there before."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("action,type,email,firstname,lastname,country,groups\n")
        for row in range(rows):
            user = row // 2 if row % 10 == 9 else row
            groups = '"Team 01,Team 02 with a rather long name of its own"' if row % 20 == 0 else "Creative Cloud All Apps plan for everybody in the studio"
            file.write(f"create,federatedID,user.number.{user:08}@corp.example.com,Zoë,Ångström,US,{groups}\n")


def peer(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.write("type,email,firstname,lastname,country,username,domain,groups\n")
        for row in range(rows):
            file.write(f"federatedID,user.number.{row:08}@corp.example.com,Zoë,Ångström,US,,,Creative Cloud All Apps plan for everybody in the studio\n")


def run(*command, env=None):
    """Seconds, and the peak memory of this command alone."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    stderr = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command}: status {os.waitstatus_to_exitcode(status)}: {stderr.decode()[-800:]}")
    return seconds, usage.ru_maxrss * 1024


def best(times, *command, out=None, env=None):
    """The best of several runs, each with the output of the one before out of the way."""
    figures = []
    for _ in range(times):
        if out:
            Path(out).unlink(missing_ok=True)
        figures.append(run(*command, env=env))
    return min(figures)


def sandbox(folder):
    seed = folder / "seed.csv"
    seed.write_text("action,group\ncreate-group,Creative Cloud All Apps plan for everybody in the studio\ncreate-group,Team 01\n"
                    "create-group,Team 02 with a rather long name of its own\n", encoding="utf-8")
    env_file = folder / "sandbox.env"
    words = [UMBULK, "sandbox", "--no-throttle", "--seed", str(seed), "--env-file", str(env_file)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    listening = dict(word.split("=") for word in process.stdout.readline().split()[1:])
    environment = dict(line.split("=", 1) for line in env_file.read_text().splitlines())
    # Both take the token over HTTPS, for umapi-cli knows no other way, and send over HTTP: TLS is not what is compared.
    return process, {**environment, "UMAPI_URL": f"http://{listening['http']}/v2/usermanagement"}


def line(what, *figures):
    print(f"{what:44}", *figures, flush=True)


def main():
    failed = []

    def bound(what, holds):
        if not holds:
            failed.append(what)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large, theirs = folder / "small.csv", folder / "large.csv", folder / "theirs.csv"
        native(small, SMALL)
        native(large, LARGE)
        peer(theirs, PEER_READ)
        out = str(folder / "out.csv")
        seconds, _ = best(2, sys.executable, "-c", READ, str(theirs))
        start, _ = best(2, sys.executable, "-c", "import umapi_cli.formatter")
        their_rate = PEER_READ / (seconds - start)
        line("umapi-cli reads and checks", f"{their_rate:12,.0f} rows/s")
        for what, command in [("validate", ["validate", str(small), "--results", out]), ("plan", ["plan", str(small)])]:
            seconds, peak = best(5, UMBULK, *command, out=out)
            ratio = SMALL / seconds / their_rate
            line(f"umbulk {what}, {SMALL:,} rows", f"{SMALL / seconds:12,.0f} rows/s", f"{ratio:8,.0f} times", f"{peak / MIB:8.1f} MiB")
            bound(f"{what}: 300 times umapi-cli", ratio >= 300)
        peaks = {}
        for rows, path in [(SMALL, small), (LARGE, large)]:
            seconds, peak = run(UMBULK, "plan", str(path))
            allowed = 48 * MIB + 64 * rows
            line(f"umbulk plan, {rows:,} rows: peak memory", f"{peak / MIB:8.1f} MiB of {allowed / MIB:.0f} allowed")
            bound(f"plan of {rows} rows: memory", peak <= allowed)
        process, environment = sandbox(folder)
        try:
            environment = {**os.environ, **environment}
            first = folder / "first.csv"
            native(first, SENT)
            results = ["--results", out, "--rate", "off", "-q"]
            seconds, peak = run(UMBULK, "import", str(first), *results, env=environment)
            our_rate = SENT / seconds
            line(f"umbulk import, {SENT:,} rows", f"{our_rate:12,.0f} rows/s", f"{peak / MIB:18.1f} MiB")
            peer(theirs, PEER_SENT)
            seconds, _ = run(sys.executable, "-c", SEND, str(theirs), env=environment)
            ratio = our_rate / (PEER_SENT / seconds)
            line(f"umapi-cli user-create-bulk, {PEER_SENT:,} rows", f"{PEER_SENT / seconds:12,.0f} rows/s", f"{ratio:8,.0f} times slower")
            bound("import: 20 times umapi-cli", ratio >= 20)
            for rows, path in [(SMALL, small), (LARGE, large)]:
                seconds, peak = run(UMBULK, "import", str(path), *results, env=environment)
                allowed = 48 * MIB + 64 * rows
                line(f"umbulk import, {rows:,} rows: peak memory", f"{peak / MIB:8.1f} MiB of {allowed / MIB:.0f} allowed", f"({rows / seconds:,.0f} rows/s)")
                bound(f"import of {rows} rows: memory", peak <= allowed)
        finally:
            process.terminate()
        seconds, _ = best(10, UMBULK, "--version")
        line("umbulk --version", f"{seconds * 1000:12.1f} ms")
        bound("--version within 20 ms", seconds < 0.020)
    for what in failed:
        print(f"not held: {what}")
    sys.exit(1 if failed else 0)


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
main()
