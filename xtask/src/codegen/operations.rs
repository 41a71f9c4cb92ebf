//! Operations, error codes and the routes of REST services.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{
    model::{Kind, Model, Operation, Reference, Route},
    names,
    shapes::shape,
};
use crate::models::Served;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// An error code that a model does not list: a row of `s3-errors.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorRow {
    status: u16,
    text: String,
}

/// A row of the enum of all operations.
pub(crate) fn operation_id(
    service: &str,
    name: &str,
    operation: &Operation,
    model: &Model,
) -> String {
    let service = names::type_name(service);
    let unsigned = operation.authtype.as_deref() == Some("none");
    let streaming = streamed(model, operation.input.as_ref()).is_some();
    format!("    {service}{name} = {service} {name:?} {unsigned} {streaming},\n")
}

/// The member that is streamed, if one is.
fn streamed<'a>(model: &'a Model, reference: Option<&Reference>) -> Option<&'a String> {
    let shape = model.shapes.get(&reference?.shape)?;
    shape.members.iter().find(|(_, member)| member.streaming).map(|(name, _)| name)
}

/// The marker type of an operation.
pub(crate) fn marker(
    out: &mut String,
    service: &str,
    name: &str,
    operation: &Operation,
    model: &Model,
    served: &Served,
) -> Result<()> {
    let type_of = |reference: Option<&Reference>| {
        reference.map_or("()".to_owned(), |reference| names::type_name(&reference.shape))
    };
    let id = format!("OperationId::{}{name}", names::type_name(service));
    let (read, write) = match model.metadata.protocol.as_str() {
        "json" => (
            "read::json(Self::ID.service(), body)".to_owned(),
            "write::json(Self::ID.service(), &output, request_id)".to_owned(),
        ),
        "query" => {
            let wrapper = operation.output.as_ref().and_then(|o| o.result_wrapper.as_ref());
            (
                "read::form(Self::ID.service(), request, body)".to_owned(),
                format!("write::query(Self::ID, {wrapper:?}, &output, request_id)"),
            )
        }
        "rest-xml" => rest(name, operation, model, served)?,
        other => return Err(format!("the protocol {other} is not spoken").into()),
    };
    let used = |argument: &'static str, code: &str| {
        if code.contains(argument) { argument.to_owned() } else { format!("_{argument}") }
    };
    let (request, body) = (used("request", &read), used("body", &read));
    let mutable = if write.contains("take(&mut output") { "mut " } else { "" };
    out.push_str(&names::documentation(operation.documentation.as_ref(), "An operation."));
    writeln!(
        out,
        "#[derive(Debug, Clone, Copy)]\npub struct {name};\n\n\
         impl Operation for {name} {{\n\
         type Input = {input};\ntype Output = {output};\nconst ID: OperationId = {id};\n\n\
         fn read({request}: &RequestParts<'_>, {body}: &[u8]) -> Result<Self::Input, Fault> {{ {read} }}\n\n\
         fn write({mutable}output: Self::Output, request_id: &RequestId) -> Response {{ {write} }}\n}}\n",
        input = type_of(operation.input.as_ref()),
        output = type_of(operation.output.as_ref()),
    )?;
    Ok(())
}

/// How a restXml operation is read and written.
fn rest(
    name: &str,
    operation: &Operation,
    model: &Model,
    served: &Served,
) -> Result<(String, String)> {
    let body_of = |reference: Option<&Reference>| -> Result<(bool, Option<Kind>)> {
        let Some(reference) = reference else { return Ok((false, None)) };
        let shape = shape(model, &reference.shape)?;
        let payload = match &shape.payload {
            Some(member) => {
                let member = shape.members.get(member).ok_or("the payload is no member")?;
                Some(self::shape(model, &member.shape)?.kind)
            }
            None => None,
        };
        let unbound = shape.members.values().any(|member| member.location.is_none());
        Ok((unbound, payload))
    };
    let is_streamed = streamed(model, operation.input.as_ref()).is_some();
    let read = match body_of(operation.input.as_ref())? {
        _ if is_streamed => "Unread",
        (_, Some(Kind::Structure)) | (true, None) => "Document",
        (_, Some(Kind::String)) => "Text",
        (_, Some(_)) => return Err(format!("the body of {name} is of a new kind").into()),
        (false, None) => "Unread",
    };
    let told = served.statuses.get(name).copied();
    let code = told.or(operation.http.response_code).unwrap_or(200);
    let status = status(code)?;
    let body = streamed(model, operation.output.as_ref()).map(|member| names::field(member));
    let payload = match (&body, body_of(operation.output.as_ref())?) {
        (Some(_), _) => "Streamed(body)".to_owned(),
        (None, (_, Some(Kind::Structure))) => "Element".to_owned(),
        (None, (_, Some(Kind::String))) => "Text".to_owned(),
        (None, (_, Some(_))) => return Err(format!("{name} answers with a new kind").into()),
        (None, (true, None)) => {
            let root = served.roots.get(name).ok_or_else(|| {
                format!("served.toml does not say with which element {name} answers (roots)")
            })?;
            format!("Document({root:?})")
        }
        (None, (false, None)) if operation.http.method == "HEAD" => "Unsent".to_owned(),
        (None, (false, None)) => "Nothing".to_owned(),
    };
    let take = body.map_or_else(String::new, |field| {
        format!("let body = std::mem::take(&mut output.{field});")
    });
    let write = format!(
        "{take} write::rest(StatusCode::{status}, RestPayload::{payload}, &output, request_id)"
    );
    let demand =
        if served.checksummed.contains(name) { "read::checksummed(request)?;" } else { "" };
    Ok((format!("{demand} read::rest(RestBody::{read}, request, body)"), write))
}

/// The constant of `http::StatusCode`.
fn status(code: u16) -> Result<&'static str> {
    Ok(match code {
        200 => "OK",
        204 => "NO_CONTENT",
        301 => "MOVED_PERMANENTLY",
        304 => "NOT_MODIFIED",
        400 => "BAD_REQUEST",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        412 => "PRECONDITION_FAILED",
        416 => "RANGE_NOT_SATISFIABLE",
        500 => "INTERNAL_SERVER_ERROR",
        501 => "NOT_IMPLEMENTED",
        other => return Err(format!("name the status {other} in the generator").into()),
    })
}

/// The enum of a service's error codes.
pub(crate) fn error_codes(
    out: &mut String,
    model: &Model,
    more: &BTreeMap<String, ErrorRow>,
) -> Result<()> {
    let mut codes: BTreeMap<String, (u16, String)> = BTreeMap::new();
    let errors: BTreeSet<&String> =
        model.operations.values().flat_map(|o| &o.errors).map(|error| &error.shape).collect();
    for name in errors {
        let shape = shape(model, name)?;
        let trait_ = shape.error.as_ref();
        let code = trait_.and_then(|error| error.code.clone()).unwrap_or_else(|| name.clone());
        let usual = if shape.fault { 500 } else { 400 };
        let status = trait_.and_then(|error| error.http_status_code).unwrap_or(usual);
        let text = shape.documentation.clone().unwrap_or_else(|| format!("`{code}`."));
        codes.insert(code, (status, text));
    }
    for (code, row) in more {
        if codes.insert(code.clone(), (row.status, row.text.clone())).is_some() {
            return Err(format!("{code} is in the model: remove it from s3-errors.toml").into());
        }
    }
    writeln!(out, "error_codes! {{")?;
    writeln!(out, "    /// The codes of {}.", model.metadata.service_full_name)?;
    writeln!(out, "    ErrorCode {{")?;
    for (code, (number, text)) in codes {
        for line in names::documentation(Some(&text), "").lines() {
            writeln!(out, "        {line}")?;
        }
        writeln!(out, "        {code}: {},", status(number)?)?;
    }
    writeln!(out, "    }}\n}}\n")?;
    Ok(())
}

/// The routes of a REST service: of all its operations, served or not.
pub(crate) fn routes(service: &str, model: &Model) -> Result<String> {
    let mut subresources = BTreeSet::new();
    for route in model.routes.values() {
        let literal = literal_query(route);
        subresources.extend(literal.iter().map(|(key, _)| key.clone()));
        if literal.is_empty() {
            subresources.extend(route.query.iter().cloned());
        }
    }
    let subresources: Vec<String> = subresources.into_iter().collect();
    let mut out = String::from("use crate::{OperationId, s3_route::{Level, Route}};\n\n");
    writeln!(out, "/// Every parameter that chooses an operation.")?;
    writeln!(out, "pub(crate) static SUBRESOURCES: &[&str] = &{subresources:?};\n")?;
    writeln!(out, "/// Every operation of the model.\npub(crate) static ROUTES: &[Route] = &[")?;
    for (name, route) in &model.routes {
        let path = route.request_uri.split('?').next().unwrap_or_default();
        let level = match path {
            "/" => "Service",
            "/{Bucket}" => "Bucket",
            "/{Bucket}/{Key+}" => "Object",
            // WriteGetObjectResponse has a host of its own, which is not served.
            _ => continue,
        };
        let mut query = literal_query(route);
        query.extend(route.query.iter().map(|key| (key.clone(), None)));
        let optional: Vec<_> =
            route.optional_query.iter().filter(|key| subresources.contains(*key)).collect();
        let headers: Vec<_> = route.headers.iter().map(|name| name.to_lowercase()).collect();
        let operation = if model.operations.contains_key(name) {
            format!("Some(OperationId::{}{name})", names::type_name(service))
        } else {
            "None".to_owned()
        };
        writeln!(
            out,
            "Route {{ name: {name:?}, method: {:?}, level: Level::{level}, query: &{query:?}, \
             headers: &{headers:?}, optional: &{optional:?}, operation: {operation} }},",
            route.method,
        )?;
    }
    writeln!(out, "];")?;
    Ok(out)
}

/// The parameters that stand in the route's pattern, with the value that they must have.
fn literal_query(route: &Route) -> Vec<(String, Option<String>)> {
    let query = route.request_uri.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (pair.to_owned(), None),
        })
        .collect()
}
