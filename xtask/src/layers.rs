//! Which room stands on which, and what must not be found below some of them.

use std::{collections::BTreeMap, process::Command};

use crate::{Outcome, root};

/// Every crate of the workspace and the crates of the workspace that it stands on, from the ground
/// up. A crate only stands on crates above it in this table.
const FLOORS: &[(&str, &[&str])] = &[
    // ground
    ("types", &[]),
    ("iam", &["types"]),
    ("sigv4", &["types"]),
    ("session", &["types"]),
    ("tokens", &["types"]),
    // middle
    ("store", &["types"]),
    ("jobs", &["store", "types"]),
    ("objects", &["jobs", "sigv4", "store", "types"]),
    ("directory", &["session", "store", "tokens", "types"]),
    ("wire", &["tokens", "types"]),
    (
        "gate",
        &["directory", "iam", "objects", "session", "sigv4", "store", "tokens", "types", "wire"],
    ),
    // services: none knows another
    ("access", &["directory", "gate", "iam", "session", "types", "wire"]),
    ("identity-pools", &["directory", "gate", "iam", "session", "tokens", "types", "wire"]),
    ("s3", &["gate", "iam", "objects", "session", "sigv4", "types", "wire"]),
    ("sts", &["directory", "gate", "iam", "session", "types", "wire"]),
    ("user-pools", &["directory", "gate", "session", "tokens", "types", "wire"]),
    // top
    (
        "server",
        &[
            "access", "directory", "gate", "identity-pools", "jobs", "objects", "s3", "session",
            "store", "sts", "tokens", "types", "user-pools", "wire",
        ],
    ),
    ("cloakroom", &["server", "session", "sigv4", "types"]),
];

/// Crates that compute and nothing else: embedding them brings in no runtime, socket, TLS or C.
const PURE: &[&str] = &["types", "iam", "sigv4"];

/// What a pure crate must not bring in.
const IMPURE: &[&str] = &[
    "tokio", "futures-util", "http", "hyper", "rustls", "aws-lc-sys", "ring", "rusqlite",
    "libsqlite3-sys", "cc", "mio", "socket2",
];

/// Checks both tables against `cargo metadata` and `cargo tree`.
pub(crate) fn run() -> Outcome {
    let declared = declared()?;
    let mut wrong = Vec::new();
    for (position, (name, below)) in FLOORS.iter().enumerate() {
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
        let lower = |name: &&&str| !FLOORS.iter().take(position).any(|(other, _)| other == *name);
        for upwards in below.iter().filter(lower) {
            wrong.push(format!("{name} stands on {upwards}, which is not below it"));
        }
    }
    for name in declared.keys().filter(|name| !FLOORS.iter().any(|(other, _)| other == name)) {
        if !matches!(name.as_str(), "xtask" | "benches") {
            wrong.push(format!("{name} is in the workspace, but not in the table"));
        }
    }
    for name in PURE {
        let tree = output("cargo", &["tree", "-p", name, "-e", "normal,build", "--prefix", "none"])?;
        for line in tree.lines() {
            let found = line.split(' ').next().unwrap_or_default();
            if IMPURE.contains(&found) {
                wrong.push(format!("{name} brings in {found}, and must not"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n       ").into()) }
}

/// The crates of the workspace with those of the workspace that they depend on, tests aside.
fn declared() -> Result<BTreeMap<String, Vec<String>>, Box<dyn std::error::Error>> {
    let text = output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let mut declared = BTreeMap::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let own = dependencies
            .filter(|dependency| dependency["path"].is_string() && dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect();
        declared.insert(name, own);
    }
    Ok(declared)
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new(program).args(arguments).current_dir(root()).output()?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{program} {}: {reason}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
