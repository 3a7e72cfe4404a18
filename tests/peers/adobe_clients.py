#!/usr/bin/env python3
"""Adobe's own clients against umbulk's sandbox, and umbulk on the files that they write.

    python3 -m venv venv && venv/bin/pip install -r tests/peers/requirements.txt
    cargo build --release && venv/bin/python tests/peers/adobe_clients.py target/release/umbulk

Ends with status 0 when everything holds. All traffic stays on loopback.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import requests
import umapi_client
from click.testing import CliRunner
from umapi_cli.cli import app

UMBULK = str(Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/umbulk").resolve())
ROOT = Path(__file__).resolve().parents[2]

# Adobe's client speaks https to the token service, whatever it is told; the sandbox speaks http on loopback.
plain_post = requests.post
requests.post = lambda url, **more: plain_post(url.replace("https://127.0.0.1", "http://127.0.0.1"), **more)


def start_sandbox(*more):
    process = subprocess.Popen([UMBULK, "sandbox", "--rate", "off", *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    environment = dict(process.stdout.readline().strip().split("=", 1) for _ in range(5))
    return process, environment


def state(environment):
    with urllib.request.urlopen(environment["UMAPI_AUTH_HOST"] + "/sandbox/state") as answer:
        everything = json.load(answer)
    return {user["email"]: user for user in everything["users"]}, {group["name"]: group for group in everything["groups"]}


def library(environment):
    """umapi-client: groups, users, memberships, renames, lists, removals, errors."""
    auth = umapi_client.OAuthS2S(
        environment["UMAPI_CLIENT_ID"], environment["UMAPI_CLIENT_SECRET"], auth_host=environment["UMAPI_AUTH_HOST"].removeprefix("http://")
    )
    connection = umapi_client.Connection(org_id=environment["UMAPI_ORG_ID"], auth=auth, endpoint=environment["UMAPI_URL"])
    group = umapi_client.GroupAction("Peers")
    group.create(description="made by umapi-client")
    assert connection.execute_single(group, immediate=True) == (0, 1, 1), group.execution_errors()
    for number in range(25):
        user = umapi_client.UserAction(f"peer{number}@example.com")
        user.create(f"peer{number}@example.com", firstname="Peer", lastname=str(number), country="US").add_to_groups(["Peers"])
        connection.execute_single(user)
    assert connection.execute_queued()[1] >= 0
    users, groups = state(environment)
    assert groups["Peers"]["members"] == 25, groups
    renamed = umapi_client.UserAction("peer3@example.com")
    renamed.update(email="renamed@example.com", firstname="New")
    gone = umapi_client.UserAction("peer4@example.com")
    gone.remove_from_organization()
    wrong = umapi_client.UserAction("peer5@example.com")
    wrong.add_to_groups(["No such group"])
    connection.execute_multiple([renamed, gone, wrong], immediate=True)
    assert wrong.execution_errors()[0]["errorCode"] == "error.group.not_found", wrong.execution_errors()
    users, _ = state(environment)
    assert users["renamed@example.com"]["firstname"] == "New" and "peer4@example.com" not in users
    listed = umapi_client.UsersQuery(connection).all_results()
    assert sorted(user["email"] for user in listed) == sorted(users), "the list of users"
    assert len(umapi_client.UsersQuery(connection, in_group="Peers").all_results()) == 24
    assert umapi_client.UserQuery(connection, "peer1@example.com").result()["lastname"] == "1"
    assert "Peers" in [group["groupName"] for group in umapi_client.GroupsQuery(connection).all_results()]


def program(environment, folder):
    """umapi-cli: its bulk commands on our samples, and umbulk on its exports."""
    os.environ.update(environment)
    # umapi-cli takes the host alone.
    os.environ["UMAPI_AUTH_HOST"] = environment["UMAPI_AUTH_HOST"].removeprefix("http://")
    os.chdir(folder)

    def umapi(*words):
        done = CliRunner().invoke(app, list(words), obj={}, catch_exceptions=False)
        assert done.exit_code == 0 and "ERROR" not in done.output, (words, done.output)
        return done.output

    sample = ROOT / "samples" / "umapi-cli-create.csv"
    with open(sample, encoding="utf-8") as file:
        # umapi-cli sends an empty list where a user has no groups, which the API refuses.
        rows = [row for row in csv.DictReader(file) if row["groups"]]
    emails = [row["email"] for row in rows]
    # umapi-cli refuses a domain beside an email address, though its own exports have one.
    with open("create.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "domain": ""} for row in rows)
    umapi("user-create-bulk", "-i", "create.csv")
    users, _ = state(environment)
    assert set(emails) <= set(users)
    umapi("group-create-bulk", "-i", str(ROOT / "samples" / "umapi-cli-groups.csv"))
    assert "Studio 07" in state(environment)[1]
    umapi("user-read-all", "-o", "users.csv", "-f", "csv")
    umapi("group-read-all", "-o", "groups.csv", "-f", "csv")
    return folder / "users.csv", folder / "groups.csv"


def imports(path, environment, *more):
    done = subprocess.run([UMBULK, "import", str(path), "--rate", "off", "--json", *more], env={**os.environ, **environment}, capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "seed.csv"
        names = ["Design Studio", "Marketing EMEA", "Photoshop Users", "All Apps - Pro", "Video Team", "Ventes & Marketing", "Größe XL", "Interns 2026"]
        seed.write_text("action,group\n" + "".join(f"create-group,{name}\n" for name in names), encoding="utf-8")
        peer, environment = start_sandbox("--seed", str(seed))
        copy, elsewhere = start_sandbox()
        try:
            library(environment)
            users_file, groups_file = program(environment, Path(folder))
            # What Adobe's client has exported, umbulk brings into another organization as it is.
            status, summary = imports(groups_file, elsewhere)
            assert status == 0, summary
            status, summary = imports(users_file, elsewhere)
            assert status == 0, summary
            ours, theirs = state(elsewhere)[0], state(environment)[0]
            assert {email: user.get("groups") for email, user in ours.items()} == {email: user.get("groups") for email, user in theirs.items()}
            print(f"good: umapi-client {umapi_client.__version__ if hasattr(umapi_client, '__version__') else ''} and umapi-cli work against the sandbox; "
                  f"umbulk imports their exports ({summary['rows']} users)")
        finally:
            peer.terminate()
            copy.terminate()


main()
