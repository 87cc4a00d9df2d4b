"""Lets borgmatic's own hook tell a server of a backup that began, wrote to its log, and failed or ended well."""

import logging
import sys

from borgmatic.hooks.monitoring import healthchecks, monitor

ping_url, outcome = sys.argv[1:]
hook = {"ping_url": ping_url, "create_slug": True, "send_logs": True}
logging.basicConfig()
healthchecks.initialize_monitor(hook, {}, "test.yaml", logging.INFO, False)
logging.getLogger().setLevel(logging.INFO)
healthchecks.ping_monitor(hook, {}, "test.yaml", monitor.State.START, logging.INFO, False)
logging.getLogger("borgmatic").info("archive of the day")
healthchecks.ping_monitor(hook, {}, "test.yaml", monitor.State.LOG, logging.INFO, False)
healthchecks.ping_monitor(hook, {}, "test.yaml", monitor.State[outcome], logging.INFO, False)
healthchecks.destroy_monitor(hook, {}, logging.INFO, False)
