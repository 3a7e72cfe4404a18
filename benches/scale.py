#!/usr/bin/env python3
"""Measures the shared store with many organizations, on PostgreSQL on this machine.

    cargo build --release
    python3 benches/scale.py target/release/umbulk [quota] [journal] [organizations] [OPTION…]

quota          reservations a second over 1,000 client ids
journal        the speed of a run with the shared journal, against one with the embedded journal
organizations  runs of many organizations, queued and carried out by four workers within limits

It starts a PostgreSQL server of its own that waits for the disk, as one in production does, and
checks each result. Machines are noisy: quote the ratios, and the load that is printed.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import csv
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PASSWORD = "sesame"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("umbulk", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("what", nargs="*", default=["quota", "journal", "organizations"])
    parser.add_argument("--orgs", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100, help="rows of each organization")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--concurrency", type=int, default=64, help="runs of a worker at once")
    parser.add_argument("--limit", type=int, default=6, help="seconds from request to request")
    parser.add_argument("--journal-rows", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=20, help="length of the quota measurement")
    return parser.parse_args()


def load():
    return f"load {os.getloadavg()[0]:.1f}"


class Postgres:
    """A server on a free port, in a folder of its own, never as root."""

    def __init__(self, folder):
        self.programs = self.find_programs()
        self.folder = folder / "postgres"
        self.folder.mkdir()
        (self.folder / "password").write_text(PASSWORD)
        self.begin = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            for path in (self.folder, self.folder / "password"):
                shutil.chown(path, "postgres", "postgres")
            self.begin = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = self.folder / "data"
        self.run("initdb", "--auth=scram-sha-256", "--username=postgres", "--no-locale",
                 "--encoding=UTF8", "--pwfile", self.folder / "password", "--pgdata", data)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "max_connections=4000",
                    f"unix_socket_directories={self.folder}", "shared_buffers=256MB"]
        words = [word for setting in settings for word in ("-c", setting)]
        self.log = open(self.folder / "log", "w", encoding="utf-8")
        self.server = subprocess.Popen(
            [*self.begin, self.programs / "postgres", "-D", data, *words],
            stdout=self.log, stderr=self.log, cwd="/")
        ready = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            assert self.server.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        self.psql("postgres", f"CREATE ROLE umbulk LOGIN PASSWORD '{PASSWORD}'")

    @staticmethod
    def find_programs():
        found = shutil.which("initdb")
        installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        path = installed[-1] if installed else found and pathlib.Path(found)
        return path.parent if path else sys.exit("PostgreSQL is not installed")

    def run(self, program, *args):
        command = [*self.begin, self.programs / program, *args]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def psql(self, database, sql):
        command = [self.programs / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                   "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
        environment = os.environ | {"PGPASSWORD": PASSWORD}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return done.stdout.strip()

    def database(self, name):
        self.psql("postgres", f"CREATE DATABASE {name}")
        self.psql(name, "CREATE SCHEMA umbulk AUTHORIZATION umbulk")
        return f"postgres://umbulk@127.0.0.1:{self.port}/{name}"

    def stop(self):
        self.server.send_signal(signal.SIGINT)
        self.server.wait()


class Place:
    """A folder with its own home, so that nothing of the user is read or written."""

    def __init__(self, umbulk, folder):
        self.umbulk, self.folder = umbulk, folder
        folder.mkdir()
        self.environment = {
            "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"), "PATH": os.environ["PATH"],
            "PGPASSWORD": PASSWORD, "SECRET": "sandbox-secret",
        }

    def start(self, *args, **more):
        return subprocess.Popen([self.umbulk, *args], cwd=self.folder, env=self.environment, **more)

    def run(self, *args):
        command = [self.umbulk, *args]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def sandbox(self, *args):
        process = self.start("sandbox", "--env-file", "sandbox.env", *args, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = process.stdout.readline()
        return process, line.split("http=")[1].split()[0]


def write_people(path, first, count):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["email", "firstname", "lastname", "country"])
        for number in range(first, first + count):
            out.writerow([f"user{number}@example.com", f"First{number}", f"Last{number}", "US"])


RESERVATION = r"""
\set client random(1, 1000)
\set ticket random(1, 1000000000)
SELECT granted FROM umbulk.reserve(decode(md5(:client::text), 'hex'), 'action', :client_id,
    :ticket, 9, 60000, 60000);
"""


def measure_quota(options, postgres, folder):
    """Reservations as umbulk asks for them; half of them find no room."""
    Place(options.umbulk, folder / "quota").run("runs", "--store", postgres.database("quota"))
    script = folder / "reservation.sql"
    script.write_text(RESERVATION)
    command = [postgres.programs / "pgbench", "-n", "-M", "prepared", "-c", "16", "-j", "2", "-T",
               str(options.seconds), "-f", script, "-h", "127.0.0.1", "-p", str(postgres.port),
               "-U", "umbulk", "quota"]
    done = subprocess.run(command, check=True, capture_output=True, text=True,
                          env=os.environ | {"PGPASSWORD": PASSWORD})
    rate = float(done.stdout.split("tps = ")[1].split()[0])
    counts = "SELECT max(n) FROM (SELECT count(*) n FROM umbulk.quota_requests GROUP BY client) x"
    # Each of the 16 workers counts only the requests of others: 10 of them, and its own.
    assert int(postgres.psql("quota", counts)) <= 10 * 16
    print(f"quota: {rate:,.0f} reservations/s over 1,000 client ids ({load()})")


def measure_journal(options, postgres, folder):
    """The same file without limits, with each journal in turn: the best of three."""
    place = Place(options.umbulk, folder / "journal")
    sandbox, _ = place.sandbox("--no-throttle")
    best = {}
    try:
        for turn in range(3):
            for kind in ("embedded", "shared"):
                name = f"{kind}{turn}.csv"
                first = options.journal_rows * (2 * turn + (kind == "shared"))
                write_people(place.folder / name, first, options.journal_rows)
                store = postgres.database(name[:-4]) if kind == "shared" else "none"
                began = time.monotonic()
                place.run("import", name, "--env-file", "sandbox.env", "--yes", "--store", store,
                          "--rate", "off", "--progress", "none")
                seconds = time.monotonic() - began
                best[kind] = min(seconds, best.get(kind, seconds))
                with open(place.folder / f"{kind}{turn}.results.csv", encoding="utf-8") as file:
                    rows = csv.DictReader(file)
                    statuses = collections.Counter(row["umbulk_status"] for row in rows)
                assert statuses == {"ok": options.journal_rows}, statuses
    finally:
        sandbox.terminate()
        sandbox.wait()
    ratio = best["embedded"] / best["shared"]
    rows = {kind: options.journal_rows / seconds for kind, seconds in best.items()}
    print(f"journal: embedded {rows['embedded']:,.0f} rows/s, shared {rows['shared']:,.0f} rows/s, "
          f"ratio {ratio:.2f} ({load()})")


def organization(number):
    """Client id and organization id, as docs/sandbox.md has them."""
    if number == 1:
        return "sandbox", "00000000000000000000AAAA@AdobeOrg"
    return f"sandbox-{number}", f"{number:020}AAAA@AdobeOrg"


def write_profiles(place, http, orgs):
    (place.folder / "config" / "umbulk").mkdir(parents=True)
    path = place.folder / "config" / "umbulk" / "config.toml"
    with open(path, "w", encoding="utf-8") as file:
        for number in range(1, orgs + 1):
            client, org = organization(number)
            file.write(f'[profiles.p{number}]\nclient-id = "{client}"\norg-id = "{org}"\n'
                       f'client-secret-env = "SECRET"\nauth-host = "http://{http}"\n'
                       f'url = "http://{http}/v2/usermanagement"\n')
    path.chmod(0o600)


class Usage(threading.Thread):
    """The most memory and connections while workers are at work."""

    def __init__(self, postgres, workers):
        super().__init__(daemon=True)
        self.postgres, self.workers = postgres, workers
        self.ended = threading.Event()
        self.processes, self.memory, self.connections = 0, 0, 0
        self.database_memory = 0

    def run(self):
        while not self.ended.wait(3):
            below = self.family()
            self.processes = max(self.processes, len(below))
            self.memory = max(self.memory, sum(map(self.proportional, below)))
            server = self.below({self.postgres.server.pid}) | {self.postgres.server.pid}
            self.database_memory = max(self.database_memory, sum(map(self.proportional, server)))
            self.connections = max(self.connections, int(self.postgres.psql(
                "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'umbulk'")))

    def family(self):
        own = {worker.pid for worker in self.workers}
        return own | self.below(own)

    @staticmethod
    def below(parents):
        found, latest = set(), parents
        while latest:
            latest = {int(pid) for parent in latest for pid in Usage.children(parent)}
            found |= latest
        return found

    @staticmethod
    def children(pid):
        with contextlib.suppress(OSError):
            tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
            return [pid for task in tasks for pid in (task / "children").read_text().split()]
        return []

    @staticmethod
    def proportional(pid):
        """The memory of a process, with its share of what it has in common with others."""
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        return 0


def measure_organizations(options, postgres, folder):
    place = Place(options.umbulk, folder / "organizations")
    log = place.folder / "calls.jsonl"
    limit = f"1/{options.limit}s"
    off = [word for name in ("users", "groups", "global") for word in (f"--limit-{name}", "off")]
    sandbox, http = place.sandbox("--orgs", str(options.orgs), "--limit-action", limit, *off,
                                  "--page0", "off", "--log-file", str(log))
    store = postgres.database("organizations")
    workers = []
    try:
        write_profiles(place, http, options.orgs)
        submit(options, place, store)
        print_queue_cost(options, postgres)
        before = transactions(postgres)
        usage = Usage(postgres, workers)
        began = time.monotonic()
        for number in range(options.workers):
            with open(place.folder / f"worker{number}.log", "w", encoding="utf-8") as said:
                # The service and the database are elsewhere: no worker may slow them down.
                workers.append(place.start(
                    "worker", "--store", store, "--once", "--concurrency", str(options.concurrency),
                    stdout=subprocess.DEVNULL, stderr=said, preexec_fn=lambda: os.nice(10)))
        usage.start()
        for worker in workers:
            assert worker.wait() == 0
        whole = time.monotonic() - began
        usage.ended.set()
        usage.join()
        count = "SELECT state, count(*) FROM umbulk.runs GROUP BY 1"
        states = postgres.psql("organizations", count)
        made = transactions(postgres) - before
        print(f"database: {10 * made / (options.orgs * options.rows):.1f} transactions a request")
        report(options, log, whole, usage, states)
    finally:
        for process in [*workers, sandbox]:
            if process.poll() is None:
                process.terminate()
                process.wait()


def submit(options, place, store):
    for number in range(1, options.orgs + 1):
        write_people(place.folder / f"rows{number}.csv", number * options.rows, options.rows)
    began = time.monotonic()

    def queue(number):
        place.run("submit", f"rows{number}.csv", "--profile", f"p{number}", "--store", store,
                  "--yes", "--rate", f"action=1/{options.limit}s", "--progress", "none")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(queue, range(1, options.orgs + 1)))
    seconds = time.monotonic() - began
    print(f"submit: {options.orgs} files in {seconds:.1f} s, four at a time: "
          f"{1000 * seconds / options.orgs:.0f} ms each ({load()})")


def print_queue_cost(options, postgres):
    """How long the database takes to choose the next run, the second time in a session."""
    ask = ("EXPLAIN (ANALYZE, TIMING OFF) SELECT umbulk.claim_next('nobody', o, h, 1000, 1) FROM "
           "(SELECT array_agg(organization), array_agg(host) FROM umbulk.runs) AS x (o, h)")
    # It is taken back, so that the run stays in the queue.
    asked = postgres.psql("organizations", f"BEGIN; {ask}; {ask}; ROLLBACK")
    print(f"queue: the next of {options.orgs} runs is chosen in "
          f"{asked.split('Execution Time: ')[2].split(' ')[0]} ms")


def transactions(postgres):
    counted = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'organizations'"
    return int(postgres.psql("postgres", counted))


def report(options, log, whole, usage, states):
    sent = collections.defaultdict(list)
    refused = 0
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            call = json.loads(line)
            if call["class"] == "action":
                refused += call["status"] == 429
                at = datetime.datetime.fromisoformat(call["time"][:26].rstrip("Z") + "+00:00")
                sent[call["client"]].append((at.timestamp(), call["status"], call["commands"]))
    rows = {client: sum(commands for _, status, commands in calls if status == 200)
            for client, calls in sent.items()}
    assert states == f"finished|{options.orgs}", states
    assert len(rows) == options.orgs and set(rows.values()) == {options.rows}, rows
    lengths = []
    for calls in sent.values():
        times = sorted(at for at, status, _ in calls if status == 200)
        lengths.append(times[-1] - times[0])
    needed = options.limit * (options.rows // 10 - 1)
    shares = sorted(needed / length for length in lengths)
    every = [at for calls in sent.values() for at, _, _ in calls]
    waves = -(-options.orgs // (options.workers * options.concurrency))
    print(f"organizations: {options.orgs} x {options.rows} rows, {options.workers} workers x "
          f"{options.concurrency}, one request per {options.limit} s ({load()})")
    print(f"  {refused} requests over a limit; from first to last request of an organization: "
          f"{100 * sum(shares) / len(shares):.1f} % of what the limit allows "
          f"(worst {100 * shares[0]:.1f} %)")
    print(f"  all: {max(every) - min(every):.1f} s of requests, {whole:.1f} s with start and end; "
          f"the limits allow {needed} s, {waves} times in turn: "
          f"{100 * needed / (max(every) - min(every)):.1f} %, "
          f"in turn {100 * waves * needed / (max(every) - min(every)):.1f} %")
    print(f"  most at once: {usage.processes} processes with {usage.memory / 2**20:.0f} MiB, "
          f"{usage.connections} connections, {usage.database_memory / 2**20:.0f} MiB in PostgreSQL")
    # The sandbox keeps the limits, and refuses what is over one.
    assert refused == 0, f"{refused} requests over a limit"


def main():
    options = arguments()
    # PostgreSQL must reach its folder, and it is another user.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="umbulk-scale-"))
    postgres = Postgres(folder)
    try:
        for what in options.what:
            measure = {"quota": measure_quota, "journal": measure_journal,
                       "organizations": measure_organizations}[what]
            measure(options, postgres, folder)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
