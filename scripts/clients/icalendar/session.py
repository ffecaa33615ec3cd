"""Subscribes to calendars as a calendar program would, and reads them with icalendar."""

import json
import os
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import urlparse

from icalendar import Calendar

base = os.environ["CAMPUS_URL"]
title = "Größe; Maß, 100 % \\n — übermäßig lange Überschrift 🚚🚚🚚 bis über die Zeile hinaus"
note = "First line\nsecond; third, fourth\\\n" + "ä" * 200


def request(method, path, body=None, token=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    own = {"content-type": "application/json"} if body is not None else {}
    if token:
        own["authorization"] = f"Bearer {token}"
    asked = urllib.request.Request(base + path, data, {**own, **headers}, method=method)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def made(method, path, body, token=None):
    status, _, text = request(method, path, body, token)
    assert status < 300, (method, path, status, text)
    return json.loads(text)


def at(calendar):
    """Where it is, wherever people open this system."""
    return urlparse(calendar["url"]).path


def read(path):
    status, headers, text = request("GET", path)
    assert status == 200, status
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"\n" not in text.replace(b"\r\n", b"") and text.endswith(b"\r\n")
    for line in text.split(b"\r\n"):
        assert len(line) <= 75, line
        line.decode("utf-8")
    calendar = Calendar.from_ical(text)
    assert calendar.errors == []
    events = calendar.walk("VEVENT")
    for event in events:
        assert event.errors == [], event.errors
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY"):
            assert name in event, name
    # What it writes of it is the same calendar.
    assert Calendar.from_ical(calendar.to_ical()) == calendar
    return calendar, events, headers["etag"]


name = f"calendar{time.time_ns()}"
password = "a calendar program"
made("POST", "/api/users", {"username": name, "email": f"{name}@test.example", "password": password})
token = made("POST", "/api/login", {"username": name, "password": password})["access_token"]
url = at(made("POST", "/api/calendars", {"name": "Mine; all, of it"}, token))
calendar, events, _ = read(url)
assert events == []
# It takes the properties of RFC 7986 as they are written.
assert calendar["NAME"] == "Mine\\; all\\, of it" == calendar["X-WR-CALNAME"]
assert calendar["REFRESH-INTERVAL"].dt == timedelta(minutes=30)

start = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) + timedelta(days=40)
end = start + timedelta(hours=2)
span = {"from": start.isoformat(), "to": end.isoformat()}
booking = made(
    "POST",
    "/api/bookings",
    {"items": [{"type": "Car"}, {"type": "Lorry"}], "title": title, "note": note, **span},
    token,
)
_, [event], etag = read(url)
assert event["UID"] == booking["id"] and event["STATUS"] == "CONFIRMED"
assert event["SUMMARY"] == title, event["SUMMARY"]
assert event["DESCRIPTION"] == f"{note}\n\n{booking['number']}", event["DESCRIPTION"]
assert event.start == start and event.end == end
assert event["SEQUENCE"] == 0 and len(event["LOCATION"].split(", ")) == 2
assert request("GET", url, headers={"if-none-match": etag})[0] == 304

made("POST", f"/api/bookings/{booking['id']}/cancel", {"reason": "It rains"}, token)
_, [cancelled], _ = read(url)
assert cancelled["UID"] == booking["id"] and cancelled["STATUS"] == "CANCELLED"
assert cancelled["SEQUENCE"] > event["SEQUENCE"] and cancelled.DTSTAMP >= event.DTSTAMP

of_cars = made("POST", "/api/calendars", {"type": "Car"}, token)
_, cars, _ = read(at(of_cars))
assert len(cars) > 0 and all(car["TRANSP"] == "TRANSPARENT" for car in cars)
assert request("DELETE", f"/api/calendars/{of_cars['id']}", token=token)[0] == 204
assert request("GET", at(of_cars))[0] == 404
print("read with icalendar")
