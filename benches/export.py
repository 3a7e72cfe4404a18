#!/usr/bin/env python3
"""umbulk's export, a bare loop that fetches the same pages, and Adobe's umapi-cli: seconds, ratios, and peak memory.

    python3 -m venv venv && venv/bin/pip install -r tests/peers/requirements.txt
    cargo build --release && venv/bin/python benches/export.py target/release/umbulk [--quick]

The pages come from umbulk's sandbox on loopback, and from a server that has them ready in memory. The bare loop reads each page into one buffer and looks at
nothing, once page after page over one connection and once with four at a time. Machines are noisy: quote the ratios.
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

UMBULK = str(Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/umbulk").resolve())
QUICK = "--quick" in sys.argv
USERS = 200_000 if QUICK else 1_000_000
PEER = [10_000] if QUICK else [10_000, 100_000]
PAGE = 2000
MIB = 1 << 20
READ_ALL = """
import sys
from umapi_cli.cli import app
app(["user-read-all", "-f", "csv", "-o", sys.argv[1]], obj={})
"""


def run(*command, env=None, folder=None):
    """Seconds, and the peak memory of this command alone; never less than this program's own, of which it is a fork for a moment."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, cwd=folder)
    stderr = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command}: status {os.waitstatus_to_exitcode(status)}: {stderr.decode()[-800:]}")
    return seconds, usage.ru_maxrss * 1024


def ready_pages(users):
    """Pages as the API gives them, about 350 bytes a user."""
    pages = users // PAGE
    for page in range(pages):
        listed = [
            {"id": f"{number:024X}@corp.example.com", "email": f"user.number.{number:08}@corp.example.com", "status": "active",
             "groups": [f"Team {number % 40:02}", "Creative Cloud All Apps plan for everybody in the studio"], "username": f"user.number.{number:08}@corp.example.com",
             "domain": "corp.example.com", "firstname": "Zoë", "lastname": "Ångström", "country": "US", "type": "federatedID"}
            for number in range(page * PAGE, (page + 1) * PAGE)
        ]
        body = json.dumps({"lastPage": page + 1 == pages, "result": "success", "users": listed}, ensure_ascii=False, separators=(",", ":")).encode()
        head = (f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-total-count: {users}\r\nx-page-count: {pages}\r\nx-current-page: {page}\r\n"
                f"x-page-size: {PAGE}\r\ncontent-length: {len(body)}\r\n\r\n").encode()
        yield head + body


def serve(users, token=b'{"access_token":"ready-made-token","expires_in":86400}'):
    """Answers from memory, in a process of its own. Gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    child = os.fork()
    if child:
        listener.close()
        return child, port
    pages = list(ready_pages(users))
    given = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(token), token)

    def answer(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                more = connection.recv(65536)
                if not more:
                    return
                waiting += more
            head, waiting = waiting.split(b"\r\n\r\n", 1)
            length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
            while len(waiting) < length:
                waiting += connection.recv(65536)
            waiting = waiting[length:]
            path = head.split(b" ", 2)[1]
            connection.sendall(given if b"/token/" in path else pages[int(path.rsplit(b"/", 1)[1])])

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def bare(env, pages, at_once):
    """Fetches all pages and looks at nothing: seconds, and bytes."""
    url = urllib.parse.urlsplit(env["UMAPI_URL"])
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": env["UMAPI_CLIENT_ID"], "client_secret": env["UMAPI_CLIENT_SECRET"]})
    with urllib.request.urlopen(f"http://{url.netloc}/ims/token/v2", form.encode()) as answer:
        token = json.load(answer)["access_token"]
    left, lock, total = iter(range(pages)), threading.Lock(), [0]

    def loop():
        connection = socket.create_connection((url.hostname, url.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray(4 * MIB)
        while True:
            with lock:
                page = next(left, None)
            if page is None:
                return
            path = f"{url.path}/users/{urllib.parse.quote(env['UMAPI_ORG_ID'])}/{page}"
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {url.netloc}\r\nauthorization: Bearer {token}\r\nx-api-key: {env['UMAPI_CLIENT_ID']}\r\n\r\n".encode())
            have, end, whole = 0, -1, None
            while whole is None or have < whole:
                have += connection.recv_into(memoryview(buffer)[have:])
                if end < 0 and (end := buffer.find(b"\r\n\r\n", 0, have)) >= 0:
                    head = bytes(buffer[:end]).lower()
                    assert head.startswith(b"http/1.1 200"), head
                    whole = end + 4 + next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            with lock:
                total[0] += have

    begin = time.monotonic()
    threads = [threading.Thread(target=loop) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begin, total[0]


def sandbox(folder, users):
    env_file = folder / f"sandbox-{users}.env"
    words = [UMBULK, "sandbox", "--no-throttle", "--users", str(users), "--env-file", str(env_file)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    listening = dict(word.split("=") for word in process.stdout.readline().split()[1:])
    environment = dict(line.split("=", 1) for line in env_file.read_text().splitlines())
    # umapi-cli takes the token over HTTPS alone. TLS is not what is compared: the lists come over HTTP.
    return process, {**os.environ, **environment, "UMAPI_URL": f"http://{listening['http']}/v2/usermanagement", "UMBULK_RATE": "users=off"}


def line(what, *figures):
    print(f"{what:58}", *figures, flush=True)


def compare(what, env, folder, users, failed, times=3):
    """The best of several runs of each, in turn."""
    pages, fastest, peaks = -(-users // PAGE), {}, []
    for _ in range(times):
        for at_once in (1, 4):
            seconds, size = bare(env, pages, at_once)
            line(f"  {what}: bare loop, {at_once} at once", f"{seconds:8.2f} s")
            fastest[at_once] = min(seconds, fastest.get(at_once, seconds))
        (folder / "users.csv").unlink(missing_ok=True)
        seconds, peak = run(UMBULK, "export", "users", "--force", "-q", env=env, folder=folder)
        line(f"  {what}: umbulk export", f"{seconds:8.2f} s", f"{peak / MIB:8.1f} MiB")
        fastest["umbulk"] = min(seconds, fastest.get("umbulk", seconds))
        peaks.append(peak)
    rows = sum(1 for _ in open(folder / "users.csv", encoding="utf-8")) - 1
    assert rows == users, rows
    for at_once in (1, 4):
        seconds = fastest[at_once]
        line(f"{what}: bare loop, {at_once} at once", f"{seconds:8.2f} s", f"{size / MIB / seconds:8,.0f} MiB/s")
    seconds = fastest["umbulk"]
    line(f"{what}: umbulk export, {users:,} users", f"{seconds:8.2f} s", f"{size / MIB / seconds:8,.0f} MiB/s", f"{max(peaks) / MIB:8.1f} MiB")
    for at_once in (1, 4):
        line(f"{what}: of the bare loop, {at_once} at once", f"{100 * fastest[at_once] / seconds:8.0f} %")
    if max(peaks) > 64 * MIB:
        failed.append(f"{what}: memory")
    return fastest


def main():
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        process, environment = sandbox(folder, USERS)
        try:
            fastest = compare("sandbox", environment, folder, USERS, failed, times=2)
            # The server needs a core of its own: of two, four loops at once leave nothing to be measured.
            if fastest["umbulk"] > fastest[1] / 0.9:
                failed.append("sandbox: 90 % of a bare loop")
        finally:
            process.terminate()
            process.wait()
        child, port = serve(USERS)
        try:
            host = f"http://127.0.0.1:{port}"
            ready = {"UMAPI_URL": f"{host}/v2/usermanagement", "UMAPI_AUTH_HOST": host, "UMAPI_CLIENT_ID": "ready", "UMAPI_CLIENT_SECRET": "ready",
                     "UMAPI_ORG_ID": "1@AdobeOrg", "UMBULK_RATE": "users=off"}
            compare("from memory", {**os.environ, **ready}, folder, USERS, failed)
        finally:
            os.kill(child, 15)
            os.waitpid(child, 0)
        for users in PEER:
            process, environment = sandbox(folder, users)
            try:
                ours, our_peak = run(UMBULK, "export", "users", "--force", "-q", "--dialect", "umapi-cli", env=environment, folder=folder)
                theirs, their_peak = run(sys.executable, "-c", READ_ALL, str(folder / "theirs.csv"), env=environment, folder=folder)
                line(f"umapi-cli user-read-all, {users:,} users", f"{theirs:8.2f} s", f"{their_peak / MIB:8.1f} MiB")
                line(f"umbulk export, {users:,} users", f"{ours:8.2f} s", f"{our_peak / MIB:8.1f} MiB", f"{theirs / ours:8.1f} times faster, {their_peak / our_peak:.1f} times smaller")
            finally:
                process.terminate()
                process.wait()
    for what in failed:
        print(f"FAILED: {what}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
