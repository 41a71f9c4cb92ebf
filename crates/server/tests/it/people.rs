//! Two accounts with IAM users in them, for the tests of users and of the sessions that they get.

use serde_json::{Value, json};
use types::SecretString;

use crate::{
    client::{Call, Keys, Reply},
    world::{BUCKET, OTHER, ROOT, Server, root_keys},
};

/// A server with a bucket of the first account, and helpers to people it.
pub(crate) struct People {
    pub(crate) server: Server,
    pub(crate) root: Keys,
    pub(crate) other: Keys,
    pub(crate) folder: tempfile::TempDir,
}

impl People {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path()).await;
        server.root(&Call::s3("PUT", &format!("/{BUCKET}"))).await.expect(200);
        Self { server, root: root_keys(ROOT), other: root_keys(OTHER), folder }
    }

    pub(crate) async fn call(&self, keys: &Keys, call: &Call) -> Reply {
        self.server.client().signed(keys, call).await
    }

    pub(crate) async fn iam(&self, keys: &Keys, action: &str, input: &[(&str, &str)]) -> Reply {
        self.call(keys, &Call::query("iam", action, input)).await
    }

    pub(crate) async fn sts(&self, keys: &Keys, action: &str, input: &[(&str, &str)]) -> Reply {
        self.call(keys, &Call::query("sts", action, input)).await
    }

    /// A new user of the account that `root` is root of, with an access key.
    pub(crate) async fn user(&self, root: &Keys, name: &str) -> Keys {
        self.iam(root, "CreateUser", &[("UserName", name)]).await.expect(200);
        self.access_key(root, name).await
    }

    pub(crate) async fn access_key(&self, root: &Keys, name: &str) -> Keys {
        let made = self.iam(root, "CreateAccessKey", &[("UserName", name)]).await.expect(200);
        Keys {
            access_key_id: made.element("AccessKeyId"),
            secret: SecretString::new(made.element("SecretAccessKey")),
            token: None,
        }
    }

    /// A new user who may do what this policy says.
    pub(crate) async fn user_who_may(&self, root: &Keys, name: &str, policy: &Value) -> Keys {
        let keys = self.user(root, name).await;
        let policy = policy.to_string();
        let put = [("UserName", name), ("PolicyName", "may"), ("PolicyDocument", &policy)];
        self.iam(root, "PutUserPolicy", &put).await.expect(200);
        keys
    }

    /// A new role of the account that `root` is root of.
    pub(crate) async fn role(&self, root: &Keys, name: &str, trust: &Value, policy: &Value) {
        let (trust, policy) = (trust.to_string(), policy.to_string());
        let create = [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
        self.iam(root, "CreateRole", &create).await.expect(200);
        let put = [("RoleName", name), ("PolicyName", "may"), ("PolicyDocument", &policy)];
        self.iam(root, "PutRolePolicy", &put).await.expect(200);
    }

    pub(crate) async fn assume(&self, keys: &Keys, role: &str, more: &[(&str, &str)]) -> Reply {
        let mut input = vec![("RoleArn", role), ("RoleSessionName", "session")];
        input.extend(more);
        self.sts(keys, "AssumeRole", &input).await
    }

    pub(crate) async fn put(&self, keys: &Keys, key: &str) -> Reply {
        self.call(keys, &Call::s3("PUT", &format!("/{BUCKET}/{key}")).body("coat")).await
    }

    pub(crate) async fn get(&self, keys: &Keys, key: &str) -> Reply {
        self.call(keys, &Call::s3("GET", &format!("/{BUCKET}/{key}"))).await
    }

    pub(crate) async fn bucket_policy(&self, policy: &Value) {
        let call = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
        self.server.root(&call).await.expect(204);
    }
}

/// The credentials of an answer of STS.
pub(crate) fn session_keys(reply: &Reply) -> Keys {
    Keys {
        access_key_id: reply.element("AccessKeyId"),
        secret: SecretString::new(reply.element("SecretAccessKey")),
        token: Some(reply.element("SessionToken")),
    }
}

/// A policy of one statement that allows these actions on these resources.
pub(crate) fn may(actions: &[&str], resources: &[&str]) -> Value {
    json!({"Version": "2012-10-17",
           "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]})
}

/// A trust policy that lets these principals do these actions of STS.
pub(crate) fn trusts(principal: &Value, actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17",
           "Statement": [{"Effect": "Allow", "Principal": principal, "Action": actions}]})
}

pub(crate) fn user_arn((account, ..): (&str, &str, &str), name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

pub(crate) fn role_arn_of((account, ..): (&str, &str, &str), name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}
