//! Which room stands on which, and what must not be found below some of them.

use std::{collections::BTreeMap, process::Command};

use serde::Deserialize;

use crate::{Outcome, root};

/// A crate and those of the workspace that it stands on.
type Floor = (&'static str, &'static [&'static str]);

/// Every crate of the workspace, from the ground up: each stands only on crates above it in this
/// table.
const FLOORS: &[Floor] = &[
    // ground
    ("types", &[]),
    ("iam", &["types"]),
    ("sigv4", &["types"]),
    ("session", &["types"]),
    ("srp", &["types"]),
    ("tokens", &["types"]),
    ("templates", &[]),
    // middle
    ("workers", &[]),
    ("store", &["types"]),
    ("jobs", &["store", "types"]),
    ("objects", &["jobs", "sigv4", "store", "types"]),
    ("directory", &["jobs", "session", "store", "tokens", "types"]),
    ("wire", &["tokens", "types"]),
    (
        "gate",
        &["directory", "iam", "objects", "session", "sigv4", "tokens", "types", "wire", "workers"],
    ),
    // services: none knows another
    ("access", &["directory", "gate", "iam", "session", "types", "wire"]),
    ("identity-pools", &["directory", "gate", "session", "tokens", "types", "wire", "workers"]),
    ("messages", &["directory", "gate", "session", "types", "wire"]),
    ("s3", &["gate", "iam", "objects", "session", "sigv4", "types", "wire", "workers"]),
    ("stacks", &["directory", "gate", "jobs", "session", "store", "templates", "types", "wire"]),
    ("sts", &["gate", "iam", "session", "types", "wire"]),
    ("user-pools", &["directory", "gate", "session", "srp", "tokens", "types", "wire", "workers"]),
    // top
    (
        "server",
        &[
            "access",
            "directory",
            "gate",
            "identity-pools",
            "jobs",
            "messages",
            "objects",
            "s3",
            "session",
            "stacks",
            "store",
            "sts",
            "tokens",
            "types",
            "user-pools",
            "wire",
            "workers",
        ],
    ),
    ("cloakroom", &["iam", "server", "session", "sigv4", "templates", "types"]),
];

/// Crates beside the building: they may stand on any floor, and none stands on them.
const BESIDE: &[&str] = &["benches", "fuzz", "xtask"];

/// Crates that compute and nothing else: embedding them brings in no runtime, socket, TLS or C.
const PURE: &[&str] = &["types", "iam", "sigv4", "srp", "templates"];

/// What a pure crate must not bring in.
const IMPURE: &[&str] = &[
    "aws-lc-sys",
    "cc",
    "futures-util",
    "http",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "ring",
    "rusqlite",
    "rustls",
    "socket2",
    "tokio",
];

/// Checks the tables against `cargo metadata` and `cargo tree`.
pub(crate) fn run() -> Outcome {
    let metadata =
        output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
    let mut wrong = violations(FLOORS, &declared(&metadata)?);
    for name in PURE {
        let below = ["tree", "--locked", "-p", name, "-e", "normal,build", "--prefix", "none"];
        wrong.extend(impurities(name, &output("cargo", &below)?));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ").into()) }
}

/// What in the workspace is not as the table says, and what in the table is not from the ground up.
fn violations(floors: &[Floor], declared: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (position, (name, below)) in floors.iter().enumerate() {
        let Some(found) = declared.get(*name) else {
            wrong.push(format!("{name} is in the table, but not in the workspace"));
            continue;
        };
        for dependency in found.iter().filter(|found| !below.contains(&found.as_str())) {
            wrong.push(format!("{name} stands on {dependency}, which the table does not say"));
        }
        for dependency in below.iter().filter(|below| !found.iter().any(|found| found == *below)) {
            wrong.push(format!("{name} does not stand on {dependency}, though the table says so"));
        }
        let lower = |name: &str| floors.iter().take(position).any(|(other, _)| *other == name);
        for dependency in below.iter().filter(|name| !lower(name)) {
            wrong.push(format!("{name} stands on {dependency}, which is not below it"));
        }
    }
    let known =
        |name: &str| BESIDE.contains(&name) || floors.iter().any(|(other, _)| *other == name);
    for name in declared.keys().filter(|name| !known(name)) {
        wrong.push(format!("{name} is in the workspace, but not in the table"));
    }
    wrong
}

/// What a pure crate brings in and must not, by the lines of `cargo tree`.
fn impurities(name: &str, tree: &str) -> Vec<String> {
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|found| IMPURE.contains(found))
        .map(|found| format!("{name} brings in {found}, and must not"))
        .collect()
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Where it is, if it is of this workspace.
    path: Option<String>,
    /// `dev` or `build`; none for what the crate itself uses.
    kind: Option<String>,
}

/// The crates of the workspace with those of the workspace that they depend on, tests aside.
fn declared(metadata: &str) -> Result<BTreeMap<String, Vec<String>>, serde_json::Error> {
    let metadata: Metadata = serde_json::from_str(metadata)?;
    let own = |package: Package| {
        let own = package
            .dependencies
            .into_iter()
            .filter(|dependency| dependency.path.is_some() && dependency.kind.is_none())
            .map(|dependency| dependency.name)
            .collect();
        (package.name, own)
    };
    Ok(metadata.packages.into_iter().map(own).collect())
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new(program).args(arguments).current_dir(root()).output()?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{program} {}: {reason}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_FLOORS: &[Floor] = &[("ground", &[]), ("house", &["ground"])];

    fn workspace(crates: &[Floor]) -> BTreeMap<String, Vec<String>> {
        crates
            .iter()
            .map(|(name, below)| {
                ((*name).to_owned(), below.iter().map(|name| (*name).to_owned()).collect())
            })
            .collect()
    }

    #[test]
    fn a_workspace_as_the_table_says_is_right() {
        let found = workspace(&[("ground", &[]), ("house", &["ground"]), ("xtask", &["house"])]);
        assert_eq!(violations(TWO_FLOORS, &found), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_named() {
        let cases: &[(&[Floor], &str)] = &[
            (
                &[("ground", &["house"]), ("house", &["ground"])],
                "ground stands on house, which the table does not say",
            ),
            (
                &[("ground", &[]), ("house", &[])],
                "house does not stand on ground, though the table says so",
            ),
            (&[("ground", &[])], "house is in the table, but not in the workspace"),
            (
                &[("ground", &[]), ("house", &["ground"]), ("shed", &[])],
                "shed is in the workspace, but not in the table",
            ),
        ];
        for (found, wrong) in cases {
            assert_eq!(violations(TWO_FLOORS, &workspace(found)), [*wrong]);
        }
    }

    #[test]
    fn a_table_is_from_the_ground_up() {
        let floors: &[Floor] = &[("house", &["ground"]), ("ground", &[])];
        let found = workspace(&[("ground", &[]), ("house", &["ground"])]);
        assert_eq!(violations(floors, &found), ["house stands on ground, which is not below it"]);
    }

    #[test]
    fn a_pure_crate_brings_in_no_runtime() {
        let tree =
            "iam v0.1.0 (/somewhere/iam)\nserde v1.0.229\ntokio v1.54.0 (*)\ntokio-util v0.7\n";
        assert_eq!(impurities("iam", tree), ["iam brings in tokio, and must not"]);
    }

    #[test]
    fn dependencies_of_tests_and_of_others_do_not_count() {
        let metadata = r#"{"packages": [{"name": "house", "dependencies": [
            {"name": "ground", "path": "/ground", "kind": null},
            {"name": "serde", "path": null, "kind": null},
            {"name": "tools", "path": "/tools", "kind": "dev"}
        ]}]}"#;
        assert_eq!(declared(metadata).unwrap(), workspace(&[("house", &["ground"])]));
    }
}
