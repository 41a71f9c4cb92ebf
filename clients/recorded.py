"""Clients that write down which operations were answered well, for the tests of every operation."""

import json
import tomllib
from datetime import datetime, timezone
from pathlib import Path

from system import ROOT, client

SERVED = Path(__file__).parents[1] / "crates/wire/models/served.toml"


class Recorded:
    """Clients that write down which operations were answered well."""

    def __init__(self, endpoint, make=client):
        """`make` makes a client: boto3's, or the AWS command line's in its place."""
        self.endpoint = endpoint
        self.make = make
        self.called = set()

    def client(self, service, keys=ROOT, **options):
        made = self.make(self.endpoint, service, keys, **options)
        if self.make is not client:
            made.called = lambda name: self.called.add((service, name))
            return made

        def record(http_response, model, **_):
            if http_response.status_code < 300:
                self.called.add((service, model.name))

        made.meta.events.register("after-call", record)
        return made

    def expect_every_operation(self, *services):
        """Each operation of these services that is served was called, and answered well."""
        served = tomllib.loads(SERVED.read_text())
        expected = {(name, o) for name in services for o in served[name]["operations"]}
        assert {called for called in self.called if called[0] in services} == expected


def recent(time):
    return abs((datetime.now(timezone.utc) - time).total_seconds()) < 120


def pages(listing, member, token, create, count):
    """Makes so many more, and reads the whole list page by page: each once."""
    for number in range(count):
        create(f"page-{number}")
    page = listing()
    seen = list(page[member])
    while token in page:
        assert len(page[member]) <= 2
        page = listing(**{token: page[token]})
        seen += page[member]
    names = [json.dumps(entry, default=str, sort_keys=True) for entry in seen]
    assert len(names) == len(set(names)) >= count
