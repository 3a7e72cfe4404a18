#!/usr/bin/env python3
"""Counts the requests that an import needs, on the sandbox, for the files of the README's table.

    cargo build --release
    python3 benches/requests.py target/release/umbulk [NAME…]

Each job is planned and imported without limits on loopback; the requests are those that the sandbox
has logged. The other columns are what the same file needs in other ways: umapi-cli's (ten rows a
request, in the order of the file), and User Sync's (one command for each user, ten a request).
"""

import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time


def email(number):
    return f"user{number}@example.com"


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def people(path, count, teams):
    """The users of the organization before the import."""
    rows = ((email(n), f"First{n}", f"Last{n}", "US", "federated", teams(n)) for n in range(count))
    write(path, ["email", "firstname", "lastname", "country", "type", "groups"], rows)


def groups(path, names):
    write(path, ["action", "group"], (("create-group", name) for name in names))


MEMBERSHIP = ["action", "email", "groups"]
TEAMS = [f"Team {n}" for n in range(10)]


def by_user(folder, users=10_000):
    rows = (("add", email(n), team) for n in range(users) for team in TEAMS)
    write(folder / "rows.csv", MEMBERSHIP, rows)
    return users, TEAMS, 10 * users, users


def by_group(folder, users=10_000):
    rows = (("add", email(n), team) for team in TEAMS for n in range(users))
    write(folder / "rows.csv", MEMBERSHIP, rows)
    return users, TEAMS, 10 * users, users


def one_group(folder, users=50_000):
    write(folder / "rows.csv", MEMBERSHIP, (("add", email(n), "Everybody") for n in range(users)))
    return users, ["Everybody"], users, users


def strangers(folder, users=50_000):
    """One row of a hundred names somebody who is not in the organization."""
    name = lambda n: f"stranger{n}@example.com" if n % 100 == 50 else email(n)
    write(folder / "rows.csv", MEMBERSHIP, (("add", name(n), "Everybody") for n in range(users)))
    return users, ["Everybody"], users, users


def new_users(folder, users=10_000):
    header = ["action", "email", "firstname", "lastname", "country", "groups"]
    teams = lambda n: ",".join(TEAMS[(n + k) % 10] for k in range(3))
    rows = (("create", email(n), f"F{n}", f"L{n}", "US", teams(n)) for n in range(users))
    write(folder / "rows.csv", header, rows)
    return 0, TEAMS, users, users


def last_week(folder, users=20_000):
    """The list of last week, with one new person in a hundred and one move in two hundred."""
    header = ["email", "firstname", "lastname", "country", "groups"]
    team = lambda n: TEAMS[(n + (n % 200 == 7)) % 10]
    rows = ((email(n), f"First{n}", f"Last{n}", "US", team(n)) for n in range(users + users // 100))
    write(folder / "rows.csv", header, rows)
    return users, TEAMS, users + users // 100, users + users // 100


def mixed(folder, users=20_000):
    """Rows of every action, in no order: 50,000. Who is deleted is in no other
    row, and who leaves a team is in it."""
    header = ["action", "email", "firstname", "lastname", "country", "groups", "group", "users"]
    rows = []
    for n in range(users):
        rows.append(("add", email(n), "", "", "", TEAMS[n % 10], "", ""))
    for n in range(0, users, 2):
        rows.append(("add", email(n), "", "", "", TEAMS[(n + 3) % 10], "", ""))
    for n in range(users, users + 8_000):
        rows.append(("create", email(n), f"F{n}", f"L{n}", "US", TEAMS[n % 10], "", ""))
    for n in range(1, users, 4):
        rows.append(("update", email(n), f"New{n}", "", "", "", "", ""))
    for n in range(3, users, 4):
        rows.append(("remove", email(n), "", "", "", TEAMS[(n + 5) % 10], "", ""))
    for n in range(users + 8_000, users + 10_000):
        rows.append(("delete", email(n), "", "", "", "", "", ""))
    random.Random(7).shuffle(rows)
    write(folder / "rows.csv", header, rows)
    return users + 10_000, TEAMS, len(rows), len({row[1] for row in rows})


JOBS = {
    "100,000 memberships, by user": (by_user, [], 110),
    "100,000 memberships, by group": (by_group, [], 110),
    "50,000 users into one group": (one_group, [], 55),
    "the same with 1 % strangers": (strangers, [], 700),
    "100,000 memberships, narrow form": (by_user, ["--narrow-groups"], 1_100),
    "50,000 users into one group, narrow form": (one_group, ["--narrow-groups"], 560),
    "10,000 new users with 3 groups": (new_users, [], 1_000),
    "last week's file, 1 % new": (last_week, [], None),
    "50,000 rows of every action": (mixed, [], None),
}


def run(program, name):
    make, options, target = JOBS[name]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        users, teams, rows, commands = make(folder)
        team = {last_week: lambda n: TEAMS[n % 10], mixed: lambda n: TEAMS[(n + 5) % 10]}
        in_a_team = team.get(make, lambda n: "")
        people(folder / "people.csv", users, in_a_team)
        groups(folder / "groups.csv", teams)
        env_file, log = folder / "sandbox.env", folder / "calls.jsonl"
        seeds = ["--seed", folder / "people.csv", "--seed", folder / "groups.csv"]
        sandbox = subprocess.Popen(
            [program, "sandbox", "-q", "--no-throttle", "--env-file", env_file, "--log-file", log]
            + seeds + options,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            while not env_file.exists():
                time.sleep(0.1)
            home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
            options = ["--env-file", env_file, "--effect-window", "0"]
            if make is last_week:
                for kind in ("users", "groups"):
                    subprocess.run(
                        [program, "export", kind, "--env-file", env_file],
                        cwd=folder, env=home, capture_output=True, check=True,
                    )
                options.append("--skip-unchanged")
            planned = subprocess.run(
                [program, "plan", "rows.csv", "--json", "--env-file", env_file, *options[4:]],
                cwd=folder, env=home, capture_output=True, text=True,
            )
            began = time.monotonic()
            done = subprocess.run(
                [program, "import", "rows.csv", "--yes", "--json", *options],
                cwd=folder, env=home, capture_output=True, text=True,
            )
            seconds = time.monotonic() - began
        finally:
            sandbox.terminate()
            sandbox.wait()
        sent = sum('"class":"action"' in line for line in open(log, encoding="utf-8"))
        plan = json.loads(planned.stdout) if planned.stdout.startswith("{") else {}
        if target is None:
            target = 1.05 * plan.get("fewest_requests", 0)
        print(
            f"{name}: {sent} requests, target {target}{'' if sent <= target else ' MISSED'}; planned "
            f"{plan.get('requests')}, bound {plan.get('fewest_requests')}; ten rows a request "
            f"{-(-rows // 10)}, a command for each user {-(-commands // 10)}; exit "
            f"{done.returncode}, {seconds:.1f} s",
            flush=True,
        )
        if done.returncode not in (0, 1):
            print(done.stderr)


if __name__ == "__main__":
    program = str(pathlib.Path(sys.argv[1]).resolve())
    for job in sys.argv[2:] or JOBS:
        run(program, job)
