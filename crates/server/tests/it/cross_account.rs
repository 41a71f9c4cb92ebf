//! The second account's root, and an administrator of it, against everything of the first.
//!
//! The table must have a row for every operation that is served; one that is added without a row
//! fails here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use types::SecretString;

use crate::{
    client::{Call, Keys, Reply},
    world::{
        BUCKET, OTHER, World, provider, role_arn, role_policy, root_keys, secret_hash, trust_policy,
    },
};

/// What must come of a request for something of the first account.
enum Outcome {
    /// Refused with this status and code.
    Refused(u16, &'static str),
    /// It is about the caller's own account: allowed, and tells nothing of the first.
    Own,
    /// Whoever knows a public id may call it, from any account or none; what it then takes is
    /// a token or a password. Tested where those are.
    Unsigned,
}

use Outcome::{Own, Refused, Unsigned};

const NOT_FOUND: Outcome = Refused(400, "ResourceNotFoundException");
const DENIED: Outcome = Refused(403, "AccessDenied");
const NO_SUCH_ENTITY: Outcome = Refused(404, "NoSuchEntity");

fn rows(world: &World) -> Vec<(&'static str, Call, Outcome)> {
    let idp = |name, input: Value| Call::json("cognito-idp", name, &input);
    let identity = |name, input: Value| Call::json("cognito-identity", name, &input);
    let iam = |name, input: &[(&str, &str)]| Call::query("iam", name, input);
    let pool = || json!({"UserPoolId": world.user_pool_id});
    let user = || json!({"UserPoolId": world.user_pool_id, "Username": "user"});
    let group = || json!({"UserPoolId": world.user_pool_id, "GroupName": "user"});
    let client = || json!({"UserPoolId": world.user_pool_id, "ClientId": world.client_id});
    let identity_pool = || json!({"IdentityPoolId": world.identity_pool_id});
    let with = |mut input: Value, name: &str, value: Value| {
        input[name] = value;
        input
    };
    let hash = secret_hash(&world.client_secret, "user", &world.client_id);
    let parameters =
        json!({"USERNAME": "user", "PASSWORD": "Correct-horse-1", "SECRET_HASH": hash});
    let sign_in = with(client(), "AuthParameters", parameters);
    let object = world.user.path("data.txt");
    let bucket = format!("/{BUCKET}");
    let policy = role_policy().to_string();
    let trust = trust_policy(&world.identity_pool_id).to_string();
    let role = ("RoleName", "user");
    let named = ("PolicyName", "folder");
    let own_policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{BUCKET}/*")}]});
    vec![
        ("CognitoIdpCreateUserPool", idp("CreateUserPool", json!({"PoolName": "mine"})), Own),
        ("CognitoIdpListUserPools", idp("ListUserPools", json!({"MaxResults": 60})), Own),
        ("CognitoIdpDescribeUserPool", idp("DescribeUserPool", pool()), NOT_FOUND),
        ("CognitoIdpDeleteUserPool", idp("DeleteUserPool", pool()), NOT_FOUND),
        (
            "CognitoIdpCreateUserPoolClient",
            idp("CreateUserPoolClient", with(pool(), "ClientName", json!("x"))),
            NOT_FOUND,
        ),
        ("CognitoIdpDescribeUserPoolClient", idp("DescribeUserPoolClient", client()), NOT_FOUND),
        ("CognitoIdpDeleteUserPoolClient", idp("DeleteUserPoolClient", client()), NOT_FOUND),
        (
            "CognitoIdpCreateGroup",
            idp("CreateGroup", with(pool(), "GroupName", json!("x"))),
            NOT_FOUND,
        ),
        ("CognitoIdpGetGroup", idp("GetGroup", group()), NOT_FOUND),
        ("CognitoIdpDeleteGroup", idp("DeleteGroup", group()), NOT_FOUND),
        ("CognitoIdpListGroups", idp("ListGroups", pool()), NOT_FOUND),
        (
            "CognitoIdpAdminCreateUser",
            idp("AdminCreateUser", with(pool(), "Username", json!("x"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminSetUserPassword",
            idp("AdminSetUserPassword", with(user(), "Password", json!("Other-horse-1"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminAddUserToGroup",
            idp("AdminAddUserToGroup", with(user(), "GroupName", json!("admin"))),
            NOT_FOUND,
        ),
        ("CognitoIdpAdminGetUser", idp("AdminGetUser", user()), NOT_FOUND),
        ("CognitoIdpAdminDeleteUser", idp("AdminDeleteUser", user()), NOT_FOUND),
        ("CognitoIdpAdminListGroupsForUser", idp("AdminListGroupsForUser", user()), NOT_FOUND),
        ("CognitoIdpListUsers", idp("ListUsers", pool()), NOT_FOUND),
        (
            "CognitoIdpAdminInitiateAuth",
            idp(
                "AdminInitiateAuth",
                with(
                    with(sign_in.clone(), "UserPoolId", json!(world.user_pool_id)),
                    "AuthFlow",
                    json!("ADMIN_USER_PASSWORD_AUTH"),
                ),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdpInitiateAuth",
            idp("InitiateAuth", with(sign_in, "AuthFlow", json!("USER_PASSWORD_AUTH"))),
            Unsigned,
        ),
        ("CognitoIdpGetJsonWebKeySet", Call::s3("GET", "/"), Unsigned),
        ("CognitoIdpGetOpenIdConfiguration", Call::s3("GET", "/"), Unsigned),
        (
            "CognitoIdentityCreateIdentityPool",
            identity(
                "CreateIdentityPool",
                json!({"IdentityPoolName": "mine", "AllowUnauthenticatedIdentities": false}),
            ),
            Own,
        ),
        (
            "CognitoIdentityListIdentityPools",
            identity("ListIdentityPools", json!({"MaxResults": 60})),
            Own,
        ),
        (
            "CognitoIdentityDescribeIdentityPool",
            identity("DescribeIdentityPool", identity_pool()),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityDeleteIdentityPool",
            identity("DeleteIdentityPool", identity_pool()),
            NOT_FOUND,
        ),
        // The first account's roles cannot be passed, wherever the pool is.
        (
            "CognitoIdentitySetIdentityPoolRoles",
            identity("SetIdentityPoolRoles", with(identity_pool(), "Roles", json!({}))),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityGetIdentityPoolRoles",
            identity("GetIdentityPoolRoles", identity_pool()),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityDescribeIdentity",
            identity("DescribeIdentity", json!({"IdentityId": world.user.identity_id})),
            NOT_FOUND,
        ),
        ("CognitoIdentityGetId", identity("GetId", identity_pool()), Unsigned),
        (
            "CognitoIdentityGetCredentialsForIdentity",
            identity("GetCredentialsForIdentity", json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
        (
            "CognitoIdentityGetOpenIdToken",
            identity("GetOpenIdToken", json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
        ("StsGetCallerIdentity", Call::query("sts", "GetCallerIdentity", &[]), Own),
        (
            "StsDecodeAuthorizationMessage",
            Call::query(
                "sts",
                "DecodeAuthorizationMessage",
                &[("EncodedMessage", "00000000-0000-4000-8000-000000000000")],
            ),
            Refused(400, "InvalidAuthorizationMessageException"),
        ),
        (
            "StsAssumeRoleWithWebIdentity",
            Call::query("sts", "AssumeRoleWithWebIdentity", &[]),
            Unsigned,
        ),
        (
            "IamCreateRole",
            iam("CreateRole", &[("RoleName", "mine"), ("AssumeRolePolicyDocument", &trust)]),
            Own,
        ),
        ("IamListRoles", iam("ListRoles", &[]), Own),
        ("IamGetRole", iam("GetRole", &[role]), NO_SUCH_ENTITY),
        ("IamDeleteRole", iam("DeleteRole", &[role]), NO_SUCH_ENTITY),
        (
            "IamUpdateAssumeRolePolicy",
            iam("UpdateAssumeRolePolicy", &[role, ("PolicyDocument", &trust)]),
            NO_SUCH_ENTITY,
        ),
        (
            "IamPutRolePolicy",
            iam("PutRolePolicy", &[role, named, ("PolicyDocument", &policy)]),
            NO_SUCH_ENTITY,
        ),
        ("IamGetRolePolicy", iam("GetRolePolicy", &[role, named]), NO_SUCH_ENTITY),
        ("IamDeleteRolePolicy", iam("DeleteRolePolicy", &[role, named]), NO_SUCH_ENTITY),
        ("IamListRolePolicies", iam("ListRolePolicies", &[role]), NO_SUCH_ENTITY),
        ("S3ListBuckets", Call::s3("GET", "/"), Own),
        ("S3CreateBucket", Call::s3("PUT", &bucket), Refused(409, "BucketAlreadyExists")),
        ("S3HeadBucket", Call::s3("HEAD", &bucket), Refused(403, "(403)")),
        ("S3DeleteBucket", Call::s3("DELETE", &bucket), DENIED),
        ("S3ListObjectsV2", Call::s3("GET", &format!("{bucket}?list-type=2")), DENIED),
        ("S3PutObject", Call::s3("PUT", &object).body("x"), DENIED),
        ("S3GetObject", Call::s3("GET", &object), DENIED),
        ("S3HeadObject", Call::s3("HEAD", &object), Refused(403, "(403)")),
        ("S3DeleteObject", Call::s3("DELETE", &object), DENIED),
        (
            "S3CopyObject",
            Call::s3("PUT", &format!("{object}2"))
                .with("x-amz-copy-source", object.trim_start_matches('/')),
            DENIED,
        ),
        (
            "S3PutBucketPolicy",
            Call::s3("PUT", &format!("{bucket}?policy")).body(own_policy.to_string()),
            DENIED,
        ),
        ("S3GetBucketPolicy", Call::s3("GET", &format!("{bucket}?policy")), DENIED),
        ("S3DeleteBucketPolicy", Call::s3("DELETE", &format!("{bucket}?policy")), DENIED),
    ]
}

/// An administrator of the second account: a session of a role there that may do everything.
async fn administrator(world: &World) -> Keys {
    let root = root_keys(OTHER);
    let client = world.server.client();
    let json = async |service, action: &str, input: Value| {
        client.signed(&root, &Call::json(service, action, &input)).await.expect(200).json()
    };
    let idp = "cognito-idp";
    let pool = json(idp, "CreateUserPool", json!({"PoolName": "others"})).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let flows = json!({"UserPoolId": pool, "ClientName": "web",
                       "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let app = json(idp, "CreateUserPoolClient", flows).await;
    let app = app["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let user = json!({"UserPoolId": pool, "Username": "boss"});
    json(idp, "AdminCreateUser", user.clone()).await;
    let mut password = user;
    password["Password"] = json!("Correct-horse-1");
    password["Permanent"] = json!(true);
    json(idp, "AdminSetUserPassword", password).await;
    let providers = json!([{"ProviderName": provider(&pool), "ClientId": app}]);
    let identities = json!({"IdentityPoolName": "others", "AllowUnauthenticatedIdentities": false,
                            "CognitoIdentityProviders": providers});
    let identities = json("cognito-identity", "CreateIdentityPool", identities).await;
    let identities = identities["IdentityPoolId"].as_str().unwrap().to_owned();
    let trust = trust_policy(&identities).to_string();
    let everything = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    .to_string();
    let role = ("RoleName", "administrator");
    let create = Call::query("iam", "CreateRole", &[role, ("AssumeRolePolicyDocument", &trust)]);
    client.signed(&root, &create).await.expect(200);
    let put = [role, ("PolicyName", "everything"), ("PolicyDocument", &everything)];
    client.signed(&root, &Call::query("iam", "PutRolePolicy", &put)).await.expect(200);
    let arn = format!("arn:aws:iam::{}:role/administrator", OTHER.0);
    let roles = json!({"IdentityPoolId": identities, "Roles": {"authenticated": arn}});
    let set = Call::json("cognito-identity", "SetIdentityPoolRoles", &roles);
    client.signed(&root, &set).await.expect(200);

    let unsigned = async |service, action: &str, input: Value| {
        client.unsigned(&Call::json(service, action, &input)).await.expect(200).json()
    };
    let parameters = json!({"USERNAME": "boss", "PASSWORD": "Correct-horse-1"});
    let sign_in =
        json!({"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let tokens = unsigned(idp, "InitiateAuth", sign_in).await;
    let logins = json!({provider(&pool): tokens["AuthenticationResult"]["IdToken"]});
    let ask = json!({"IdentityPoolId": identities, "Logins": logins});
    let id = unsigned("cognito-identity", "GetId", ask).await;
    let ask = json!({"IdentityId": id["IdentityId"], "Logins": logins});
    let answer = unsigned("cognito-identity", "GetCredentialsForIdentity", ask).await;
    let credentials = &answer["Credentials"];
    Keys {
        access_key_id: credentials["AccessKeyId"].as_str().unwrap().to_owned(),
        secret: SecretString::from(credentials["SecretKey"].as_str().unwrap()),
        token: Some(credentials["SessionToken"].as_str().unwrap().to_owned()),
    }
}

fn tells_nothing(reply: &Reply, world: &World, operation: &str) {
    let text = reply.text();
    for name in [&world.user_pool_id, &world.identity_pool_id, &role_arn("user")] {
        assert!(!text.contains(name.as_str()), "{operation} tells {name}: {text}");
    }
    if operation == "S3ListBuckets" {
        assert!(!text.contains(BUCKET), "{text}");
    }
}

#[tokio::test]
async fn nothing_of_one_account_is_reached_from_another() {
    let world = World::new().await;
    let rows = rows(&world);
    let served: BTreeSet<String> =
        world.server.running.operations().iter().map(|(id, _)| format!("{id:?}")).collect();
    let listed: BTreeSet<String> = rows.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(served, listed, "every operation that is served has a row, and no other");
    let administrator = administrator(&world).await;
    for (keys, who) in [(root_keys(OTHER), "root"), (administrator, "administrator")] {
        for (name, call, outcome) in &rows {
            // What the root has made is there when the administrator comes.
            let call = match call {
                Call { service: "iam", .. } if *name == "IamCreateRole" => {
                    let body = String::from_utf8(call.body.clone()).unwrap();
                    call.clone().body(body.replace("RoleName=mine", &format!("RoleName={who}s")))
                }
                call => call.clone(),
            };
            let reply = world.server.client().signed(&keys, &call).await;
            match outcome {
                Refused(status, code) => {
                    assert_eq!(
                        (reply.status, reply.code().as_str()),
                        (*status, *code),
                        "{who}: {name}: {}",
                        reply.text()
                    );
                }
                Own => {
                    assert_eq!(reply.status, 200, "{who}: {name}: {}", reply.text());
                    tells_nothing(&reply, &world, name);
                }
                Unsigned => {}
            }
        }
        world.reads_own(&world.user).await;
        world.reads_own(&world.admin).await;
    }
    // The positive twin: the first account's root is refused none of what was not found.
    let get =
        Call::json("cognito-idp", "DescribeUserPool", &json!({"UserPoolId": world.user_pool_id}));
    world.server.root(&get).await.expect(200);
    let get = Call::query("iam", "GetRole", &[("RoleName", "user")]);
    world.server.root(&get).await.expect(200);
}
