//! The cases in `tests/cases`: a template, its parameters, and what comes of it: every function
//! replaced, or what is wrong, with line, column and the line itself.
//!
//! `CLOAKROOM_WRITE_CASES=1 cargo test -p templates` writes what comes of each; read the difference.

use std::{collections::BTreeMap, fs, path::Path};

use crate::world::resolved;

#[test]
fn every_case_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 50, "the cases are here");
    let mut wrong = Vec::new();
    for file in files {
        let written = fs::read_to_string(&file).unwrap();
        let (before, expected) = written.split_once("=== expected\n").unwrap();
        let (template, parameters) = before
            .strip_prefix("=== template\n")
            .unwrap()
            .split_once("=== parameters\n")
            .unwrap_or((before.strip_prefix("=== template\n").unwrap(), "{}"));
        let parameters: BTreeMap<String, String> = serde_json::from_str(parameters).unwrap();
        let mut found = match resolved(template, parameters) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
            Err(problems) => problems.with_lines(template),
        };
        found.push('\n');
        if std::env::var_os("CLOAKROOM_WRITE_CASES").is_some() {
            fs::write(&file, format!("{before}=== expected\n{found}")).unwrap();
        } else if found != expected {
            wrong.push(format!("{}\n{found}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
