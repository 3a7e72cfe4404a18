#!/usr/bin/env python3
"""Adobe's own clients against umbulk's sandbox, and umbulk on the files that they write.

    python3 -m venv venv && venv/bin/pip install -r tests/peers/requirements.txt
    cargo build --release && venv/bin/python tests/peers/adobe_clients.py target/release/umbulk

Ends with status 0 when everything holds. All traffic stays on loopback, the clients' own over HTTPS.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import umapi_client

UMBULK = str(Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/umbulk").resolve())
UMAPI = str(Path(sys.executable).parent / "umapi")
ROOT = Path(__file__).resolve().parents[2]

# What the samples take for granted.
GROUPS = """{"group":"Design Studio"}
{"group":"Marketing EMEA"}
{"group":"Video Team"}
{"group":"Ventes & Marketing"}
{"group":"Größe XL"}
{"group":"Interns 2026"}
{"group":"All Apps - Pro","type":"PRODUCT_PROFILE","product":"Creative Cloud All Apps"}
{"group":"Photoshop Users","type":"PRODUCT_PROFILE","product":"Photoshop"}
"""


class Sandbox:
    """A running organization, and the environment that points a client at it."""

    def __init__(self, folder, http, environment):
        self.folder, self.http, self.environment = folder, http, environment

    def dump(self):
        return self.order("GET", "state")

    def users(self):
        lines = [json.loads(line) for line in self.dump().splitlines()]
        return {line["email"]: line for line in lines if "email" in line}

    def groups(self):
        lines = [json.loads(line) for line in self.dump().splitlines()]
        return {line["group"]: line for line in lines if "group" in line}

    def control(self, path, body):
        self.order("PUT", path, json.dumps(body).encode())

    def order(self, method, path, body=None):
        """A call outside the API, with the token of the env file."""
        headers = {"Authorization": "Bearer " + self.environment["UMBULK_SANDBOX_TOKEN"]}
        request = urllib.request.Request(f"http://{self.http}/sandbox/{path}", data=body, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()

    def run(self, program, *words):
        environment = {**os.environ, **self.environment, "XDG_STATE_HOME": str(self.folder / "state"), "UMBULK_RATE": "off"}
        return subprocess.run([program, *map(str, words)], cwd=self.folder, env=environment, capture_output=True, text=True)

    def umapi(self, *words):
        """Adobe's umapi-cli. It ends with status 0 whatever happens: what it prints must be read."""
        done = self.run(UMAPI, *words)
        assert done.returncode == 0 and "rror" not in done.stdout.replace("Errors    : 0", ""), (words, done.stdout, done.stderr)
        return done.stdout

    def umbulk(self, *words):
        """umbulk, with everything ok."""
        done = self.run(UMBULK, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout


@contextmanager
def sandbox(*more):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "start.jsonl").write_text(GROUPS, encoding="utf-8")
        words = [UMBULK, "sandbox", "--state", "start.jsonl", "--env-file", "sandbox.env", "--no-throttle", *more]
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            listening = dict(word.split("=") for word in process.stdout.readline().split()[1:])
            environment = dict(line.split("=", 1) for line in (folder / "sandbox.env").read_text().splitlines())
            yield Sandbox(folder, listening["http"], environment)
        finally:
            process.terminate()
            process.wait()


def connect(world):
    os.environ["REQUESTS_CA_BUNDLE"] = world.environment["REQUESTS_CA_BUNDLE"]
    env = world.environment
    auth = umapi_client.OAuthS2S(env["UMAPI_CLIENT_ID"], env["UMAPI_CLIENT_SECRET"], auth_host=env["UMAPI_AUTH_HOST"], auth_endpoint=env["UMAPI_AUTH_ENDPOINT"])
    return umapi_client.Connection(org_id=env["UMAPI_ORG_ID"], auth=auth, endpoint=env["UMAPI_URL"])


def library(world):
    """umapi-client: groups, users, memberships, renames, lists, removals, errors."""
    connection = connect(world)
    group = umapi_client.GroupAction("Peers")
    group.create(description="made by umapi-client")
    assert connection.execute_single(group, immediate=True) == (0, 1, 1), group.execution_errors()
    for number in range(25):
        user = umapi_client.UserAction(f"peer{number}@example.com")
        user.create(f"peer{number}@example.com", firstname="Peer", lastname=str(number), country="US")
        user.add_to_groups(["Peers"])
        connection.execute_single(user)
    connection.execute_queued()
    members = [email for email, user in world.users().items() if "Peers" in user.get("groups", [])]
    assert len(members) == 25, members
    renamed = umapi_client.UserAction("peer3@example.com")
    renamed.update(email="renamed@example.com", firstname="New")
    gone = umapi_client.UserAction("peer4@example.com")
    gone.remove_from_organization()
    wrong = umapi_client.UserAction("peer5@example.com")
    wrong.add_to_groups(["No such group"])
    connection.execute_multiple([renamed, gone, wrong], immediate=True)
    assert wrong.execution_errors()[0]["errorCode"] == "error.group.not_found", wrong.execution_errors()
    users = world.users()
    assert users["renamed@example.com"]["firstname"] == "New" and "peer4@example.com" not in users
    listed = umapi_client.UsersQuery(connection).all_results()
    assert sorted(user["email"] for user in listed) == sorted(users), "the list of users"
    assert len(umapi_client.UsersQuery(connection, in_group="Peers").all_results()) == 24
    assert umapi_client.UserQuery(connection, "peer1@example.com").result()["lastname"] == "1"
    assert umapi_client.UserQuery(connection, "nobody@example.com").result() in (None, {}), "nobody by that name"
    assert "Peers" in [group["groupName"] for group in umapi_client.GroupsQuery(connection).all_results()]


def library_in_trouble(world):
    """umapi-client's own retries bring it through."""
    waits = []
    umapi_client.connection.sleep = waits.append
    world.control("faults", {"429": 0.08, "502": 0.04, "503": 0.04, "504": 0.04, "cut-before": 0.04, "cut-after": 0.04})
    connection = connect(world)
    for number in range(300):
        user = umapi_client.UserAction(f"troubled{number}@example.com")
        user.create(f"troubled{number}@example.com", firstname="T", lastname=str(number), country="US")
        user.add_to_groups(["Video Team"])
        connection.execute_single(user)
    connection.execute_queued()
    members = [user for user in world.users().values() if "Video Team" in user.get("groups", [])]
    assert len(members) == 300, len(members)
    listed = umapi_client.UsersQuery(connection).all_results()
    assert len(listed) == 300
    assert len(waits) > 3, "there was trouble"
    world.control("faults", {})


def every_command_of_the_program(world):
    """umapi-cli's single commands, also with the options left out that it makes optional. It sends empty lists and empty updates for them."""
    world.umapi("group-create", "--name", "Single", "--description", "one")
    world.umapi("group-create", "--name", "Bare")
    assert world.groups()["Bare"] == {"group": "Bare", "type": "USER_GROUP"}
    world.umapi("user-create", "--type", "federatedID", "--email", "one@example.com", "--groups", "Single,Video Team", "--firstname", "One", "--lastname", "Two", "--country", "US")
    assert world.users()["one@example.com"]["groups"] == ["Single", "Video Team"]
    for identity in ("federatedID", "enterpriseID", "adobeID"):
        email = f"{identity.lower()}@example.com"
        world.umapi("user-create", "--type", identity, "--email", email, "--firstname", "No", "--lastname", "Groups", "--country", "US")
        assert world.users()[email]["type"] == identity and "groups" not in world.users()[email]
    world.umapi("user-create", "--email", "named@example.com", "--username", "named.one", "--domain", "example.com", "--firstname", "N", "--lastname", "O", "--country", "DE")
    assert world.users()["named@example.com"]["username"] == "named.one"
    world.umapi("user-update", "--email", "one@example.com", "--email-new", "uno@example.com", "--firstname", "Uno", "--groups-add", "Größe XL", "--groups-remove", "Single")
    one = world.users()["uno@example.com"]
    assert (one["firstname"], one["groups"]) == ("Uno", ["Größe XL", "Video Team"]), one
    world.umapi("user-update", "--email", "uno@example.com", "--groups-add", "Single")
    world.umapi("user-update", "--email", "uno@example.com", "--groups-remove", "Größe XL")
    assert world.users()["uno@example.com"]["groups"] == ["Single", "Video Team"]
    world.umapi("user-update", "--email", "uno@example.com", "--lastname", "Due")
    world.umapi("user-update", "--email", "uno@example.com", "--username", "uno.due")
    one = world.users()["uno@example.com"]
    assert (one["firstname"], one["lastname"], one["username"]) == ("Uno", "Due", "uno.due"), one
    for words in ([], ["--format", "json"], ["--format", "csv"]):
        assert "uno@example.com" in world.umapi("user-read", "--email", "uno@example.com", *words)
    world.umapi("group-update", "--name", "Single", "--name-new", "Double", "--description", "two", "--users-add", "named@example.com", "--profiles-add", "Photoshop Users")
    assert world.groups()["Double"] == {"group": "Double", "type": "USER_GROUP", "description": "two", "profiles": ["Photoshop Users"]}
    world.umapi("group-update", "--name", "Double", "--users-remove", "named@example.com", "--profiles-remove", "Photoshop Users")
    assert "profiles" not in world.groups()["Double"] and "groups" not in world.users()["named@example.com"]
    world.umapi("group-update", "--name", "Double", "--description", "three")
    assert world.groups()["Double"]["description"] == "three"
    for words in ([], ["--format", "json"], ["--format", "csv"]):
        assert "USER_GROUP" in world.umapi("group-read", "--group", "Double", *words)
        assert "uno@example.com" in world.umapi("user-read-all", "--in-group", "Video Team", *words)
        assert "Double" in world.umapi("group-read-all", *words)
    before = world.dump()
    for words in (
        ["user-delete", "--email", "uno@example.com"],
        ["user-create", "--email", "new@example.com", "--firstname", "N", "--lastname", "N", "--country", "US"],
        ["user-update", "--email", "uno@example.com", "--firstname", "X", "--groups-add", "Video Team"],
        ["group-update", "--name", "Double", "--name-new", "Triple"],
        ["group-delete", "--name", "Double"],
    ):
        world.umapi("--test", *words)
        assert world.dump() == before, f"test mode changes nothing: {words}"
    world.umapi("user-delete", "--email", "uno@example.com", "--hard")
    world.umapi("user-delete", "--email", "named@example.com")
    world.umapi("group-delete", "--name", "Double")
    assert not {"uno@example.com", "named@example.com"} & set(world.users()) and "Double" not in world.groups()


def every_bulk_command_in_both_forms(world):
    """umapi-cli's bulk commands with CSV and with JSON Lines, with empty cells and lists as its own templates have them."""
    def bulk(command, number, rows):
        name = f"{command}-{number}.{'csv' if number == 0 else 'jsonl'}"
        if number == 0:
            write(world.folder / name, [{key: ",".join(value) if isinstance(value, list) else value for key, value in row.items()} for row in rows])
            world.umapi(command, "-i", name)
        else:
            (world.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            world.umapi(command, "-f", "json", "-i", name)

    for number in (0, 1):
        def user(name, groups, **more):
            base = {"type": "federatedID", "email": f"{name}{number}@example.com", "firstname": name, "lastname": "Bulk", "country": "US", "username": "", "domain": ""}
            return {**base, "groups": groups, **more}

        def update(name, **more):
            base = {"email": f"{name}{number}@example.com", "email_new": "", "firstname": "", "lastname": "", "username": "", "add_groups": [], "remove_groups": []}
            return {**base, **more}

        def change(name, **more):
            base = {"name": f"{name} {number}", "name_new": "", "description": "", "add_users": [], "remove_users": [], "add_profiles": [], "remove_profiles": []}
            return {**base, **more}

        def state(name):
            return world.users()[f"{name}{number}@example.com"]

        bulk("group-create-bulk", number, [{"name": f"Bulk {number}", "description": ""}, {"name": f"Team {number}", "description": "t"}])
        bulk("user-create-bulk", number, [user("ann", []), user("bob", ["Video Team", f"Bulk {number}"]), user("cyd", [], username="cyd.b", domain="example.com"), user("eve", [], type="enterpriseID"), user("ada", [], type="adobeID")])
        assert "groups" not in state("ann") and state("bob")["groups"] == [f"Bulk {number}", "Video Team"] and len(state("cyd")["username"]) == 5
        bulk("user-update-bulk", number, [update("ann", add_groups=[f"Bulk {number}"]), update("bob", firstname="Robert", remove_groups=["Video Team"]), update("eve", email_new=f"eva{number}@example.com"), update("ada")])
        assert state("ann")["groups"] == [f"Bulk {number}"] and (state("bob")["firstname"], state("bob")["groups"]) == ("Robert", [f"Bulk {number}"]) and state("eva")["firstname"] == "eve"
        bulk("group-update-bulk", number, [change("Bulk", add_users=[f"eva{number}@example.com"], remove_users=[f"bob{number}@example.com"]), change("Team", name_new=f"Squad {number}", add_profiles=["Photoshop Users"])])
        assert state("eva")["groups"] == [f"Bulk {number}"] and "groups" not in state("bob") and world.groups()[f"Squad {number}"]["profiles"] == ["Photoshop Users"]
        bulk("group-delete-bulk", number, [{"name": f"Bulk {number}"}, {"name": f"Squad {number}"}])
        assert not {f"Bulk {number}", f"Squad {number}"} & set(world.groups())
        bulk("user-delete-bulk", number, [{"email": f"{name}{number}@example.com", "hard_delete": hard} for name, hard in (("ann", "y"), ("bob", "n"), ("cyd", "Y"), ("eva", "N"), ("ada", "n"))])
        assert not any(email.endswith(f"{number}@example.com") for email in world.users())


def rows_of(name):
    with open(ROOT / "samples" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def files_for_both(folder):
    """The samples, without what umapi-cli cannot do. Each is a defect that umbulk does not have."""
    # It refuses a domain beside an email address, though its own exports have one.
    create = [{**row, "domain": ""} for row in rows_of("umapi-cli-create.csv")]
    create = [row for row in create if "@" in (row["username"] or row["email"])]
    update = rows_of("umapi-cli-update.csv")
    # It adds before it takes away, where a group stands in both columns.
    update = [row for row in update if not set(row["add_groups"].split(",")) & set(row["remove_groups"].split(",")) - {""}]
    # It names a person by a username that the API does not look up.
    known = {row["email"] for row in create}
    update = [row for row in update if row["email"] in known]
    groups = rows_of("umapi-cli-groups.csv")
    renamed = {row["email"] for row in update if row["email_new"]}
    some = [email for email in sorted(known - renamed)][:12]
    names = [row["name"] for row in groups]
    # To be taken out of groups again, which she is in.
    for row in create:
        if row["email"] == some[-1]:
            row["groups"] = ",".join(filter(None, [row["groups"], *names[:10]]))
    change = [
        {"name": name, "name_new": f"Atelier {place}" if place % 3 == 0 else "", "description": f"Room, {place}", "add_users": ",".join(some[place % 3 : place % 3 + 7]),
         "remove_users": some[-1], "add_profiles": "Photoshop Users" if place % 2 else "", "remove_profiles": "All Apps - Pro"}
        for place, name in enumerate(names[:10])
    ]
    delete = [{"email": email, "hard_delete": "y" if place % 2 else "n"} for place, email in enumerate(sorted(known - renamed - set(some))[:20])]
    gone = [{"name": name} for name in names[10:14]]
    for name, rows in [("create", create), ("update", update), ("delete", delete), ("groups", groups), ("groups-update", change), ("groups-delete", gone)]:
        assert rows, name
        write(folder / f"{name}.csv", rows)


def same_files_same_state(theirs, ours):
    """The same files through umapi-cli and through umbulk: the same organization, byte for byte, after each."""
    assert theirs.dump() == ours.dump()
    for world in (theirs, ours):
        files_for_both(world.folder)
    steps = [
        (["group-create-bulk"], "groups.csv", ["--action", "create-group"]),
        (["user-create-bulk"], "create.csv", []),
        (["user-update-bulk"], "update.csv", []),
        (["group-update-bulk"], "groups-update.csv", []),
        (["user-delete-bulk"], "delete.csv", ["--yes"]),
        (["group-delete-bulk"], "groups-delete.csv", ["--action", "delete-group", "--yes"]),
    ]
    for command, file, flags in steps:
        before = theirs.dump()
        theirs.umapi(*command, "-i", file)
        ours.umbulk("import", file, *flags)
        assert theirs.dump() == ours.dump(), f"{file}: the states differ"
        assert theirs.dump() != before, f"{file}: nothing happened"
    return len(theirs.users())


def their_exports_import(theirs, ours):
    """What umapi-cli has exported, umbulk brings into an organization as it is: nothing changes in one that is the same already."""
    theirs.umapi("user-read-all", "-o", "users.csv")
    theirs.umapi("group-read-all", "-o", "groups.csv")
    before = ours.dump()
    for name in ("groups.csv", "users.csv"):
        (ours.folder / name).write_bytes((theirs.folder / name).read_bytes())
    # A list of groups does not say what becomes of them.
    assert ours.run(UMBULK, "import", "groups.csv").returncode == 2
    exported = ours.run(UMBULK, "import", "groups.csv", "--action", "create-group", "--json")
    # The list of groups holds profiles and roles too, which nobody can create: these rows are invalid, and say so.
    assert exported.returncode in (0, 1) and json.loads(exported.stdout)["statuses"].get("failed", 0) == 0, exported
    ours.umbulk("import", "users.csv")
    assert ours.dump() == before


def main():
    with sandbox() as world:
        library(world)
    with sandbox("--random-seed", "3") as world:
        library_in_trouble(world)
    with sandbox() as world:
        every_command_of_the_program(world)
    with sandbox() as world:
        every_bulk_command_in_both_forms(world)
    with sandbox() as theirs, sandbox() as ours:
        users = same_files_same_state(theirs, ours)
        their_exports_import(theirs, ours)
    print(f"good: umapi-client and umapi-cli work against the sandbox, also in trouble; umapi-cli and umbulk leave the same organization behind ({users} users)")


main()
