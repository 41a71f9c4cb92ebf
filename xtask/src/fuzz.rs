//! `cargo xtask fuzz`: libFuzzer on what reads what strangers send.

#![expect(clippy::indexing_slicing, reason = "a JSON value without that member gives null")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use serde_json::Value;

use crate::{Outcome, root, success};

/// Every target, by the name of its file in `fuzz/targets`.
fn targets() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/targets"))? {
        let path = entry?.path();
        targets.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

/// Runs targets for so many seconds each, two at a time; none named means all.
pub(crate) fn run(seconds: u32, named: &[&str]) -> Outcome {
    let all = targets()?;
    if let Some(unknown) = named.iter().find(|name| !all.iter().any(|target| target == *name)) {
        return Err(format!("there is no target `{unknown}`; there are {}", all.join(", ")).into());
    }
    let chosen: Vec<&String> =
        all.iter().filter(|t| named.is_empty() || named.contains(&t.as_str())).collect();
    let wrapper = root().join("fuzz/with-coverage.sh");
    let build = ["build", "--locked", "--quiet", "--package", "fuzz", "--bins"];
    success(Command::new("cargo").args(build).env("RUSTC_WORKSPACE_WRAPPER", wrapper))?;
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let target = root().join(target);
    for pair in chosen.chunks(2) {
        let mut running = Vec::new();
        for name in pair {
            running.push((name, start(&target, name, seconds)?));
        }
        for (name, mut fuzzer) in running {
            let status = fuzzer.wait()?;
            if !status.success() {
                let log = log_of(&target, name);
                let said = fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<&str> = said.lines().collect();
                let last = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default();
                return Err(format!("{name} ended with {status}:\n{}", last.join("\n")).into());
            }
            eprintln!("{name}: {}", summary(&log_of(&target, name)));
        }
    }
    Ok(())
}

fn log_of(target: &Path, name: &str) -> PathBuf {
    target.join("fuzz").join(name).join("log")
}

/// Starts a target on what earlier runs found interesting, and on what the tests know.
fn start(target: &Path, name: &str, seconds: u32) -> Result<Child, Box<dyn std::error::Error>> {
    let folder = target.join("fuzz").join(name);
    let corpus = folder.join("corpus");
    fs::create_dir_all(&corpus)?;
    let log = fs::File::create(log_of(target, name))?;
    let mut command = Command::new(target.join("debug").join(name));
    command.arg(&corpus);
    let seeds = folder.join("seeds");
    fs::create_dir_all(&seeds)?;
    for (number, seed) in seeds_of(name)?.iter().enumerate() {
        fs::write(seeds.join(number.to_string()), seed)?;
    }
    command
        .arg(seeds)
        .arg(format!("-max_total_time={seconds}"))
        .args(["-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", folder.display()));
    Ok(command.stdout(log.try_clone()?).stderr(log).spawn()?)
}

/// What a target begins with: the requests and the policies of the other tests.
fn seeds_of(name: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let services: &[&str] = match name {
        "xml" => &["s3:"],
        "json" => &["cognito-idp:", "cognito-identity:"],
        "forms" => &["iam:", "sts:", "cloudformation:"],
        "cases" | "policies" => return policy_seeds(name == "cases"),
        _ => return Ok(Vec::new()),
    };
    let text = fs::read_to_string(root().join("crates/wire/tests/vectors/requests.json"))?;
    let vectors: Vec<Value> = serde_json::from_str(&text)?;
    let of = |vector: &&Value| {
        let operation = vector["operation"].as_str().unwrap_or_default();
        services.iter().any(|service| operation.starts_with(service))
    };
    let bodies = vectors.iter().filter(of).filter_map(|vector| vector["body"].as_str());
    Ok(bodies.filter(|body| !body.is_empty()).map(str::to_owned).collect())
}

/// The cases of the truth table, or the policies in them.
fn policy_seeds(whole: bool) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut seeds = Vec::new();
    for file in fs::read_dir(root().join("crates/iam/tests/cases"))? {
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file?.path())?)?;
        for case in cases {
            if whole {
                seeds.push(case.to_string());
            } else {
                let policies = case["policies"].as_object().into_iter().flatten();
                seeds.extend(policies.map(|(_, policy)| match policy {
                    Value::Array(policies) if policies.len() == 1 => policies[0].to_string(),
                    policy => policy.to_string(),
                }));
            }
        }
    }
    Ok(seeds)
}

/// How many inputs were tried, and how much of the code they reached.
fn summary(log: &Path) -> String {
    let said = fs::read_to_string(log).unwrap_or_default();
    let number = |name: &str| {
        let line = said.lines().rev().find(|line| line.contains(name))?;
        line.rsplit(name).next()?.split_whitespace().next().map(str::to_owned)
    };
    let tried = number("number_of_executed_units:").unwrap_or_default();
    let reached = number("cov:").unwrap_or_default();
    format!("{tried} inputs, {reached} edges reached, nothing found")
}
