//! Properties that hold for every template.

use std::{collections::BTreeMap, fmt::Write};

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use templates::{Template, Value};

use crate::world::resolved;

/// A property's value: scalars, lists and maps, with functions in between.
fn property() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        "[a-zA-Z0-9 :#'\"\\\\{}\\[\\],&*!|>%@`\n\t-]{0,12}",
        Just("2012-10-17".to_owned()),
        Just("yes".to_owned()),
        Just("null".to_owned()),
        Just("é🧥".to_owned()),
    ];
    let scalar = prop_oneof![
        text.prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        prop_oneof![
            Just(json!({"Ref": "Pool"})),
            Just(json!({"Ref": "AWS::Region"})),
            Just(json!({"Ref": "AWS::NoValue"})),
            Just(json!({"Ref": "Stage"})),
            Just(json!({"Fn::GetAtt": ["Pool", "Arn"]})),
            Just(json!({"Fn::Sub": "${Stage}-${Pool.Arn}-${!x}"})),
        ],
    ];
    scalar.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[A-Z][a-z]{0,6}", inner.clone(), 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect::<Map<_, _>>())),
            (inner.clone(), inner)
                .prop_map(|(then, otherwise)| json!({"Fn::If": ["Always", then, otherwise]})),
        ]
    })
}

fn template(properties: &Json) -> Json {
    json!({
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Always": {"Fn::Equals": [{"Ref": "Stage"}, "test"]}},
        "Resources": {
            "Coats": {"Type": "AWS::S3::Bucket", "Properties": {"P": properties}},
            "Pool": {"Type": "AWS::Cognito::UserPool"},
        },
        "Outputs": {"Coats": {"Value": {"Ref": "Coats"}}},
    })
}

/// The same tree as YAML in block style, with short forms.
fn yaml(json: &Json, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match json {
        Json::Object(map) if map.is_empty() => out.push_str(" {}\n"),
        Json::Array(list) if list.is_empty() => out.push_str(" []\n"),
        Json::Object(map) if map.len() == 1 && short(map).is_some() => {
            let (tag, argument) = short(map).unwrap();
            write!(out, " !{tag}").unwrap();
            yaml(argument, indent, out);
        }
        Json::Object(map) => {
            out.push('\n');
            for (key, value) in map {
                write!(out, "{pad}{}:", quoted(key)).unwrap();
                yaml(value, indent + 2, out);
            }
        }
        Json::Array(list) => {
            out.push('\n');
            for value in list {
                write!(out, "{pad}-").unwrap();
                yaml(value, indent + 2, out);
            }
        }
        Json::String(text) => writeln!(out, " {}", quoted(text)).unwrap(),
        other => writeln!(out, " {other}").unwrap(),
    }
}

fn short(map: &Map<String, Json>) -> Option<(&str, &Json)> {
    let (key, argument) = map.iter().next()?;
    let name = if key == "Ref" { key } else { key.strip_prefix("Fn::")? };
    Some((name, argument))
}

/// Single quotes where they can be, so that the escapes of both kinds are seen.
fn quoted(text: &str) -> String {
    if text.contains(['\n', '\t', '\\']) {
        serde_json::to_string(text).unwrap()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn json_and_yaml_of_one_tree_come_out_alike(properties in property()) {
        let json = template(&properties);
        let mut text = String::new();
        yaml(&json, 0, &mut text);
        let parameters = BTreeMap::from([("Stage".to_owned(), "test".to_owned())]);
        let compact = resolved(&json.to_string(), parameters.clone());
        let pretty = resolved(&serde_json::to_string_pretty(&json).unwrap(), parameters.clone());
        let block = resolved(&text, parameters);
        let told = |result: Result<Json, templates::Problems>| result.map_err(|problems| {
            problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
        });
        let (compact, pretty, block) = (told(compact), told(pretty), told(block));
        prop_assert_eq!(&compact, &pretty);
        prop_assert_eq!(&compact, &block, "{}", text);
    }

    #[test]
    fn reading_never_panics_and_places_stand_in_the_text(text in "\\PC{0,200}|[ \n\t:{}\\[\\]\"'!&*#a-zR-]{0,80}") {
        if let Err(problems) = Template::parse(&text) {
            for problem in &problems {
                let lines = text.lines().count().max(1) + 1;
                prop_assert!((1..=lines).contains(&(problem.span.start.line as usize)));
                prop_assert!(!problem.with_line(&text).is_empty());
            }
        }
    }

    #[test]
    fn a_value_is_the_same_after_json(json in property()) {
        let value = Value::from_json(json.clone()).unwrap();
        prop_assert_eq!(value.to_json(), json);
    }
}
