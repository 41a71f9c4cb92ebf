"""Every operation of user pools, by boto3, whose parsers and types are the judge of the answers."""

from botocore import UNSIGNED

from recorded import Recorded, pages, recent
from system import ALT_ROOT, REGION, ROOT, messages, refused


def test_every_operation_of_user_pools(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    user_pools(recorded)
    changing_pools(recorded)
    changing_users(recorded)
    signing_in(recorded)
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


TEMPLATE_POOL = {
    "AccountRecoverySetting": {
        "RecoveryMechanisms": [
            {"Name": "verified_email", "Priority": 1},
            {"Name": "verified_phone_number", "Priority": 2},
        ]
    },
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    "AutoVerifiedAttributes": ["email"],
    "DeletionProtection": "ACTIVE",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "EmailVerificationMessage": "Your code is {####}",
    "EmailVerificationSubject": "Welcome",
    "LambdaConfig": {},
    "MfaConfiguration": "OFF",
    "Policies": {"PasswordPolicy": {"MinimumLength": 10, "PasswordHistorySize": 3}},
    "SmsVerificationMessage": "Code {####}",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "UserPoolTags": {"team": "coats"},
    "UserPoolTier": "LITE",
    "VerificationMessageTemplate": {
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
        "EmailMessage": "Your code is {####}",
        "EmailSubject": "Welcome",
        "SmsMessage": "Code {####}",
    },
}
"""What the CDK writes into templates, and what is beside it in the reference of resources."""


def changing_pools(recorded):
    idp = recorded.client("cognito-idp")
    made = idp.create_user_pool(
        PoolName="changing",
        **TEMPLATE_POOL,
        AliasAttributes=["email", "preferred_username"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[
            {"Name": "email", "Required": True, "Mutable": True},
            {
                "Name": "level",
                "AttributeDataType": "Number",
                "Mutable": True,
                "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
            },
        ],
    )["UserPool"]
    pool = {"UserPoolId": made["Id"]}
    described = idp.describe_user_pool(**pool)["UserPool"]
    for name, value in TEMPLATE_POOL.items():
        if name not in ("Policies", "AdminCreateUserConfig"):
            assert described[name] == value, name
    assert described["Policies"]["PasswordPolicy"]["PasswordHistorySize"] == 3
    assert described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert described["AliasAttributes"] == ["email", "preferred_username"]
    assert described["UsernameConfiguration"] == {"CaseSensitive": False}
    schema = {a["Name"]: a for a in described["SchemaAttributes"]}
    assert schema["email"]["Required"] is True
    assert schema["custom:level"]["NumberAttributeConstraints"]["MaxValue"] == "9"

    team = {"Name": "team", "AttributeDataType": "String"}
    idp.add_custom_attributes(**pool, CustomAttributes=[team])
    with refused("InvalidParameterException"):
        idp.add_custom_attributes(**pool, CustomAttributes=[team])
    with refused("InvalidParameterException"):
        idp.delete_user_pool(**pool)
    # What is not said is the default again; what cannot change stays.
    idp.update_user_pool(**pool, PoolName="changed")
    described = idp.describe_user_pool(**pool)["UserPool"]
    assert (described["Name"], described["UserPoolTier"]) == ("changed", "ESSENTIALS")
    assert described["DeletionProtection"] == "INACTIVE"
    assert described["UserPoolTags"] == {} and "AutoVerifiedAttributes" not in described
    assert described["AliasAttributes"] == ["email", "preferred_username"]
    assert "custom:team" in [a["Name"] for a in described["SchemaAttributes"]]

    arn = {"ResourceArn": described["Arn"]}
    idp.tag_resource(**arn, Tags={"team": "coats", "stage": "test"})
    idp.untag_resource(**arn, TagKeys=["stage", "unknown"])
    assert idp.list_tags_for_resource(**arn)["Tags"] == {"team": "coats"}
    assert idp.describe_user_pool(**pool)["UserPool"]["UserPoolTags"] == {"team": "coats"}
    with refused("InvalidParameterException"):
        idp.tag_resource(**arn, Tags={"aws:team": "coats"})

    domain = {"Domain": "cloaks-and-hats"}
    assert idp.describe_user_pool_domain(**domain)["DomainDescription"] == {}
    idp.create_user_pool_domain(**pool, **domain, ManagedLoginVersion=2)
    description = idp.describe_user_pool_domain(**domain)["DomainDescription"]
    assert description == {
        **pool,
        **domain,
        "AWSAccountId": ROOT.account,
        "ManagedLoginVersion": 2,
        "Status": "ACTIVE",
    }
    stranger = recorded.client("cognito-idp", ALT_ROOT)
    assert stranger.describe_user_pool_domain(**domain)["DomainDescription"] == {}
    theirs = {"UserPoolId": stranger.create_user_pool(PoolName="theirs")["UserPool"]["Id"]}
    with refused("InvalidParameterException"):
        stranger.create_user_pool_domain(**theirs, **domain)
    assert idp.describe_user_pool(**pool)["UserPool"]["Domain"] == domain["Domain"]
    idp.update_user_pool_domain(**pool, **domain, ManagedLoginVersion=1)
    description = idp.describe_user_pool_domain(**domain)["DomainDescription"]
    assert description["ManagedLoginVersion"] == 1
    with refused("InvalidParameterException"):
        idp.delete_user_pool(**pool)
    idp.delete_user_pool_domain(**pool, **domain)
    with refused("ResourceNotFoundException"):
        idp.delete_user_pool_domain(**pool, **domain)
    stranger.create_user_pool_domain(**theirs, **domain)

    settings = {
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["openid", "email"],
        "AuthSessionValidity": 5,
        "CallbackURLs": ["https://app.example/callback", "http://localhost:3000/"],
        "DefaultRedirectURI": "http://localhost:3000/",
        "EnableTokenRevocation": False,
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"],
        "LogoutURLs": ["https://app.example/"],
        "PreventUserExistenceErrors": "ENABLED",
        "ReadAttributes": ["custom:level", "email"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
        "SupportedIdentityProviders": ["COGNITO"],
        "WriteAttributes": ["email"],
    }
    made = idp.create_user_pool_client(
        **pool, ClientName="web", GenerateSecret=True, **settings
    )["UserPoolClient"]
    client = {**pool, "ClientId": made["ClientId"]}
    described = idp.describe_user_pool_client(**client)["UserPoolClient"]
    for name, value in settings.items():
        assert described[name] == value, name
    updated = idp.update_user_pool_client(**client, ClientName="site")["UserPoolClient"]
    assert (updated["ClientName"], updated["ClientSecret"]) == ("site", made["ClientSecret"])
    assert updated["EnableTokenRevocation"] is True and updated["AuthSessionValidity"] == 3
    for name in settings:
        assert name not in updated or updated[name] != settings[name], name
    with refused("InvalidParameterException"):
        idp.update_user_pool_client(**client, ReadAttributes=["custom:unknown"])
    with refused("ScopeDoesNotExistException"):
        idp.update_user_pool_client(**client, AllowedOAuthScopes=["coats/read"])
    pages(
        lambda **page: idp.list_user_pool_clients(**pool, MaxResults=2, **page),
        "UserPoolClients",
        "NextToken",
        create=lambda name: idp.create_user_pool_client(**pool, ClientName=name),
        count=4,
    )

    group = {**pool, "GroupName": "readers"}
    idp.create_group(**group, Description="They read.", Precedence=7)
    updated = idp.update_group(**group, Precedence=3)["Group"]
    assert (updated["Precedence"], updated["Description"]) == (3, "They read.")
    assert idp.get_group(**group)["Group"] == updated
    idp.delete_user_pool(**pool)


def changing_users(recorded):
    idp = recorded.client("cognito-idp")
    pool = {
        "UserPoolId": idp.create_user_pool(
            PoolName="users",
            AliasAttributes=["email"],
            Schema=[{"Name": "level", "AttributeDataType": "Number", "Mutable": True}],
        )["UserPool"]["Id"]
    }
    client = idp.create_user_pool_client(
        **pool,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        WriteAttributes=["nickname", "email"],
    )["UserPoolClient"]["ClientId"]
    ann = {**pool, "Username": "ann"}
    verified = attributes(email="ann@example.com", email_verified="true")
    idp.admin_create_user(**ann, UserAttributes=verified, MessageAction="SUPPRESS")
    by_mail = {**pool, "Username": "ann@example.com"}
    assert idp.admin_get_user(**by_mail)["Username"] == "ann"
    with refused("AliasExistsException"):
        idp.admin_create_user(
            **pool, Username="bob", UserAttributes=verified, MessageAction="SUPPRESS"
        )
    with refused("InvalidParameterException"):
        idp.admin_create_user(**pool, Username="c@example.com", MessageAction="SUPPRESS")
    idp.admin_update_user_attributes(
        **by_mail, UserAttributes=attributes(name="Ann", **{"custom:level": "3"})
    )
    assert known(idp.admin_get_user(**ann))["custom:level"] == "3"
    with refused("InvalidParameterException"):
        idp.admin_update_user_attributes(**ann, UserAttributes=attributes(sub="1"))
    idp.admin_delete_user_attributes(**ann, UserAttributeNames=["name"])
    assert "name" not in known(idp.admin_get_user(**ann))

    password = {"USERNAME": "ann@example.com", "PASSWORD": "Correct-horse-1"}
    idp.admin_set_user_password(**ann, Password=password["PASSWORD"], Permanent=True)
    anyone = recorded.client("cognito-idp", signature_version=UNSIGNED)

    def sign_in():
        return anyone.initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=password
        )["AuthenticationResult"]

    token = {"AccessToken": sign_in()["AccessToken"]}
    anyone.update_user_attributes(**token, UserAttributes=attributes(nickname="Annie"))
    assert known(idp.admin_get_user(**ann))["nickname"] == "Annie"
    for name in ("custom:level", "email_verified", "name"):
        with refused("NotAuthorizedException"):
            anyone.update_user_attributes(**token, UserAttributes=attributes(**{name: "1"}))
        with refused("NotAuthorizedException"):
            anyone.delete_user_attributes(**token, UserAttributeNames=[name])
    anyone.delete_user_attributes(**token, UserAttributeNames=["nickname"])
    assert "nickname" not in known(idp.admin_get_user(**ann))

    idp.admin_disable_user(**ann)
    assert idp.admin_get_user(**ann)["Enabled"] is False
    with refused("NotAuthorizedException"):
        sign_in()
    with refused("NotAuthorizedException"):
        anyone.update_user_attributes(**token, UserAttributes=attributes(nickname="Annie"))
    disabled = idp.list_users(**pool, Filter='status = "Disabled"')["Users"]
    assert [user["Username"] for user in disabled] == ["ann"]
    idp.admin_enable_user(**ann)
    with refused("NotAuthorizedException"):
        anyone.update_user_attributes(**token, UserAttributes=attributes(nickname="Annie"))
    token = {"AccessToken": sign_in()["AccessToken"]}

    group = {**pool, "GroupName": "readers"}
    idp.create_group(**group)
    idp.admin_add_user_to_group(**ann, GroupName="readers")
    members = idp.list_users_in_group(**group)["Users"]
    assert [member["Username"] for member in members] == ["ann"]
    for _ in range(2):
        idp.admin_remove_user_from_group(**ann, GroupName="readers")
    assert idp.list_users_in_group(**group)["Users"] == []
    with refused("ResourceNotFoundException"):
        idp.admin_remove_user_from_group(**ann, GroupName="unknown")

    def member(name):
        idp.admin_create_user(**pool, Username=name)
        idp.admin_add_user_to_group(**pool, Username=name, GroupName="readers")

    pages(
        lambda **page: idp.list_users_in_group(**group, Limit=2, **page),
        "Users",
        "NextToken",
        create=member,
        count=4,
    )
    anyone.delete_user(**token)
    with refused("UserNotFoundException"):
        idp.admin_get_user(**ann)
    with refused("UserNotFoundException"):
        anyone.delete_user(**token)
    idp.delete_user_pool(**pool)


def attributes(**values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


def known(user):
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}


def signing_in(recorded):
    admin = recorded.client("cognito-idp")
    app = recorded.client("cognito-idp", signature_version=UNSIGNED)
    pool_id = admin.create_user_pool(PoolName="signing in", AutoVerifiedAttributes=["email"])[
        "UserPool"
    ]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    client_id = admin.create_user_pool_client(
        UserPoolId=pool_id, ClientName="web", ExplicitAuthFlows=flows
    )["UserPoolClient"]["ClientId"]

    def code():
        return messages(recorded.endpoint)[-1]["Body"].split()[-1].rstrip(".")

    def by_password(name, password):
        return app.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )

    of_user = {"ClientId": client_id, "Username": "ann"}
    signed_up = app.sign_up(
        **of_user,
        Password="Correct-horse-1",
        UserAttributes=[{"Name": "email", "Value": "ann@example.com"}],
    )
    assert not signed_up["UserConfirmed"]
    assert signed_up["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    with refused("UserNotConfirmedException"):
        by_password("ann", "Correct-horse-1")
    resent = app.resend_confirmation_code(**of_user)
    assert resent["CodeDeliveryDetails"] == signed_up["CodeDeliveryDetails"]
    with refused("CodeMismatchException"):
        app.confirm_sign_up(**of_user, ConfirmationCode="x")
    app.confirm_sign_up(**of_user, ConfirmationCode=code())
    bob = {"UserPoolId": pool_id, "Username": "bob"}
    app.sign_up(ClientId=client_id, Username="bob", Password="Correct-horse-1")
    admin.admin_confirm_sign_up(**bob)
    assert by_password("bob", "Correct-horse-1")["AuthenticationResult"]
    with refused("InvalidParameterException"):
        app.forgot_password(ClientId=client_id, Username="bob")

    assert app.forgot_password(**of_user)["CodeDeliveryDetails"]["AttributeName"] == "email"
    app.confirm_forgot_password(**of_user, ConfirmationCode=code(), Password="Another-horse-1")
    admin.admin_reset_user_password(UserPoolId=pool_id, Username="ann")
    with refused("PasswordResetRequiredException"):
        by_password("ann", "Another-horse-1")
    app.confirm_forgot_password(**of_user, ConfirmationCode=code(), Password="Correct-horse-2")

    tokens = by_password("ann", "Correct-horse-2")["AuthenticationResult"]
    token = {"AccessToken": tokens["AccessToken"]}
    shown = app.get_user(**token)
    attributes = {a["Name"]: a["Value"] for a in shown["UserAttributes"]}
    assert (shown["Username"], attributes["email_verified"]) == ("ann", "true")
    asked = app.get_user_attribute_verification_code(**token, AttributeName="email")
    assert asked["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    app.verify_user_attribute(**token, AttributeName="email", Code=code())
    app.change_password(
        **token, PreviousPassword="Correct-horse-2", ProposedPassword="Correct-horse-3"
    )
    refreshed = app.get_tokens_from_refresh_token(
        ClientId=client_id, RefreshToken=tokens["RefreshToken"]
    )["AuthenticationResult"]
    assert sorted(refreshed) == ["AccessToken", "ExpiresIn", "IdToken", "TokenType"]
    app.revoke_token(ClientId=client_id, Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        app.get_user(**token)
    tokens = by_password("ann", "Correct-horse-3")["AuthenticationResult"]
    app.global_sign_out(AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        app.get_user(AccessToken=tokens["AccessToken"])
    admin.admin_user_global_sign_out(UserPoolId=pool_id, Username="ann")

    invited = {"UserPoolId": pool_id, "Username": "eve", "DesiredDeliveryMediums": ["EMAIL"]}
    email = [{"Name": "email", "Value": "eve@example.com"}]
    admin.admin_create_user(**invited, UserAttributes=email)
    with refused("NotAuthorizedException"):
        by_password("eve", "Wrong-horse-1")
    challenge = by_password("eve", code())
    answer = {"ChallengeName": challenge["ChallengeName"], "Session": challenge["Session"]}
    app.respond_to_auth_challenge(
        ClientId=client_id,
        **answer,
        ChallengeResponses={"USERNAME": "eve", "NEW_PASSWORD": "Correct-horse-1"},
    )
    admin.admin_set_user_password(UserPoolId=pool_id, Username="eve", Password="Temporary-horse-1")
    of_client = {"UserPoolId": pool_id, "ClientId": client_id}
    challenge = admin.admin_initiate_auth(
        **of_client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "eve", "PASSWORD": "Temporary-horse-1"},
    )
    answer = {"ChallengeName": challenge["ChallengeName"], "Session": challenge["Session"]}
    admin.admin_respond_to_auth_challenge(
        **of_client,
        **answer,
        ChallengeResponses={"USERNAME": "eve", "NEW_PASSWORD": "Correct-horse-2"},
    )
    admin.delete_user_pool(UserPoolId=pool_id)
