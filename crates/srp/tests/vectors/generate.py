"""Sign-ins as an independent client of user pools makes them, for the server's half to check.

    pip install pycognito==2024.5.1
    python generate.py > sign_ins.json

The client is pycognito's; the few lines of a server here are written from RFC 5054 and stand in for
Cognito, so that the client has something to answer.
"""

import base64
import json
import random
from types import SimpleNamespace

from pycognito.aws_srp import AWSSRP, G_HEX, N_HEX, hash_sha256, hex_hash, pad_hex

N, g = int(N_HEX, 16), int(G_HEX, 16)
chance = random.Random(20240305)

CASES = [
    ("aB3dE6gH9", "ann", "Correct1!"),
    ("aB3dE6gH9", "Zoë", "Pässwörd 1!"),
    ("x", "0f8fad5b-d9cb-469f-a165-70867728950e", "a:b::c"),
    ("0123456789", "*?${x}", " spaces around "),
    ("aB3dE6gH9", "somebody@example.com", "x" * 256),
]


def sign_in(pool, user, password, short):
    """One sign-in. With `short`, the server's public value has a byte less than the prime."""
    salt = f"{chance.randrange(0x40, 0x80):02x}{chance.randrange(2**120):030x}"
    identity = hash_sha256(f"{pool}{user}:{password}".encode())
    x = int(hex_hash(pad_hex(salt) + identity), 16)
    verifier = pow(g, x, N)
    client = AWSSRP(user, password, f"us-east-1_{pool}", "client", client=SimpleNamespace())
    client.small_a_value = chance.randrange(2**1024)
    client.large_a_value = client.calculate_a()
    k = client.val_k
    while True:
        b = chance.randrange(2**256)
        public = (k * verifier + pow(g, b, N)) % N
        if (public.bit_length() <= 3064) == short:
            break
    block = base64.b64encode(chance.randbytes(100)).decode()
    challenge = client.process_challenge(
        {
            "USER_ID_FOR_SRP": user,
            "USERNAME": user,
            "SALT": salt,
            "SRP_B": f"{public:x}",
            "SECRET_BLOCK": block,
        },
        {"USERNAME": user},
    )
    return {
        "pool": pool,
        "user": user,
        "password": password,
        "salt": salt,
        "verifier": f"{verifier:x}",
        "client_public": f"{client.large_a_value:x}",
        "server_secret": f"{b:064x}",
        "server_public": f"{public:x}",
        "secret_block": block,
        "timestamp": challenge["TIMESTAMP"],
        "signature": challenge["PASSWORD_CLAIM_SIGNATURE"],
    }


cases = [sign_in(*case, short) for case in CASES * 2 for short in (False, True)]
print(json.dumps(cases, indent=1, ensure_ascii=False))
