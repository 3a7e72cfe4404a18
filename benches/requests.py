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


def rows_of_three(folder, rows=600):
    """Rows of one group, each with three users."""
    row = lambda n: ("update-group", "Everybody", ",".join(email(3 * n + k) for k in range(3)))
    write(folder / "rows.csv", ["action", "group", "users"], (row(n) for n in range(rows)))
    return 3 * rows, ["Everybody"], rows, 3 * rows


def one_long_row(folder, users=1_000):
    row = ("update-group", "Everybody", ",".join(email(n) for n in range(users)))
    write(folder / "rows.csv", ["action", "group", "users"], [row])
    return users, ["Everybody"], 1, users


def rows_with_strangers(folder, rows=5_000):
    """Rows of one group with ten users, of whom one in a hundred is a stranger."""
    name = lambda n: f"stranger{n}@example.com" if n % 100 == 50 else email(n)
    row = lambda n: ("update-group", "Everybody", ",".join(name(10 * n + k) for k in range(10)))
    write(folder / "rows.csv", ["action", "group", "users"], (row(n) for n in range(rows)))
    return 10 * rows, ["Everybody"], rows, 10 * rows


def with_removals(folder, users=5_000):
    """Memberships sorted by group; one in a hundred is taken away."""
    kind = lambda n: "remove" if n % 100 == 3 else "add"
    rows = ((kind(n), email(n), team) for team in TEAMS for n in range(users))
    write(folder / "rows.csv", MEMBERSHIP, rows)
    return users, TEAMS, 10 * users, users


def creates_and_memberships(folder, users=2_000):
    """New users with two teams, and others who join the same teams."""
    header = ["action", "email", "firstname", "lastname", "country", "groups"]
    rows = []
    for n in range(users):
        teams = f"{TEAMS[n % 10]},{TEAMS[(n + 1) % 10]}"
        rows.append(("create", email(users + n), f"F{n}", f"L{n}", "US", teams))
        rows.append(("add", email(n), "", "", "", TEAMS[n % 10]))
        rows.append(("add", email(n), "", "", "", TEAMS[(n + 4) % 10]))
    write(folder / "rows.csv", header, rows)
    return users, TEAMS, len(rows), 2 * users


def alternating(folder, users=600):
    """Two groups get the same users, row by row."""
    rows = (("add", email(n), team) for n in range(users) for team in ("North", "South"))
    write(folder / "rows.csv", MEMBERSHIP, rows)
    return users, ["North", "South"], 2 * users, users


def both_kinds(folder, users=3_000):
    """Rows of users and rows of groups about the same groups, and partly the same users."""
    rows = []
    for n in range(0, users, 3):
        names = [email((n + k) % users) for k in range(3)]
        rows.append(("update-group", "", "", f"Team {n // 3 % 10}", ",".join(names)))
        rows.append(("add", email((n + 1_500) % users), f"Team {(n + 5) % 10}", "", ""))
    write(folder / "rows.csv", ["action", "email", "groups", "group", "users"], rows)
    return users, TEAMS, len(rows), len(rows)


def with_renames(folder, users=3_000):
    """Memberships by user and by group, and renames of groups and users between them."""
    header = ["action", "email", "groups", "group", "users", "new_name", "new_email"]
    rows = []
    for n in range(users):
        rows.append(("add", email(n), "Team 1", "", "", "", ""))
        if n % 6 == 0:
            names = ",".join(email((n + k + users // 2) % users) for k in range(3))
            rows.append(("update-group", "", "", "Team 2", names, "", ""))
    rows.append(("update-group", "", "", "Team 2", "", "Team Two", ""))
    for n in range(3, users, 6):
        names = ",".join(email(n + k) for k in range(3))
        rows.append(("update-group", "", "", "Team Two", names, "", ""))
    for n in range(0, users, 50):
        rows.append(("update", email(n), "", "", "", "", f"renamed{n}@example.com"))
        rows.append(("add", f"renamed{n}@example.com", "Team 3", "", "", "", ""))
    write(folder / "rows.csv", header, rows)
    return users, TEAMS, len(rows), len(rows)


# The most requests of an import, from the fewest that any order of its rows needs.
def at_most(requests):
    return lambda fewest: requests


def near_the_fewest(fewest):
    return 1.05 * fewest


def near_the_fewest_and_one(fewest):
    """One more, because the first request tries the form."""
    return 1.05 * fewest + 1


NARROW = ["--narrow-groups"]

JOBS = {
    "100,000 memberships, by user": (by_user, [], at_most(110)),
    "100,000 memberships, by group": (by_group, [], at_most(110)),
    "50,000 users into one group": (one_group, [], at_most(55)),
    "the same with 1 % strangers": (strangers, [], at_most(700)),
    "100,000 memberships, narrow form": (by_user, NARROW, at_most(1_100)),
    "50,000 users into one group, narrow form": (one_group, NARROW, at_most(560)),
    "10,000 new users with 3 groups": (new_users, [], at_most(1_000)),
    "last week's file, 1 % new": (last_week, [], near_the_fewest),
    "50,000 rows of every action": (mixed, [], near_the_fewest),
    "600 rows of one group, 3 users each": (rows_of_three, [], near_the_fewest_and_one),
    "600 rows of one group, narrow form": (rows_of_three, NARROW, at_most(22)),
    "a row with 1,000 users": (one_long_row, [], near_the_fewest_and_one),
    "5,000 rows of one group, 1 % strangers": (rows_with_strangers, [], at_most(700)),
    "50,000 memberships, 1 % removals": (with_removals, [], near_the_fewest_and_one),
    "new users, and others in their groups": (
        creates_and_memberships,
        [],
        near_the_fewest_and_one,
    ),
    "two groups, alternating": (alternating, [], near_the_fewest_and_one),
    "rows of users and of groups": (both_kinds, [], near_the_fewest_and_one),
    "renames between": (with_renames, [], near_the_fewest_and_one),
}


def run(program, name):
    make, options, most = JOBS[name]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        users, teams, rows, commands = make(folder)
        team = {last_week: lambda n: TEAMS[n % 10], mixed: lambda n: TEAMS[(n + 5) % 10]}
        team[with_removals] = lambda n: ",".join(TEAMS) if n % 100 == 3 else ""
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
        target = most(plan.get("fewest_requests", 0))
        is_met = max(sent, plan.get("requests", sent)) <= target
        print(
            f"{name}: {sent} requests, target {target:.6g}{'' if is_met else ' MISSED'}; planned "
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
