//! The command itself, as a process: exit codes, output, and the demo against its own promise.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../../examples/demo/template.yaml");
const PRIVATE: &str = include_str!("../../../examples/demo/template-private.yaml");
const POLICY: &str = include_str!("../../../examples/demo/role-policy.json");

fn cloakroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    command.args(arguments);
    // Whoever runs the tests may have a server and credentials of their own.
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("CLOAKROOM_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `demo --once --json` and returns its exit code and document.
fn demo(more: &[&str]) -> (i32, Value) {
    let arguments = [&["demo", "--once", "--json", "--listen", "127.0.0.1:0"], more].concat();
    let Output { status, stdout, stderr } = cloakroom(&arguments).output().unwrap();
    let document = serde_json::from_slice(&stdout);
    let document = document.map_err(|_| String::from_utf8_lossy(&stderr).into_owned()).unwrap();
    (status.code().unwrap(), document)
}

fn demo_with_policy(policy: &str) -> (i32, Value) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("policy.json");
    fs::write(&path, policy).unwrap();
    demo(&["--policy", path.to_str().unwrap()])
}

fn demo_with_template(template: &str) -> (i32, Value) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("template.yaml");
    fs::write(&path, template).unwrap();
    demo(&["--template", path.to_str().unwrap()])
}

/// The cells that are not as promised, as `who what`.
fn broken(document: &Value) -> BTreeSet<String> {
    let cells = document["cells"].as_array().unwrap().iter();
    let broken = cells.filter(|cell| cell["asPromised"] == false);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    broken.map(|cell| format!("{} {}", text(&cell["who"]), text(&cell["what"]))).collect()
}

#[test]
fn every_cell_is_as_promised() {
    let (code, document) = demo(&[]);
    assert_eq!(broken(&document), BTreeSet::new(), "{document:#}");
    assert_eq!((code, document["cells"].as_array().unwrap().len()), (0, 66));
    assert_eq!(document["asPromised"], true);
}

#[test]
fn a_widened_statement_opens_the_other_s_folder_and_is_seen() {
    let own = r#""arn:aws:s3:::BUCKET/cognito-test/${cognito-identity.amazonaws.com:sub}/*""#;
    assert!(POLICY.contains(own));
    let widened = POLICY.replace(own, r#""arn:aws:s3:::BUCKET/cognito-test/*""#);
    let (code, document) = demo_with_policy(&widened);
    assert_eq!(code, 1);
    let mut expected = BTreeSet::new();
    for who in ["admin", "user"] {
        for what in ["read-others", "write-others", "delete-others"] {
            expected.insert(format!("{who} {what}"));
        }
    }
    assert_eq!(broken(&document), expected);
}

#[test]
fn a_narrowed_statement_is_seen_and_what_it_proved_no_longer_counts() {
    let narrowed = POLICY.replace(r#""s3:PutObject", "#, "");
    assert_ne!(narrowed, POLICY);
    let (code, document) = demo_with_policy(&narrowed);
    assert_eq!(code, 1);
    let mut expected = BTreeSet::new();
    for who in
        ["admin", "user", "forged-token", "token-of-another-pool", "expired-session", "nobody"]
    {
        for what in ["write-own", "write-others"] {
            expected.insert(format!("{who} {what}"));
        }
    }
    assert_eq!(broken(&document), expected);
}

#[test]
fn a_system_that_hides_names_is_held_to_that() {
    let (code, document) = demo_with_template(PRIVATE);
    assert_eq!(broken(&document), BTreeSet::new(), "{document:#}");
    assert_eq!((code, &document["namesOfOthers"]), (0, &Value::from("hidden")));
    // The same promise over a policy that shows names.
    let (code, document) =
        demo_with_template(&TEMPLATE.replace("NamesOfOthers: Seen", "NamesOfOthers: Hidden"));
    assert_eq!(code, 1);
    let broken = broken(&document);
    for who in ["admin", "user"] {
        for what in ["list-prefix", "see-others-names", "list-own-folder"] {
            assert!(broken.contains(&format!("{who} {what}")), "{who} {what}");
        }
    }
}

#[test]
fn a_widened_template_is_seen_in_every_cell_that_it_opens() {
    let own = r#""${Bucket.Arn}/cognito-test/${!cognito-identity.amazonaws.com:sub}/*""#;
    assert_eq!(TEMPLATE.matches(own).count(), 2);
    let (code, document) =
        demo_with_template(&TEMPLATE.replace(own, r#""${Bucket.Arn}/cognito-test/*""#));
    assert_eq!(code, 1);
    let mut expected = BTreeSet::new();
    for who in ["admin", "user"] {
        for what in ["read-others", "write-others", "delete-others"] {
            expected.insert(format!("{who} {what}"));
        }
    }
    assert_eq!(broken(&document), expected);
}

#[test]
fn a_narrowed_template_is_seen_too() {
    let write = "                  - s3:PutObject\n";
    assert_eq!(TEMPLATE.matches(write).count(), 2);
    let (code, document) = demo_with_template(&TEMPLATE.replace(write, ""));
    assert_eq!(code, 1);
    let broken = broken(&document);
    assert!(broken.contains("admin write-own") && broken.contains("user write-own"), "{broken:?}");
    assert!(broken.iter().all(|cell| cell.contains("write")), "{broken:?}");
}

#[test]
fn a_template_with_mistakes_is_shown_with_its_lines_and_nothing_is_started() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("coats.yaml");
    let text = "Resources:\n  Coats:\n    Type: AWS::S3::Bucket\n    Properties:\n      \
                BucketName: !Ref Coat\n";
    fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap();
    let never = ["--data-dir", "/proc/nothing-can-be-made-here", "--template", file];
    for (arguments, code) in [
        (vec!["apply", file], 1),
        ([&["serve"], &never[..]].concat(), 2),
        ([&["demo"], &never[..]].concat(), 2),
    ] {
        let output = cloakroom(&arguments).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{complaint}");
        for told in ["coats.yaml:5:19", "BucketName: !Ref Coat", "^^^^^^^^^", "did you mean Coats?"]
        {
            assert!(complaint.contains(told), "{told} in {complaint}");
        }
        assert!(!complaint.contains('\u{1b}'), "{complaint}");
    }
}

#[test]
fn a_file_that_is_not_there_or_gives_no_stack_name_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("1.yaml");
    let apply = || {
        let output = cloakroom(&["apply", path.to_str().unwrap()]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, complaint) = apply();
    assert!(code == Some(2) && complaint.contains("1.yaml"), "{complaint}");
    fs::write(&path, "Resources: {Coats: {Type: AWS::S3::Bucket}}").unwrap();
    let (code, complaint) = apply();
    assert!(code == Some(2) && complaint.contains("--stack"), "{complaint}");
}

/// What a template makes, until it is deleted; over `serve --template`, `apply` and `delete-stack`.
#[test]
fn a_stack_is_made_at_start_updated_refused_and_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let (data, path) = (directory.path().join("data"), directory.path().join("coats.yaml"));
    let template = "Parameters:\n  Days: {Type: Number, Default: 7, MaxValue: 90}\nResources:\n  \
                    Coats:\n    Type: AWS::S3::Bucket\nOutputs:\n  Name: {Value: !Ref Coats}\n  \
                    Days: {Value: !Ref Days}\n";
    fs::write(&path, template).unwrap();
    let arguments = ["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir"];
    let (data, file) = (data.to_str().unwrap(), path.to_str().unwrap());
    let serving = Serving::start(&[&arguments[..], &[data, "--template", file]].concat());
    let endpoint = serving.document["endpoint"].as_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let output = cloakroom(arguments)
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_SHARED_CREDENTIALS_FILE", format!("{data}/root-credentials"))
            .output()
            .unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code().unwrap(), document, complaint)
    };

    // It is there already.
    let (code, document, complaint) = run(&["apply", file, "--json"]);
    assert_eq!(code, 0, "{document} {complaint}");
    let bucket = document["outputs"]["Name"].clone();
    assert!(bucket.as_str().unwrap().starts_with("coats-"), "{document}");
    assert_eq!(document["changes"], Value::Array(Vec::new()));

    let (code, document, complaint) = run(&["apply", file, "--json", "--parameter", "Days=91"]);
    assert_eq!(code, 1, "{document} {complaint}");
    assert!(complaint.contains("Days"), "{complaint}");

    let more = format!(
        "{}  More:\n    Type: AWS::S3::Bucket\n{}",
        &template.split_once("Outputs").unwrap().0,
        "Outputs:\n  Name: {Value: !Ref Coats}\n"
    );
    fs::write(&path, more).unwrap();
    let (code, document, complaint) = run(&["apply", file, "--json", "--no-execute"]);
    assert_eq!((code, &document["applied"]), (0, &Value::Bool(false)), "{complaint}");
    assert_eq!(document["changes"][0]["logicalId"], "More");
    let (code, document, complaint) = run(&["apply", file, "--json"]);
    assert_eq!((code, &document["applied"]), (0, &Value::Bool(true)), "{document} {complaint}");
    assert_eq!(document["changes"][0]["action"], "create");
    assert_eq!(document["outputs"]["Name"], bucket);

    // A second bucket of the same name cannot be made, and what was made is taken back.
    let wrong = format!("{template}  Wrong: {{Value: x}}\n\nMetadata: {{}}\n").replace(
        "Outputs:",
        &format!(
            "  Same:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: {bucket}}}\nOutputs:"
        ),
    );
    fs::write(&path, wrong).unwrap();
    let (code, document, complaint) = run(&["apply", file, "--json", "--stack", "other"]);
    assert_eq!(code, 1, "{document} {complaint}");
    assert_eq!(document["status"], "ROLLBACK_COMPLETE");
    assert!(document["reasons"][0].as_str().unwrap().starts_with("Same ("), "{document}");

    let (code, document, complaint) = run(&["delete-stack", "coats", "--json"]);
    assert_eq!((code, &document["deleted"]), (0, &Value::Bool(true)), "{complaint}");
    let (code, document, _) = run(&["delete-stack", "coats", "--json"]);
    assert_eq!((code, &document["deleted"]), (0, &Value::Bool(true)));
    assert_eq!(serving.interrupt().code(), Some(0));
}

#[test]
fn a_policy_that_is_none_stops_the_demo_before_the_matrix() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("policy.json");
    fs::write(&path, r#"{"Version": "2012-10-17", "Statement": {"Effect": "allow"}}"#).unwrap();
    let arguments = ["demo", "--once", "--listen", "127.0.0.1:0", "--policy"];
    let output = cloakroom(&arguments).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("is not an effect") && complaint.contains("Role"), "{complaint}");
}

#[test]
fn an_existing_data_directory_is_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--data-dir", directory.path().to_str().unwrap()];
    for _ in 0..2 {
        let (code, document) = demo(&arguments);
        assert_eq!((code, broken(&document)), (0, BTreeSet::new()));
    }
}

#[test]
fn a_taken_port_is_said_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    for command in ["demo", "serve"] {
        let directory = tempfile::tempdir().unwrap();
        let output = cloakroom(&[command, "--listen", &taken, "--data-dir"])
            .arg(directory.path().join("data"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(&taken) && complaint.contains("--listen"), "{complaint}");
    }
}

#[test]
fn piped_output_is_plain_and_fits_120_columns() {
    let output = cloakroom(&["demo", "--once", "--listen", "127.0.0.1:0"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("66 of 66 are as promised"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A command that serves, and the line of JSON that it printed.
struct Serving {
    process: Child,
    document: Value,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut process = cloakroom(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, document: serde_json::from_str(&line).unwrap() }
    }

    fn interrupt(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::INT).unwrap();
        self.process.wait().unwrap()
    }
}

#[test]
fn the_demo_s_profiles_work_from_another_terminal_until_an_interrupt() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let arguments = ["demo", "--json", "--listen", "127.0.0.1:0", "--data-dir"];
    let serving = Serving::start(&[&arguments[..], &[data.to_str().unwrap()]].concat());
    let document = &serving.document;
    let with_profiles = |arguments: &[&str]| {
        let mut command = cloakroom(arguments);
        command.env("AWS_CONFIG_FILE", document["server"]["awsConfigFile"].as_str().unwrap());
        let credentials = document["server"]["awsSharedCredentialsFile"].as_str().unwrap();
        command.env("AWS_SHARED_CREDENTIALS_FILE", credentials);
        command.output().unwrap()
    };

    let cells = document["cells"].as_array().unwrap();
    let refused = cells.iter().find(|c| c["who"] == "admin" && c["what"] == "read-others").unwrap();
    let id = refused["answer"]["requestId"].as_str().unwrap();
    let explained = with_profiles(&["explain", id, "--profile", "root"]);
    let text = String::from_utf8(explained.stdout).unwrap();
    assert_eq!(explained.status.code(), Some(0), "{}", String::from_utf8_lossy(&explained.stderr));
    assert!(text.contains("s3:GetObject was refused"), "{text}");
    assert!(text.contains("${cognito-identity.amazonaws.com:sub}"), "{text}");
    let explained = with_profiles(&["explain", id, "--profile", "root", "--json"]);
    let message: Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!(message["explanation"]["action"], "s3:GetObject");

    // Admin signs in through the profile's credential_process, and may not ask why.
    let explained = with_profiles(&["explain", id, "--profile", "admin"]);
    assert_eq!(explained.status.code(), Some(1));
    let complaint = String::from_utf8(explained.stderr).unwrap();
    assert!(complaint.contains("AccessDenied"), "{complaint}");
    let unknown = "0f8fad5b-d9cb-469f-a165-70867728950e";
    assert_eq!(with_profiles(&["explain", unknown, "--profile", "root"]).status.code(), Some(1));
    let nobody = with_profiles(&["explain", id, "--profile", "nobody"]);
    assert_eq!(nobody.status.code(), Some(2));

    let secrets = data.join("aws");
    for name in ["config", "credentials", "client-secret", "demo.json", "cache/admin"] {
        let mode = fs::metadata(secrets.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    sign_in_by_password(&secrets, directory.path());
    assert_eq!(serving.interrupt().code(), Some(0));
}

/// Without the demo's cache: the right password gives credentials and keeps a refresh token, a
/// wrong one gives neither.
fn sign_in_by_password(secrets: &Path, directory: &Path) {
    let demo: Value =
        serde_json::from_str(&fs::read_to_string(secrets.join("demo.json")).unwrap()).unwrap();
    let text = |name: &str| demo[name].as_str().unwrap();
    let (secret, cache) = (secrets.join("client-secret"), directory.join("kept"));
    let sign_in = |password: &str| {
        let mut process = cloakroom(&[
            "credentials",
            "--user=admin",
            "--password-stdin",
            &format!("--user-pool-id={}", text("userPoolId")),
            &format!("--client-id={}", text("clientId")),
            &format!("--client-secret-file={}", secret.display()),
            &format!("--identity-pool-id={}", text("identityPoolId")),
            &format!("--endpoint-url={}", text("endpoint")),
            &format!("--cache={}", cache.display()),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        std::io::Write::write_all(&mut process.stdin.take().unwrap(), password.as_bytes()).unwrap();
        process.wait_with_output().unwrap()
    };
    let refused = sign_in("Wrong-password-1\n");
    assert_eq!((refused.status.code(), cache.exists()), (Some(1), false));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(complaint.contains("NotAuthorizedException"), "{complaint}");
    let password = demo["users"][0]["password"].as_str().unwrap();
    let signed_in = sign_in(&format!("{password}\n"));
    let printed: Value = serde_json::from_slice(&signed_in.stdout).unwrap();
    assert_eq!((signed_in.status.code(), &printed["Version"]), (Some(0), &Value::from(1)));
    assert!(printed["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    // The kept refresh token is enough now, whatever the password.
    assert_eq!(sign_in("Wrong-password-1\n").status.code(), Some(0));
}

#[test]
fn serving_ends_with_an_interrupt_and_root_s_new_credentials_go_into_a_private_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let arguments = ["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir"];
    let arguments = [&arguments[..], &[data.to_str().unwrap()]].concat();
    let path = data.join("root-credentials");
    let serving = Serving::start(&arguments);
    assert!(serving.document["endpoint"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(serving.interrupt().code(), Some(0));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // They are handed out once.
    fs::remove_file(&path).unwrap();
    assert_eq!(Serving::start(&arguments).interrupt().code(), Some(0));
    assert!(!path.exists());
}

#[test]
fn a_configuration_that_is_none_is_said_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cloakroom.toml");
    fs::write(&path, "lisen = \"127.0.0.1:0\"\n").unwrap();
    let output = cloakroom(&["serve", "--config"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("line 1") && complaint.contains("lisen"), "{complaint}");
}
