#!/usr/bin/env python3
"""Writes reference.txt: when schedules come next, by programs that others wrote.

    python3 -m venv venv
    venv/bin/pip install cronsim==2.8 oncalendar==1.1 tzdata==2026.5
    venv/bin/python crates/domain/tests/schedules/generate.py

Cron is asked of cronsim, OnCalendar of oncalendar and, where it is installed, of systemd-analyze.
The same numbers come out at every run. What the others do otherwise than we promise is left out here, and counted:

* What they answer that is not later than asked, inside an hour that clocks show twice, is passed over.
* cronsim loses its way where clocks move by half an hour, and at a midnight that clocks skip.
  Schedules with a star are therefore also tried minute by minute, and that decides.
* cronsim reads 5-5/10 as 5/10 and takes L/2 for L; oncalendar takes `Mon,,` for Mon. None of it is asked.
* systemd (252) refuses a step that leads beyond the range at once (30/41 seconds), and after midnight it forgets the
  first minutes of `*:5/25`. It also repeats and moves some of the times that clocks skip or show twice: it
  is asked where no clock changes within two days. oncalendar decides, as the format that people move here from.
"""

import os

# The zones of the package, and not those of this machine: a reference must not depend on where it was made.
os.environ["PYTHONTZPATH"] = ""

import random
import re
import shutil
import subprocess
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

from cronsim import CronSim, CronSimError
from oncalendar import OnCalendar, OnCalendarError

reset_tzpath([])
UTC = timezone.utc
TIMES = 3
DICE = random.Random(20260513)
COUNT = Counter()

ZONES = """UTC Europe/Riga Europe/Berlin Europe/London Europe/Dublin Europe/Lisbon America/New_York America/St_Johns
America/Santiago America/Havana America/Sao_Paulo America/Nuuk Africa/Cairo Africa/Casablanca Asia/Beirut Asia/Gaza
Asia/Tehran Asia/Kolkata Asia/Kathmandu Australia/Sydney Australia/Adelaide Australia/Lord_Howe Pacific/Auckland
Pacific/Chatham Pacific/Norfolk Antarctica/Troll Africa/El_Aaiun America/Los_Angeles Etc/GMT+5""".split()

# Clocks that were changed for good, by odd lengths: half an hour, and a whole day.
ODD = [
    ("Asia/Pyongyang", datetime(2015, 8, 14, 12, tzinfo=UTC)),
    ("Asia/Pyongyang", datetime(2018, 5, 4, 12, tzinfo=UTC)),
    ("America/Caracas", datetime(2016, 4, 30, 22, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 29, 22, tzinfo=UTC)),
    ("Antarctica/Casey", datetime(2020, 10, 3, 10, tzinfo=UTC)),
    ("Pacific/Bougainville", datetime(2014, 12, 27, 10, tzinfo=UTC)),
]

PLAIN = [
    datetime(2026, 5, 13, 10, 7, 30, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2028, 2, 28, 23, 59, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 30, 5, 30, 1, tzinfo=UTC),
    datetime(2096, 3, 1, 0, 0, 0, tzinfo=UTC),
    datetime(2000, 1, 1, 0, 0, 0, tzinfo=UTC),
    datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC),
]

CRON = """5/15 * * * *|*/100 * * * *|0 0 1,15 * 1|0 0 */2 * 1|0 0 L * *|0 0 LW * *|0 0 * * 5L|0 0 * * 5#3|0 12 * * 7
30 3 * * *|30 * * * *|* * * * *|*/15 * * * *|0 * * * *|0 0 * * *|0 0 1 1 *|0 0 29 2 *|0 0 31 * *|0 0 30 * *
15,45 2 * * *|15 2,3 * * *|*/20 2 * * *|0 */2 * * *|5 */3 * * *|59 23 L * *|0 0 L 2 *|0 0 LW 2,6 *|0 0 * * 0L
0 0 * * 7L|0 0 * * SUN#1|0 0 * * 1#5|0 0 * 2 1#5|0 0 13 * 5|0 0 13 * FRI|0 0 */1 * FRI|0 0 13 * */7|0 0 L * 1
0 0 L,15 * *|0 0 LW,L * *|0 0 1-7 * 1|0 0 1-7 * */1|0 0 * JAN,MAR-MAY *|0 0 1 */3 *|0 0 1 2/3 *|0 0 1 JAN/4 *
0 0 * * MON/2|0 0 * * 1/2|0 0 * * */2|0 0 * * */4|0 0 * * 5-7|0 0 * * 0-7|0 0 * * SUN-SAT|0 0 * * 1-5/2
0 2 * * *|0 3 * * *|30 2 * * *|30 1 * * *|0 1 * * *|59 1 * * *|0 0-4 * * *|*/30 0-4 * * *|10-50/10 2 * * *
0,30 1 * * *|0 1-3 * * *|30 */1 * * *|*/30 2 * * *|17 23 * * *|0 0,12 * * 1-5|*/5 9-17 * * MON-FRI|0 4 8-14 * 6
0 4 8-14 * */6|0 22 * * 1-5|23 0-20/2 * * *|5 4 * * sun|15 14 1 * *|0-59/13 * * * *|1,2,3-5,*/30 7 * * *
00 05 01 01 01|0 0 1 1 */2|*/7 */5 */3 */2 *|0 0 31 1,3 *|0 0 31 2,3 *|0 0 29 2 1|0 0 29 2 */1|0 0 29 2 2#5""".replace(
    "\n", "|"
).split("|")

CALENDAR = """*:0/15|Mon..Fri 12:00|*-*~1 12:00|*-*~7/1 08:00|weekly|*-2-29|12:00 America/New_York|quarterly|minutely
hourly|daily|monthly|semiannually|yearly|annually|Daily|WEEKLY|Mon|Monday|mon,tuesday|Mon,Wed..Fri|Sat-Sun|Mon, 12:00
Mon,Tue, 6:30|Sat,Mon 1:30|*-*-* 2:30|2:30|02:30:00|*:*|*:*:*|*:*:0/20|0/2:0|8..17:0/15|8..17/3:30|1,13:0,30
*-*-1,15 6:00|*-1,7-1|1-1|12-24 18:00|02-29 0:0|*-*-31|*-*-28..31 23:00|*-*-29/1 1:00|*-2-28..29|2028-2-29 5:5:5
2027-*-1|2027..2029-1-1|2027/2-6-1|27-3-28 2:30|26..28-10-25 3:30|69-1-1|2026,2030-7-4|*-*~1|*-2~1|*-2~3..5 4:00
*-*~28|Mon *-5~7/1|Mon *-*-1..7 9:00|Fri *-*-13|Sun *-*~7/1 0:30|*-*~14/7|*-*~1,3,5 1:00|1..3:30|0..3:0/30|3:30
12:00 UTC|2:30 Europe/Riga|Sat 2:30 Europe/Riga|*-*-* *:30 Australia/Lord_Howe|weekly Asia/Kathmandu|Mon UTC
1-1 Europe/Kiev|0:0 US/Eastern|12:00\\n13:00|Mon 9:00\\nSat 10:00|6:00 Europe/Riga\\n6:00 UTC\\n6:00 America/New_York
*-2-29\\n*-12-31|2:00\\n2:30\\n3:00|*:5/25|*:7..50/9|0/5:0/7:0/11|1:2:3|23:59:59|0:0:0|*-*-* *:*:00|*-*-10..20/4 4:4
1..12/5-1..9/3 0..9/3:0|Thu *-*-22..28|Mon..Sun *-*-1|*-6..8-15 5:0|*-4,6,9,11-30|Sun 1:59:59|*-10-25..31 1:30""".replace(
    "\n", "|"
).split("|")

CRON_REFUSED = """60 * * * *|* 24 * * *|* * 0 * *|* * 32 * *|* * * 0 *|* * * 13 *|* * * * 8|-1 * * * *|5-3 * * * *|* 5-3 * * *
, * * * *|1, * * * *|,1 * * * *|1,,2 * * * *|*/0 * * * *|*/ * * * *|/5 * * * *|* * * * FRIL|* * * * L|* * W * *|* * 15W * *
* * ? * *|* * * * ?|H * * * *|~ * * * *|1~5 * * * *|0 0 30 2 *|0 0 31 2 *|0 0 31 4,6,9,11 *|0 0 30,31 2 *|* * * JANUARY *
* * * * MONDAY|* * * * 5#0|* * * * 5#6|* * * * #3|* * * * 5#|* * * * SAT-SUN|* * * DEC-JAN *|* JAN * * *|* * L-3 * *
* * * * 1#1#1|* * * * 5L5|1-2-3 * * * *|1-5/2/2 * * * *|*-5 * * * *|*5 * * * *|1.5 * * * *|* * LL * *|* * * * 1-5L
* * * * LL|0x1 * * * *|1_0 * * * *|+1 * * * *|* * WL * *|*/-1 * * * *|*/1.5 * * * *|* * * * 1#-1|* * 1L * *|% * * * *
* * * * MON-|* * * * -MON|* * * * 1/|* * * FEBR *|* * * * FRI#THREE|* * * L *|L * * * *""".replace("\n", "|").split("|")

CALENDAR_REFUSED = """@daily|@1234567890|* * * *|24:00|0:60|0:0:60|12|12:|:12|12:0:0:0|1:0:0.5|1:0:0.0|*/15:0|*:*/15|*:*/15:0|*:1,*
*,1:0|Sat..Mon|Fri-Mon|Mon..|..Mon|,Mon|Mon,,Tue|Mond|Mo|* 12:00|Mon Tue|Mon Tue 12:00|12:00 Mon|12:00 1-1|1-1 Mon
13-1|0-1|1-0|1-32|*-*-*-*|2200-1-1|1969-1-1|100-1-1|*-2-30|*-4-31|*-2,4,6,9,11-31|*-*~0|*-*~29|*-*~31|*~1-1|*-*-~1|~1
*-*~|*-|-1|1-|--|1--1|*-*-1..|*-*-5..1|*-*-..5|*-*-1/0|*-*-1/|*-*-/1|*:5/0|*:5..1|5..1:0|*:1.5|*:1...5|*:-1
12:00 Nowhere|12:00 Europe/Nowhere|12:00 europe/riga|12:00 +02:00|daily Mon|Mon daily|weekly weekly|daily 12:00|fortnightly
UTC|Europe/Riga|12:00 UTC UTC|1999-12-31|1980-1-1 12:00|70-1-1|99-1-1|Mon\\n25:00|12:00\\n\\n13:00|\\n|x|1|*|Mon/2|Mon..Fri/2
1-1-1-1|*-*-1,*|*-*-*/2|*/2-1|12:0O|１２:00|12:00Z|1:00 AM|Mon,1-1|Mon1-1|*-2~29|*-*~*/2|every day""".replace("\n", "|").split("|")

def changes(zone, first, last):
    """Finds when the clocks of a zone change."""
    found, at, step = [], first, timedelta(hours=12)
    while at < last:
        low, high = at, at + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while timedelta(seconds=1) < high - low:
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += step
    return found


def is_calm(zone, moments):
    """Tells whether no clock changes within two days of any of the moments."""
    days = [timedelta(days=days) for days in (-2, -1, 0, 1, 2)]
    return all(len({(moment + day).astimezone(zone).utcoffset() for day in days}) == 1 for moment in moments)


def later(iterator, start):
    """Takes the first times that are later than `start`, as instants."""
    found = []
    for nth, moment in enumerate(iterator):
        moment = moment.astimezone(UTC)
        if start < moment:
            found.append(moment)
        if len(found) == TIMES or nth == 10_000:
            break
    return found


def cron(text, zone, start):
    simulated = CronSim(text, start.astimezone(zone))
    found = later(CronSim(text, start.astimezone(zone)), start)
    minute, hour = text.split()[:2]
    if not minute.startswith("*") and not hour.startswith("*"):
        return found
    # With a star the rule is simple enough to be tried minute by minute: some days always, and on if they differ.
    days = minute_by_minute(simulated, zone, start, timedelta(days=4))
    if days == [moment for moment in found if moment <= start + timedelta(days=4)]:
        return found
    COUNT["cronsim was wrong, minute by minute decides"] += 1
    COUNT[f"cronsim was wrong in {zone.key}"] += 1
    return minute_by_minute(simulated, zone, start, timedelta(days=100))


def minute_by_minute(simulated, zone, start, length):
    tried, at = [], start.replace(second=0) + timedelta(minutes=1)
    while at <= start + length and len(tried) < TIMES:
        shown = at.astimezone(zone)
        if (
            shown.minute in simulated.minutes
            and shown.hour in simulated.hours
            and shown.month in simulated.months
            and simulated.match_day(shown.date())
        ):
            tried.append(at)
        at += timedelta(minutes=1)
    return tried


def calendar(text, zone, start):
    found = later(OnCalendar(text.replace("\\n", "\n"), start.astimezone(zone)), start)
    if SYSTEMD and "\\n" not in text and is_calm(zone, [start, *found]):
        answer = systemd(text, zone, start)
        COUNT["systemd was asked"] += 1
        if answer == found or not answer and not found:
            COUNT["systemd agrees"] += 1
        elif answer is None:
            COUNT["systemd refuses a step beyond the range"] += 1
        else:
            COUNT["systemd loses the beginning of a step when the hour turns"] += 1
            print("systemd differs:", repr(text), zone, start, answer, found)
    return found


SYSTEMD = shutil.which("systemd-analyze")


def systemd(text, zone, start):
    """Asks systemd-analyze; it knows the zones of this machine only."""
    base = start.strftime("%Y-%m-%d %H:%M:%S UTC")
    command = [SYSTEMD, "calendar", f"--iterations={TIMES}", f"--base-time={base}", text]
    ended = subprocess.run(command, capture_output=True, text=True, env={"TZ": zone.key, "LC_ALL": "C"})
    if ended.returncode != 0:
        return None
    found = []
    for line in ended.stdout.splitlines():
        # In UTC it says so in a line of its own, but for zones that are UTC.
        if match := re.search(r"\(in UTC\): \w+ (\d+-\d+-\d+ \d+:\d+:\d+) UTC", line):
            found.append(match[1])
        elif zone.key == "UTC" and (match := re.search(r"(?:elapse|#\d+): \w+ (\d+-\d+-\d+ \d+:\d+:\d+) UTC$", line)):
            found.append(match[1])
    return [datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for moment in found]


def item(least, most):
    """Makes up a field of numbers."""
    number = lambda: DICE.randint(least, most)
    span = lambda mark: mark.join(map(str, sorted((number(), number()))))
    shapes = [
        lambda mark: str(number()),
        lambda mark: ",".join(str(number()) for _ in range(DICE.randint(2, 4))),
        lambda mark: span(mark),
        lambda mark: f"{number()}/{DICE.randint(1, most)}",
        lambda mark: f"{span(mark)}/{DICE.randint(2, 9)}",
        lambda mark: f"{span(mark)},{number()}",
    ]
    return DICE.choice(shapes)


def made_up_cron():
    field = lambda least, most: item(least, most)("-")
    star = lambda other, odds: "*" if DICE.random() < odds else other
    minute = DICE.choice(["0", "30", "*", "*/15", "*/20", "0,30", field(0, 59), field(0, 59)])
    hour = DICE.choice(["*", "*/2", "2", "1", "3", "0", "0-4", "1-3", "*/6", "23", field(0, 4), field(0, 23)])
    day = star(DICE.choice(["L", "LW", "1", "*/2", "1,L", "31", "29-31", field(1, 31)]), 0.6)
    month = star(DICE.choice(["2", "FEB", "*/2", "MAR,OCT", "apr-nov", field(1, 12)]), 0.7)
    weekday = star(DICE.choice(["SUN", "1-5", "5L", "7L", "1#1", "FRI#5", "*/3", "0", "7", "5-7", field(0, 7)]), 0.6)
    text = " ".join([minute, hour, day, month, weekday])
    # A range of one value with a step is the one thing that cronsim reads in its own way.
    return None if re.search(r"\b(\w+)-\1/", text) else text


def made_up_calendar():
    field = lambda least, most: item(least, most)("..")
    weekday = DICE.choice(["", "", "Mon", "Mon..Fri", "Sat,Sun", "Fri..Sun", "Sunday", "tue-thu,Sun", "Wed,"])
    day = DICE.choice(["*", "1", "1,15", "28..31", "31", "L", "7/1", "2", "1..3", field(1, 31)])
    month = DICE.choice(["*", "*", "2", "1,7", "3,10", field(1, 12)])
    year = DICE.choice(["", "*-", "*-", "2026..2029-", "2024/4-", "26-", "2027,2030-"])
    is_from_end = DICE.random() < 0.25
    if is_from_end:
        day = DICE.choice(["1", "7/1", "2", "1..3", "28", "14/7", "1,2,5"])
    day = "1" if day == "L" else day
    date = DICE.choice(["", "", f"{year}{month}{'~' if is_from_end else '-'}{day}"])
    hour = DICE.choice(["*", "2", "1", "3", "0", "0..4", "1..3", "23", "0/2", field(0, 4), field(0, 23)])
    minute = DICE.choice(["0", "30", "0/15", "0,30", "*", field(0, 59)])
    second = DICE.choice(["", "", "", ":0", ":30", ":0/20", ":" + field(0, 59)])
    time = DICE.choice(["", f"{hour}:{minute}{second}", f"{hour}:{minute}{second}"])
    zone = DICE.choice([""] * 12 + ["UTC", "Europe/Riga", "America/New_York"])
    text = " ".join(filter(None, [weekday, date, time, zone]))
    is_zone_only = not (weekday or date or time)
    return None if is_zone_only or re.search(r"\b(\d+)\.\.\1/", text) else text


def sections():
    """Goes through places and moments, with how many schedules are to be tried there."""
    for start in PLAIN:
        yield "UTC", start, "all"
        for name in ("Europe/Riga", "America/New_York", "Asia/Kathmandu"):
            yield name, start, 25
    for name in ZONES:
        zone = ZoneInfo(name)
        found = changes(zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
        for change in found[:4]:
            for seconds in (-7_200, -1_800, -1, 0, 1_740, 3_660):
                yield name, change + timedelta(seconds=seconds), 9
    for name, start in ODD:
        yield name, start, 40
        yield name, start + timedelta(hours=6), 20


def seconds(moment):
    return int(moment.timestamp())


def main():
    kinds = [(cron, CRON, made_up_cron, CronSimError), (calendar, CALENDAR, made_up_calendar, OnCalendarError)]
    lines = []
    for name, start, many in sections():
        zone = ZoneInfo(name)
        lines.append(f"@ {name} {seconds(start)}")
        for ask, fixed, make_up, error in kinds:
            texts = fixed if many == "all" else DICE.sample(fixed, min(many // 2 + 1, len(fixed)))
            wanted = len(texts) + (20 if many == "all" else many // 2)
            texts = list(texts)
            while len(texts) < wanted:
                text = make_up()
                if text and text not in texts:
                    texts.append(text)
            for text in texts:
                try:
                    found = ask(text, zone, start)
                    ever = found or ask(text, UTC_ZONE, datetime(2000, 1, 1, tzinfo=UTC))
                except error:
                    found, ever = [], []
                if not ever:
                    COUNT[f"{ask.__name__} that never comes"] += 1
                    lines.append(f"!\t{text}")
                    continue
                COUNT[ask.__name__] += 1
                distances = [b - a for a, b in zip([start, *found], found)]
                shown = " ".join(str(int(distance.total_seconds())) for distance in distances)
                lines.append(f"{shown or '-'}\t{text}")
    lines.append("@ UTC 0")
    for ask, texts in ((cron, CRON_REFUSED), (calendar, CALENDAR_REFUSED)):
        for text in texts:
            try:
                found = ask(text, UTC_ZONE, datetime(2000, 1, 1, tzinfo=UTC))
            except (CronSimError, OnCalendarError):
                found = []
            if found:
                print("not refused by the reference:", repr(text))
            COUNT[f"{ask.__name__} refused"] += 1
            lines.append(f"!\t{text}")
    Path(__file__).with_name("reference.txt").write_text("\n".join(lines) + "\n")
    for what, count in sorted(COUNT.items()):
        print(f"{count:6} {what}")


UTC_ZONE = ZoneInfo("UTC")

if __name__ == "__main__":
    main()
