"""Each opens their own folder and nobody else's, with Amplify and the AWS SDK for JavaScript."""

import json
import subprocess
from pathlib import Path

import pytest

from system import REGION


@pytest.mark.parametrize("me, other", [("admin", "user"), ("user", "admin")])
def test_amplify_reaches_the_folder_of_who_signs_in(system, me, other):
    person, another = (system.people[name] for name in (me, other))
    settings = {
        "endpoint": system.endpoint,
        "region": REGION,
        "bucket": system.bucket,
        "mine": person.file,
        "others": another.file,
        "username": person.name,
        "password": person.password,
        "userPoolId": system.user_pool_id,
        "userPoolClientId": system.browser_id,
        "identityPoolId": system.identity_pool_id,
    }
    script = Path(__file__).parent / "javascript" / "folders.mjs"
    done = subprocess.run(
        ["node", script, json.dumps(settings)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    sub = found["attributes"].pop("sub")
    assert sub and found == {
        "wrong": "NotAuthorizedException",
        "nobody": "UserNotFoundException",
        "isSignedIn": True,
        "identityId": person.identity_id,
        "username": person.name,
        "attributes": {},
        "refreshed": True,
        "mine": person.line,
        "written": "from JavaScript",
        "othersRead": "AccessDenied",
        "othersWritten": "AccessDenied",
        "afterwards": "UserUnAuthenticatedException",
    }
