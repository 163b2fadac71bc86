"""The service as a process. Python sends the requests that are not measured; wrk, offer and curl send the others."""

import json
import os
import pathlib
import signal
import subprocess
import urllib.request

from programs import HERE, PROGRAMS, run

KEY = "a-key-for-the-benchmark-only"
CLAIM = HERE / "claim.json"


class Service:
    """Runs the service with its defaults during a `with`. Its log goes to /dev/null."""

    def __init__(self, url, program=None):
        self.program = program or PROGRAMS / "payerline"
        self.environment = os.environ | {
            "DATABASE_URL": url, "PAYERLINE_LISTEN": "127.0.0.1:0", "PAYERLINE_ADMIN_KEY": KEY}

    def __enter__(self):
        self.process = subprocess.Popen([self.program, "serve"], env=self.environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = next(line.split()[1] for line in self.process.stdout if line.startswith("API"))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def request(self, path, body=None, key=KEY):
        request = urllib.request.Request(self.base + path, body, {
            "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def new_clinic(self, name):
        clinic = self.request("/v1/clinics", json.dumps({"name": name}).encode())
        return clinic["id"], clinic["admin_key"]

    def wrk(self, connections, seconds, *arguments):
        """A closed loop: each connection sends one request after the other."""
        out = run("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "20s",
                  "-s", HERE / "requests.lua", self.base, "--", *map(str, arguments))
        figures = json.loads(out.strip().splitlines()[-1])
        if figures["errors"]:
            raise SystemExit(f"{figures['errors']} requests failed: {out}")
        return figures | {"rate": figures["requests"] / figures["microseconds"] * 1e6}

    def submit(self, connections, seconds, key, prefix):
        return self.wrk(connections, seconds, key, "submit", prefix, CLAIM)

    def offer(self, rate, seconds, key, prefix):
        """An open loop: `rate` claims a second, answered or not."""
        return json.loads(run(PROGRAMS / "offer", "--address", self.base.removeprefix("http://"), "--key", key,
                              "--template", CLAIM, "--prefix", prefix, "--rate", str(round(rate)),
                              "--seconds", str(seconds)))

    def batch(self, key, lines):
        """Stores a file of new claims. Fails if a line is not stored."""
        results = run("curl", "-sS", "-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/x-ndjson",
                      "-T", lines, "-X", "POST", f"{self.base}/v1/claims/batch")
        if results.count('"status":201') != results.count("\n"):
            raise SystemExit(f"not every line of the batch was stored: {results[:500]}")
        return results.count("\n")

    def export(self, key):
        """Returns the number of lines of an export."""
        return int(run("bash", "-o", "pipefail", "-c", f"curl -fsS -H 'Authorization: Bearer {key}' -H "
                       f"'Accept: application/x-ndjson' {self.base}/v1/claims | wc -l"))

    def peak_memory(self):
        """Returns the peak of resident memory since the last reset, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def reset_peak_memory(self):
        """Resets the peak to the memory that is resident now (proc(5): clear_refs)."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
