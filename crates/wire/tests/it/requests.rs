//! Every operation as botocore sends it (`tests/vectors/make.py requests`).

use std::collections::{BTreeMap, BTreeSet};

use wire::Service;

use crate::{Request, every_operation::in_models};

#[derive(serde::Deserialize)]
struct Vector {
    operation: String,
    members: String,
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    input: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../vectors/requests.json")).unwrap()
}

#[test]
fn what_botocore_sends_is_what_it_was_given() {
    let mut wrong = Vec::new();
    for vector in vectors() {
        let (service, _) = vector.operation.split_once(':').unwrap();
        let service = Service::from_signing_name(service).unwrap();
        let request = Request {
            method: &vector.method,
            path: &vector.path,
            query: &vector.query,
            headers: vector.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
            body: vector.body.as_bytes(),
        };
        match request.read(service) {
            Ok((id, input)) if id.to_string() == vector.operation && input == vector.input => {}
            Ok((id, input)) => wrong.push(format!("{id}\n  got  {input}\n  want {}", vector.input)),
            Err(fault) => wrong.push(format!("{} {}: {fault}", vector.operation, vector.members)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_has_its_vectors() {
    let sent: BTreeSet<(String, String)> =
        vectors().into_iter().map(|vector| (vector.operation, vector.members)).collect();
    for id in in_models() {
        for members in ["least", "all"] {
            assert!(sent.contains(&(id.to_string(), members.to_owned())), "{id} {members}");
        }
    }
}
