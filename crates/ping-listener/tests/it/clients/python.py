"""Drives a server with the client healthchecks-io: makes a check, pings it in every way, and reads it back."""

import sys

from healthchecks_io import CheckCreate, CheckTrap, Client

site, api_key, ping_key = sys.argv[1:]
client = Client(api_key=api_key, ping_key=ping_key, api_url=f"{site}/api/", ping_url=f"{site}/ping/")

check = client.create_check(CheckCreate(name="From Python", tags="python test", timeout=3600, grace=600))
assert (check.name, check.slug, check.status, check.n_pings) == ("From Python", "from-python", "new", 0), check
assert client.start_ping(uuid=check.uuid) == (True, "OK")
assert client.success_ping(uuid=check.uuid, data="it went well") == (True, "OK")
assert client.exit_code_ping(3, slug="from-python", data="it did not") == (True, "OK")
with CheckTrap(client, slug="from-python") as trap:
    trap.add_log("a line of the log")

assert client.get_check(check.uuid).status == "up"
assert [found.uuid for found in client.get_checks(tags=["python"])] == [check.uuid]
pings = client.get_check_pings(check.uuid)
assert [ping.type for ping in pings] == ["success", "start", "fail", "success", "start"], pings
assert all(ping.user_agent.startswith("py-healthchecks.io/") for ping in pings), pings
assert [channel.kind for channel in client.get_integrations()] == ["email"]
assert "*" in client.get_badges()
assert client.pause_check(check.uuid).status == "paused"
print(check.uuid)
