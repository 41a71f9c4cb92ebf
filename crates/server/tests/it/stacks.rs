//! Stacks over the socket: made, changed, replaced, rolled back, deleted, and never more than their
//! author could have made by hand.

use std::time::Duration;

use serde_json::{Value, json};
use server::Config;

use crate::{
    client::{Call, Keys, Reply},
    world::{ROOT, Server, World, create_role, put_role_policy, role_arn, root_keys},
};

const CAPABILITY: (&str, &str) = ("Capabilities.member.1", "CAPABILITY_NAMED_IAM");

fn trust(principal: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

fn policy(actions: &[&str], resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": resource}]})
}

/// A bucket, and a role with a policy about it.
fn bucket_and_role(actions: &[&str], path: &str) -> Value {
    json!({
        "Description": "A bucket and its reader",
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Reader": {"Type": "AWS::IAM::Role", "Properties": {
                "Path": path,
                "AssumeRolePolicyDocument": trust(&json!({"Service": "lambda.amazonaws.com"})),
                "Policies": [{"PolicyName": "read", "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": actions,
                                   "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}]}}],
            }},
        },
        "Outputs": {
            "Bucket": {"Value": {"Ref": "Bucket"}, "Export": {"Name": "the-bucket"}},
            "Role": {"Value": {"Ref": "Reader"}, "Description": "Who reads"},
            "RoleArn": {"Value": {"Fn::GetAtt": ["Reader", "Arn"]}},
        },
    })
}

fn call(action: &str, input: &[(&str, &str)]) -> Call {
    Call::query("cloudformation", action, input)
}

async fn with_template(
    server: &Server,
    keys: &Keys,
    action: &str,
    template: &Value,
    more: &[(&str, &str)],
) -> Reply {
    let text = template.to_string();
    let members = [&[("StackName", "stack"), ("TemplateBody", &*text), CAPABILITY], more].concat();
    server.client().signed(keys, &call(action, &members)).await
}

async fn root_with(server: &Server, action: &str, template: &Value) -> Reply {
    with_template(server, &root_keys(ROOT), action, template, &[]).await
}

/// The stack once nothing is being done to it any more, as `DescribeStacks` has it.
async fn settled(server: &Server, stack: &str) -> Reply {
    let waiting = async {
        loop {
            let described = server.root(&call("DescribeStacks", &[("StackName", stack)])).await;
            let described = described.expect(200);
            if !described.element("StackStatus").ends_with("_IN_PROGRESS") {
                return described;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), waiting).await.expect("the stack settles")
}

#[track_caller]
fn expect_status(described: &Reply, status: &str) {
    assert_eq!(described.element("StackStatus"), status, "{}", described.text());
}

/// The value of an output.
fn output(described: &Reply, name: &str) -> String {
    let text = described.text();
    let (_, behind) = text.split_once(&format!("<OutputKey>{name}</OutputKey>")).unwrap();
    let (before, _) = behind.split_once("</OutputValue>").unwrap();
    before.rsplit_once("<OutputValue>").unwrap().1.to_owned()
}

/// The physical id of a resource.
async fn physical_id(server: &Server, logical_id: &str) -> String {
    let members = [("StackName", "stack"), ("LogicalResourceId", logical_id)];
    let reply = server.root(&call("DescribeStackResource", &members)).await.expect(200);
    reply.element("PhysicalResourceId")
}

async fn events(server: &Server, stack: &str) -> String {
    server.root(&call("DescribeStackEvents", &[("StackName", stack)])).await.expect(200).text()
}

async fn role_policy(server: &Server, role: &str) -> Reply {
    let members = [("RoleName", role), ("PolicyName", "read")];
    server.root(&Call::query("iam", "GetRolePolicy", &members)).await
}

async fn role(server: &Server, name: &str) -> Reply {
    server.root(&Call::query("iam", "GetRole", &[("RoleName", name)])).await
}

async fn bucket(server: &Server, name: &str) -> u16 {
    server.root(&Call::s3("HEAD", &format!("/{name}"))).await.status
}

async fn deleted(server: &Server, stack: &str) {
    server.root(&call("DeleteStack", &[("StackName", stack)])).await.expect(200);
    expect_status(&settled(server, stack).await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_stack_is_made_changed_replaced_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let created = root_with(&server, "CreateStack", &bucket_and_role(&["s3:GetObject"], "/")).await;
    let id = created.expect(200).element("StackId");
    assert!(id.starts_with("arn:aws:cloudformation:us-east-1:123456789012:stack/stack/"), "{id}");
    let described = settled(&server, "stack").await;
    expect_status(&described, "CREATE_COMPLETE");
    let (bucket_name, role_name) = (output(&described, "Bucket"), output(&described, "Role"));
    assert!(bucket_name.starts_with("stack-bucket-"), "{bucket_name}");
    assert!(role_name.starts_with("stack-Reader-"), "{role_name}");
    assert_eq!(output(&described, "RoleArn"), role_arn(&role_name));
    assert_eq!(bucket(&server, &bucket_name).await, 200);
    let read = role_policy(&server, &role_name).await.expect(200).text();
    assert!(read.contains(&bucket_name) && read.contains("GetObject"), "{read}");
    let exports = server.root(&call("ListExports", &[])).await.expect(200);
    assert_eq!(exports.element("Value"), bucket_name);
    let again = root_with(&server, "CreateStack", &bucket_and_role(&["s3:GetObject"], "/")).await;
    again.refused(400, "AlreadyExistsException");

    // Nothing differs.
    let same = root_with(&server, "UpdateStack", &bucket_and_role(&["s3:GetObject"], "/")).await;
    let told = same.refused(400, "ValidationError").text();
    assert!(told.contains("No updates are to be performed."), "{told}");

    // In place.
    let more = ["s3:GetObject", "s3:PutObject"];
    root_with(&server, "UpdateStack", &bucket_and_role(&more, "/")).await.expect(200);
    expect_status(&settled(&server, "stack").await, "UPDATE_COMPLETE");
    assert_eq!(physical_id(&server, "Reader").await, role_name);
    let read = role_policy(&server, &role_name).await.expect(200).text();
    assert!(read.contains("PutObject"), "{read}");

    // By another one: the path of a role cannot change.
    root_with(&server, "UpdateStack", &bucket_and_role(&more, "/readers/")).await.expect(200);
    let described = settled(&server, "stack").await;
    expect_status(&described, "UPDATE_COMPLETE");
    let new_name = output(&described, "Role");
    assert_ne!(new_name, role_name);
    assert!(role(&server, &new_name).await.expect(200).text().contains("role/readers/"));
    role(&server, &role_name).await.refused(404, "NoSuchEntity");
    assert_eq!(output(&described, "Bucket"), bucket_name);

    deleted(&server, &id).await;
    assert_eq!(bucket(&server, &bucket_name).await, 404);
    role(&server, &new_name).await.refused(404, "NoSuchEntity");
    let gone = server.root(&call("DescribeStacks", &[("StackName", "stack")])).await;
    let told = gone.refused(400, "ValidationError").text();
    assert!(told.contains("Stack with id stack does not exist"), "{told}");
    let exports = server.root(&call("ListExports", &[])).await.expect(200).text();
    assert!(!exports.contains("the-bucket"), "{exports}");
    // What happened can still be read, newest first.
    let told = events(&server, &id).await;
    let (first, last) =
        (told.find("DELETE_COMPLETE").unwrap(), told.find("CREATE_IN_PROGRESS").unwrap());
    assert!(first < last, "{told}");
}

#[tokio::test]
async fn a_failure_in_the_middle_leaves_nothing_of_a_new_stack() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let mut template = bucket_and_role(&["s3:GetObject"], "/");
    // Its effect is none, which the template's check cannot know.
    template["Resources"]["Reader"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        [0]["Effect"] = json!("Perhaps");
    let created = root_with(&server, "CreateStack", &template).await.expect(200);
    let id = created.element("StackId");
    let described = settled(&server, "stack").await;
    expect_status(&described, "ROLLBACK_COMPLETE");
    let told = events(&server, &id).await;
    assert!(told.contains("The following resource(s) failed to create: [Reader]."), "{told}");
    assert!(told.contains("Perhaps") || told.contains("MalformedPolicyDocument"), "{told}");
    let roles = server.root(&Call::query("iam", "ListRoles", &[])).await.expect(200).text();
    assert!(!roles.contains("stack-Reader"), "{roles}");
    let buckets = server.root(&Call::s3("GET", "/")).await.expect(200).text();
    assert!(!buckets.contains("stack-bucket"), "{buckets}");
    let update = root_with(&server, "UpdateStack", &template).await;
    update.refused(400, "ValidationError");
    deleted(&server, &id).await;
}

#[tokio::test]
async fn a_failed_change_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    root_with(&server, "CreateStack", &bucket_and_role(&["s3:GetObject"], "/")).await.expect(200);
    let described = settled(&server, "stack").await;
    let (bucket_name, role_name) = (output(&described, "Bucket"), output(&described, "Role"));

    // The role is replaced, the bucket gets a policy, and then something fails.
    let mut template = bucket_and_role(&["s3:PutObject"], "/other/");
    template["Resources"]["Another"] = json!({"Type": "AWS::S3::Bucket", "DependsOn": ["Reader"]});
    template["Resources"]["Broken"] = json!({
        "Type": "AWS::IAM::Role", "DependsOn": ["Another"],
        "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Perhaps"}]}},
    });
    root_with(&server, "UpdateStack", &template).await.expect(200);
    let described = settled(&server, "stack").await;
    expect_status(&described, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(physical_id(&server, "Reader").await, role_name);
    assert_eq!(output(&described, "Bucket"), bucket_name);
    let read = role_policy(&server, &role_name).await.expect(200).text();
    assert!(read.contains("GetObject") && !read.contains("PutObject"), "{read}");
    let roles = server.root(&Call::query("iam", "ListRoles", &[])).await.expect(200).text();
    assert_eq!(roles.matches("<RoleName>").count(), 1, "{roles}");
    let buckets = server.root(&Call::s3("GET", "/")).await.expect(200).text();
    assert_eq!(buckets.matches("<Name>").count(), 1, "{buckets}");

    // What changes in place becomes as it was, too.
    let mut template = bucket_and_role(&["s3:PutObject"], "/");
    template["Resources"]["Broken"] = json!({
        "Type": "AWS::IAM::Role", "DependsOn": ["Reader"],
        "Properties": {"AssumeRolePolicyDocument": {}},
    });
    root_with(&server, "UpdateStack", &template).await.expect(200);
    expect_status(&settled(&server, "stack").await, "UPDATE_ROLLBACK_COMPLETE");
    let read = role_policy(&server, &role_name).await.expect(200).text();
    assert!(read.contains("GetObject") && !read.contains("PutObject"), "{read}");

    // It can be changed again.
    root_with(&server, "UpdateStack", &bucket_and_role(&["s3:PutObject"], "/")).await.expect(200);
    expect_status(&settled(&server, "stack").await, "UPDATE_COMPLETE");
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_told_with_its_line_before_anything_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for (template, line, told) in [
        ("Resources:\n  B:\n    Type: AWS::S3::Buckets\n", "line 3", "AWS::S3::Buckets"),
        (
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Name: b\n",
            "line 5, column 7",
            "Name: b",
        ),
        (
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      \
             BucketName: !Ref Nobody\n",
            "line 5",
            "Nobody",
        ),
        (
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      \
             PublicAccessBlockConfiguration:\n        BlockPublicAcls: perhaps\n",
            "line 6, column 26",
            "must be true or false",
        ),
    ] {
        for action in ["CreateStack", "CreateChangeSet", "ValidateTemplate"] {
            if action == "ValidateTemplate" && (told == "Name: b" || told.contains("must be")) {
                continue;
            }
            let mut members = vec![("TemplateBody", template)];
            match action {
                "CreateStack" => members.push(("StackName", "stack")),
                "CreateChangeSet" => members.extend([
                    ("StackName", "stack"),
                    ("ChangeSetName", "first"),
                    ("ChangeSetType", "CREATE"),
                ]),
                _ => {}
            }
            let text = server.root(&call(action, &members)).await.refused(400, "ValidationError");
            let text = text.text();
            assert!(text.contains(line) && text.contains(told), "{action}: {text}");
        }
    }
    let stacks = server.root(&call("ListStacks", &[])).await.expect(200).text();
    assert!(!stacks.contains("<StackName>"), "{stacks}");
}

/// The members that `cdk deploy` of the CDK's command line sends.
#[tokio::test]
async fn a_change_set_is_made_as_the_cdk_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let template = "Resources: {B: {Type: AWS::S3::Bucket}}";
    let ask = |name: &'static str, mode: &'static str, disable_rollback: &'static str| {
        let members = [
            ("StackName", "Coats"),
            ("ChangeSetName", name),
            ("ChangeSetType", "CREATE"),
            ("TemplateBody", template),
            ("Parameters", ""),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"),
            ("Capabilities.member.3", "CAPABILITY_AUTO_EXPAND"),
            ("Tags", ""),
            ("IncludeNestedStacks", "true"),
            ("ImportExistingResources", "false"),
            ("DeploymentConfig.Mode", mode),
            ("DeploymentConfig.DisableRollback", disable_rollback),
        ];
        call("CreateChangeSet", &members)
    };
    server.root(&ask("first", "STANDARD", "false")).await.expect(200);
    let described =
        [("StackName", "Coats"), ("ChangeSetName", "first"), ("IncludePropertyValues", "true")];
    let told = server.root(&call("DescribeChangeSet", &described)).await.expect(200).text();
    assert!(told.contains("<Status>CREATE_COMPLETE</Status>"), "{told}");
    // What would be done otherwise here than asked is refused.
    for (mode, disable_rollback) in [("EXPRESS", "false"), ("STANDARD", "true")] {
        let told = server.root(&ask("second", mode, disable_rollback)).await;
        let told = told.refused(400, "ValidationError").text();
        assert!(told.contains("DeploymentConfig"), "{told}");
    }
}

#[tokio::test]
async fn permissions_must_be_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let text = bucket_and_role(&["s3:GetObject"], "/").to_string();
    let members = [("StackName", "stack"), ("TemplateBody", &*text)];
    let told = server.root(&call("CreateStack", &members)).await;
    let told = told.refused(400, "InsufficientCapabilitiesException").text();
    assert!(told.contains("Requires capabilities : [CAPABILITY_IAM]"), "{told}");
}

/// Lets the person's role do these things, beside working with stacks.
async fn allow(world: &World, actions: &[&str], resource: &str) {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"},
        {"Effect": "Allow", "Action": actions, "Resource": resource}]});
    put_role_policy(&world.server, "user", &policy.to_string()).await;
}

#[tokio::test]
async fn a_stack_makes_nothing_that_its_author_could_not_make() {
    let world = World::new().await;
    let (server, author) = (&world.server, &world.user.keys);
    let template = bucket_and_role(&["s3:GetObject"], "/");
    let create = async |more: &[(&str, &str)]| {
        with_template(server, author, "CreateStack", &template, more).await
    };
    create(&[]).await.refused(403, "AccessDenied");

    // The bucket can be made, the role cannot: the bucket goes again.
    allow(&world, &["s3:CreateBucket", "s3:DeleteBucket"], "*").await;
    create(&[]).await.expect(200);
    let described = settled(server, "stack").await;
    expect_status(&described, "ROLLBACK_COMPLETE");
    let told = events(server, "stack").await;
    assert!(told.contains("is not authorized to perform: iam:CreateRole"), "{told}");
    assert!(told.contains("HandlerErrorCode: AccessDenied"), "{told}");
    let roles = server.root(&Call::query("iam", "ListRoles", &[])).await.expect(200).text();
    assert!(!roles.contains("stack-Reader"), "{roles}");
    deleted(server, &described.element("StackId")).await;

    // With another's role it could be: but that one must be passed, and trust the service.
    let role = role_arn("deployer");
    create(&[("RoleARN", &role)]).await.refused(403, "AccessDenied");
    allow(&world, &["iam:PassRole"], &role).await;
    let told = create(&[("RoleARN", &role)]).await.refused(400, "ValidationError").text();
    assert!(told.contains("is invalid or cannot be assumed"), "{told}");
    let lambda = trust(&json!({"Service": "lambda.amazonaws.com"}));
    create_role(server, "deployer", &lambda, &policy(&["s3:*", "iam:*"], "*")).await;
    let told = create(&[("RoleARN", &role)]).await.refused(400, "ValidationError").text();
    assert!(told.contains("is invalid or cannot be assumed"), "{told}");
    let trust = trust(&json!({"Service": "cloudformation.amazonaws.com"})).to_string();
    let members = [("RoleName", "deployer"), ("PolicyDocument", &*trust)];
    let update = Call::query("iam", "UpdateAssumeRolePolicy", &members);
    server.root(&update).await.expect(200);
    create(&[("RoleARN", &role)]).await.expect(200);
    let described = settled(server, "stack").await;
    expect_status(&described, "CREATE_COMPLETE");
    assert_eq!(described.element("RoleARN"), role);

    // The role is worth what it is worth when a step is taken: now it can delete nothing.
    put_role_policy(server, "deployer", &policy(&["s3:GetObject"], "*").to_string()).await;
    server.root(&call("DeleteStack", &[("StackName", "stack")])).await.expect(200);
    let described = settled(server, "stack").await;
    expect_status(&described, "DELETE_FAILED");
    assert!(described.text().contains("failed to delete: [Reader]"), "{}", described.text());
    put_role_policy(server, "deployer", &policy(&["s3:*", "iam:*"], "*").to_string()).await;
    let id = described.element("StackId");
    deleted(server, &id).await;
    world.reads_own(&world.admin).await;
}

#[tokio::test]
async fn what_was_begun_when_the_server_stopped_is_completed_after_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let mut server = Server::start_with(config()).await;
    let clock = server.clock.clone();
    let mut template = bucket_and_role(&["s3:GetObject"], "/");
    for n in 0..4 {
        template["Resources"][format!("Pool{n}")] = json!({"Type": "AWS::Cognito::UserPool"});
        template["Resources"][format!("Client{n}")] = json!({
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {"UserPoolId": {"Ref": format!("Pool{n}")}, "GenerateSecret": true},
        });
    }
    template["Resources"]["People"] = json!({
        "Type": "AWS::Cognito::IdentityPool",
        "Properties": {"AllowUnauthenticatedIdentities": false, "CognitoIdentityProviders": [
            {"ClientId": {"Ref": "Client0"}, "ProviderName": {"Fn::GetAtt": ["Pool0", "ProviderName"]}}]},
    });
    root_with(&server, "CreateStack", &template).await.expect(200);
    let mut interruptions = 0;
    loop {
        let described = server.root(&call("DescribeStacks", &[("StackName", "stack")])).await;
        if described.expect(200).element("StackStatus") != "CREATE_IN_PROGRESS" {
            break;
        }
        let Server { running, .. } = server;
        running.stop().await;
        server = Server::start_at(config(), clock.clone()).await;
        interruptions += 1;
        if interruptions > 40 {
            settled(&server, "stack").await;
        }
    }
    assert!(interruptions > 0, "the stack was made before the server stopped once");
    expect_status(&settled(&server, "stack").await, "CREATE_COMPLETE");
    let idp = "cognito-idp";
    let pools = server.json(idp, "ListUserPools", json!({"MaxResults": 60})).await;
    let pools = pools["UserPools"].as_array().unwrap();
    assert_eq!(pools.len(), 4, "{pools:?}");
    let pools = json!({"MaxResults": 60});
    let pools = server.json("cognito-identity", "ListIdentityPools", pools).await;
    assert_eq!(pools["IdentityPools"].as_array().unwrap().len(), 1, "{pools}");
    let roles = server.root(&Call::query("iam", "ListRoles", &[])).await.expect(200).text();
    assert_eq!(roles.matches("<RoleName>").count(), 1, "{roles}");
    let described = server.root(&call("DescribeStacks", &[("StackName", "stack")])).await;
    let id = described.expect(200).element("StackId");
    deleted(&server, &id).await;
    let pools = server.json(idp, "ListUserPools", json!({"MaxResults": 60})).await;
    assert_eq!(pools["UserPools"].as_array().unwrap().len(), 0, "{pools}");
}
