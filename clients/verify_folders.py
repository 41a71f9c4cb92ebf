"""What people write to see that their set-up is right. Knows nothing of the server: it finds it by
AWS_ENDPOINT_URL, and the administrator's keys in the usual variables, as it would find AWS."""

import json
import sys

import boto3
import s3fs

settings = json.load(open(sys.argv[1]))
region, bucket = settings["region"], settings["bucket"]
provider = f"cognito-idp.{region}.amazonaws.com/{settings['user_pool_id']}"

idp = boto3.client("cognito-idp", region_name=region)
identity = boto3.client("cognito-identity", region_name=region)

systems, folders = {}, {}
for name, id_token in settings["id_tokens"].items():
    user = idp.admin_get_user(UserPoolId=settings["user_pool_id"], Username=name)
    assert user["Username"] == name and user["Enabled"]
    logins = {provider: id_token}
    identity_id = identity.get_id(IdentityPoolId=settings["identity_pool_id"], Logins=logins)[
        "IdentityId"
    ]
    credentials = identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)[
        "Credentials"
    ]
    folders[name] = f"s3://{bucket}/cognito-test/{identity_id}/data.txt"
    systems[name] = s3fs.S3FileSystem(
        key=credentials["AccessKeyId"],
        secret=credentials["SecretKey"],
        token=credentials["SessionToken"],
        skip_instance_cache=True,
        use_listings_cache=False,
    )


def refused(action):
    try:
        action()
    except PermissionError:
        return
    raise AssertionError("this should have been refused")


def write(system, path, text):
    file = system.open(path, "w")
    file.write(text)
    return file


for name, system in systems.items():
    for owner, path in folders.items():
        if name == owner:
            with system.open(path, "r") as file:
                assert file.readline() == f"{name}'s line\n"
            write(system, path, f"{name}'s line\n").close()
            with system.open(path, "r") as file:
                assert file.read() == f"{name}'s line\n"
        else:
            # Reading is refused when the file is opened, writing when it is closed.
            refused(lambda: system.open(path, "r"))
            file = write(system, path, "not mine")
            refused(file.close)

print("each opens their own folder and nobody else's")
