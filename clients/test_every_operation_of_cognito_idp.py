"""Every operation of user pools, by boto3, whose parsers and types are the judge of the answers."""

from botocore import UNSIGNED

from recorded import Recorded, pages, recent
from system import REGION, ROOT, refused


def test_every_operation_of_user_pools(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    user_pools(recorded)
    recorded.expect_every_operation("cognito-idp")


def user_pools(recorded):
    idp = recorded.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="every operation")["UserPool"]
    pool_id = pool["Id"]
    assert pool_id.startswith(f"{REGION}_")
    assert recent(pool["CreationDate"]) and recent(pool["LastModifiedDate"])
    described = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert described["Name"] == "every operation"
    assert described["Arn"] == f"arn:aws:cognito-idp:{REGION}:{ROOT.account}:userpool/{pool_id}"
    assert pool_id in [p["Id"] for p in idp.list_user_pools(MaxResults=60)["UserPools"]]

    web = idp.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]
    names = {"UserPoolId": pool_id, "ClientId": web["ClientId"]}
    described = idp.describe_user_pool_client(**names)["UserPoolClient"]
    assert (described["ClientName"], described["UserPoolId"]) == ("web", pool_id)
    assert "ClientSecret" not in described
    assert set(described["ExplicitAuthFlows"]) >= set(web["ExplicitAuthFlows"])

    group = idp.create_group(
        UserPoolId=pool_id, GroupName="readers", Description="They read.", Precedence=7
    )["Group"]
    assert (group["GroupName"], group["Precedence"]) == ("readers", 7)
    again = idp.get_group(UserPoolId=pool_id, GroupName="readers")["Group"]
    assert again == group and recent(again["CreationDate"])
    with refused("GroupExistsException"):
        idp.create_group(UserPoolId=pool_id, GroupName="readers")
    assert idp.list_groups(UserPoolId=pool_id)["Groups"] == [group]

    of_user = {"UserPoolId": pool_id, "Username": "zoë"}
    created = idp.admin_create_user(
        **of_user,
        UserAttributes=[{"Name": "email", "Value": "zoe@example.com"}],
        MessageAction="SUPPRESS",
    )["User"]
    assert (created["Username"], created["Enabled"]) == ("zoë", True)
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with refused("UsernameExistsException"):
        idp.admin_create_user(**of_user)
    with refused("InvalidPasswordException"):
        idp.admin_set_user_password(**of_user, Password="short", Permanent=True)
    idp.admin_set_user_password(**of_user, Password="Correct-horse-1", Permanent=True)
    user = idp.admin_get_user(**of_user)
    assert user["UserStatus"] == "CONFIRMED" and recent(user["UserCreateDate"])
    attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert attributes["email"] == "zoe@example.com" and attributes["sub"]
    listed = idp.list_users(UserPoolId=pool_id)["Users"]
    assert [user["Username"] for user in listed] == ["zoë"]
    by_mail = {"UserPoolId": pool_id, "Filter": 'email = "zoe@example.com"'}
    assert len(idp.list_users(**by_mail)["Users"]) == 1
    by_mail["Filter"] = 'email = "somebody@example.com"'
    assert idp.list_users(**by_mail)["Users"] == []

    idp.admin_add_user_to_group(**of_user, GroupName="readers")
    assert idp.admin_list_groups_for_user(**of_user)["Groups"] == [group]

    password = {"USERNAME": "zoë", "PASSWORD": "Correct-horse-1"}
    by_admin = idp.admin_initiate_auth(
        **names, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=password
    )["AuthenticationResult"]
    by_user = recorded.client("cognito-idp", signature_version=UNSIGNED).initiate_auth(
        ClientId=web["ClientId"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=password
    )["AuthenticationResult"]
    for result in (by_admin, by_user):
        expected = ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]
        assert sorted(result) == expected
    pages(
        lambda **page: idp.list_users(UserPoolId=pool_id, Limit=2, **page),
        "Users",
        "PaginationToken",
        create=lambda name: idp.admin_create_user(UserPoolId=pool_id, Username=name),
        count=4,
    )

    idp.admin_delete_user(**of_user)
    with refused("UserNotFoundException"):
        idp.admin_get_user(**of_user)
    idp.delete_group(UserPoolId=pool_id, GroupName="readers")
    with refused("ResourceNotFoundException"):
        idp.get_group(UserPoolId=pool_id, GroupName="readers")
    idp.delete_user_pool_client(**names)
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool_client(**names)
    idp.delete_user_pool(UserPoolId=pool_id)
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool(UserPoolId=pool_id)
