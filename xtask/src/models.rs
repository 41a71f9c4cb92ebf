//! `cargo xtask models`: the AWS service models, pruned to what is served.
//!
//! They are botocore's, under the Apache License 2.0, whose text and notice are kept beside them.

#![expect(clippy::indexing_slicing, reason = "a JSON value without that member gives null")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Map, Value, json};

use crate::{Outcome, root};

/// The release the models are taken from.
const BOTOCORE: &str = "botocore==1.44.5";

/// What of a service is served: a table of `served.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Served {
    /// The operations, by their names.
    pub operations: BTreeSet<String>,
    /// Enums that are read as plain text.
    #[serde(default)]
    pub open_enums: BTreeSet<String>,
    /// Texts that are secret although the model does not call them sensitive.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// The elements that responses begin with, by operation.
    #[serde(default)]
    pub roots: BTreeMap<String, String>,
    /// The statuses of answers that the model leaves out, by operation.
    #[serde(default)]
    pub statuses: BTreeMap<String, u16>,
    /// Operations whose body comes with `Content-MD5` or a checksum.
    #[serde(default)]
    pub checksummed: BTreeSet<String>,
    /// Headers that the model does not list: by shape, the members and their headers.
    #[serde(default)]
    pub headers: BTreeMap<String, BTreeMap<String, String>>,
}

/// The folder of the pruned models.
pub(crate) fn folder() -> PathBuf {
    root().join("crates/wire/models")
}

/// What is served, by the services' signing names.
pub(crate) fn served() -> Result<BTreeMap<String, Served>, Box<dyn std::error::Error>> {
    Ok(toml::from_str(&fs::read_to_string(folder().join("served.toml"))?)?)
}

pub(crate) fn run() -> Outcome {
    let wheel = tempfile::tempdir()?;
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", BOTOCORE, "--dest", "."];
    command(Command::new("python3").args(pip).current_dir(&wheel))?;
    let file = fs::read_dir(&wheel)?.next().ok_or("pip downloaded nothing")??.path();
    let unzip = ["-m", "zipfile", "-e"];
    command(Command::new("python3").args(unzip).arg(file).arg(wheel.path()))?;

    for (service, served) in served()? {
        let model = read_model(&wheel.path().join("botocore/data").join(&service))?;
        let pruned = prune(&model, &served)?;
        let mut text = serde_json::to_string_pretty(&pruned)?;
        text.push('\n');
        fs::write(folder().join(format!("{service}.json")), text)?;
    }
    let licenses = wheel.path().join("botocore-1.44.5.dist-info");
    for name in ["LICENSE.txt", "NOTICE"] {
        let nested = licenses.join("licenses").join(name);
        let file = if nested.exists() { nested } else { licenses.join(name) };
        fs::copy(file, folder().join(name))?;
    }
    Ok(())
}

fn command(command: &mut Command) -> Outcome {
    if command.status()?.success() { Ok(()) } else { Err(format!("{command:?} failed").into()) }
}

/// The newest model of a service.
fn read_model(folder: &Path) -> Result<Value, Box<dyn std::error::Error>> {
    let mut versions = Vec::new();
    for version in fs::read_dir(folder)? {
        versions.push(version?.path());
    }
    let newest = versions.iter().max().ok_or("the service has no model")?;
    let output = Command::new("gzip").arg("-dc").arg(newest.join("service-2.json.gz")).output()?;
    if !output.status.success() {
        return Err(format!("gzip could not read the model in {}", newest.display()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Leaves only the operations that are served, the shapes they reach, and one sentence on each.
fn prune(model: &Value, served: &Served) -> Result<Value, Box<dyn std::error::Error>> {
    let mut operations = Map::new();
    let mut shapes = Map::new();
    for name in &served.operations {
        let operation = &model["operations"][name];
        if operation.is_null() {
            return Err(format!("the model has no operation {name}").into());
        }
        let mut kept =
            keep(operation, &["http", "input", "output", "errors", "authtype", "documentation"]);
        for part in ["input", "output"] {
            reach(model, &operation[part], &mut shapes);
            kept.get_mut(part).map(strip_reference);
        }
        for error in operation["errors"].as_array().into_iter().flatten() {
            reach(model, error, &mut shapes);
        }
        operations.insert(name.clone(), Value::Object(kept));
    }
    let metadata = keep(
        &model["metadata"],
        &["apiVersion", "protocol", "serviceFullName", "targetPrefix", "xmlNamespace"],
    );
    let mut pruned = json!({"metadata": metadata, "operations": operations, "shapes": shapes});
    if model["metadata"]["protocol"] == "rest-xml" {
        pruned["routes"] = routes(model);
    }
    Ok(pruned)
}

/// What distinguishes the requests of *all* operations of a REST service, so that one that is not
/// served is never taken for one that is.
fn routes(model: &Value) -> Value {
    let mut routes = Map::new();
    for (name, operation) in model["operations"].as_object().into_iter().flatten() {
        let input = &model["shapes"][operation["input"]["shape"].as_str().unwrap_or_default()];
        let required: BTreeSet<&str> =
            input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (mut headers, mut query, mut optional) = (vec![], vec![], vec![]);
        for (member, reference) in input["members"].as_object().into_iter().flatten() {
            let sent_as = &reference["locationName"];
            match (reference["location"].as_str(), required.contains(member.as_str())) {
                (Some("header"), true) => headers.push(sent_as),
                (Some("querystring"), true) => query.push(sent_as),
                (Some("querystring"), false) => optional.push(sent_as),
                _ => {}
            }
        }
        let route = json!({
            "method": operation["http"]["method"],
            "requestUri": operation["http"]["requestUri"],
            "headers": headers,
            "query": query,
            "optionalQuery": optional,
        });
        routes.insert(name.clone(), route);
    }
    Value::Object(routes)
}

/// Takes over a shape and all that it is made of.
fn reach(model: &Value, reference: &Value, shapes: &mut Map<String, Value>) {
    let Some(name) = reference["shape"].as_str() else { return };
    if shapes.contains_key(name) {
        return;
    }
    let shape = &model["shapes"][name];
    let mut kept = keep(
        shape,
        &[
            "type",
            "members",
            "required",
            "member",
            "key",
            "value",
            "enum",
            "min",
            "max",
            "sensitive",
            "timestampFormat",
            "flattened",
            "payload",
            "error",
            "fault",
            "documentation",
            "streaming",
        ],
    );
    let members = kept.get_mut("members").and_then(Value::as_object_mut);
    members.into_iter().flat_map(Map::values_mut).for_each(strip_reference);
    for part in ["member", "key", "value"] {
        kept.get_mut(part).map(strip_reference);
    }
    shapes.insert(name.to_owned(), Value::Object(kept));
    let members = shape["members"].as_object().into_iter().flat_map(Map::values);
    for reference in members.chain([&shape["member"], &shape["key"], &shape["value"]]) {
        reach(model, reference, shapes);
    }
}

/// Leaves of a reference to a shape what the code depends on.
fn strip_reference(reference: &mut Value) {
    let known = [
        "shape",
        "location",
        "locationName",
        "streaming",
        "documentation",
        "resultWrapper",
        "xmlAttribute",
        "flattened",
        "timestampFormat",
        "jsonvalue",
        "eventstream",
        "hostLabel",
    ];
    *reference = Value::Object(keep(reference, &known));
}

/// The members of that name, documentation cut to its first sentence.
fn keep(value: &Value, names: &[&str]) -> Map<String, Value> {
    let mut kept = Map::new();
    for name in names {
        match (*name, &value[*name]) {
            (_, Value::Null) => {}
            ("documentation", Value::String(html)) => {
                let sentence = first_sentence(html);
                if !sentence.is_empty() {
                    kept.insert("documentation".to_owned(), sentence.into());
                }
            }
            (_, member) => {
                kept.insert((*name).to_owned(), member.clone());
            }
        }
    }
    kept
}

/// The first sentence of a description, as Markdown without links.
fn first_sentence(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = tag.split_once('>') else { break };
        match tag {
            "code" | "/code" => text.push('`'),
            // What follows a paragraph or stands in a list is not the first sentence.
            "/p" | "ul" | "ol" | "dl" | "note" | "important" if !text.trim().is_empty() => {
                rest = "";
                break;
            }
            _ => {}
        }
        rest = after;
    }
    text.push_str(rest);
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let abbreviation = |sentence: &str| {
        ["e.g", "i.e", "etc", "vs", "For more information, see"]
            .iter()
            .any(|end| sentence.ends_with(end))
    };
    let mut end = 0;
    for (at, _) in text.match_indices(". ") {
        if !abbreviation(text.get(..at).unwrap_or_default()) {
            end = at + 1;
            break;
        }
    }
    let sentence = if end == 0 { text.as_str() } else { text.get(..end).unwrap_or_default() };
    let sentence = sentence.trim_end_matches([':', ' ']);
    // An unpaired backquote would swallow what follows.
    if sentence.matches('`').count() % 2 == 1 {
        sentence.replace('`', "")
    } else {
        sentence.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_to_its_first_sentence() {
        let table = [
            ("<p>One. Two.</p>", "One."),
            ("<p>One, e.g. a. Two.</p>", "One, e.g. a."),
            (
                "<p>Take <code>a.b</code> or <a href=\"x\">this</a> &amp; that.</p><p>More.</p>",
                "Take `a.b` or this & that.",
            ),
            ("<p>One of:</p> <ul><li>a</li></ul>", "One of"),
            ("<p> </p> <p>One</p>", "One"),
            ("", ""),
        ];
        for (html, sentence) in table {
            assert_eq!(first_sentence(html), sentence);
        }
    }

    #[test]
    fn only_what_is_served_is_kept() {
        let model = json!({
            "metadata": {"protocol": "json", "uid": "x"},
            "operations": {
                "Get": {"http": {}, "input": {"shape": "In"}, "errors": [{"shape": "No"}], "auth": []},
                "Put": {"http": {}, "input": {"shape": "Other"}},
            },
            "shapes": {
                "In": {"type": "structure", "members": {"A": {"shape": "Text", "box": true}}},
                "Text": {"type": "string", "pattern": ".*"},
                "No": {"type": "structure", "members": {}},
                "Other": {"type": "structure", "members": {}},
            },
        });
        let served: Served = toml::from_str("operations = [\"Get\"]").unwrap();
        let expected = json!({
            "metadata": {"protocol": "json"},
            "operations": {
                "Get": {"http": {}, "input": {"shape": "In"}, "errors": [{"shape": "No"}]},
            },
            "shapes": {
                "In": {"type": "structure", "members": {"A": {"shape": "Text"}}},
                "Text": {"type": "string"},
                "No": {"type": "structure", "members": {}},
            },
        });
        assert_eq!(prune(&model, &served).unwrap(), expected);
        let unknown: Served = toml::from_str("operations = [\"Got\"]").unwrap();
        assert!(prune(&model, &unknown).is_err());
    }
}
