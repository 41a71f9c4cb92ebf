//! Structures, enums and what the model demands of their members.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{
    model::{Kind, Model, Reference, Shape},
    names,
};
use crate::models::Served;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Writes the shapes of one service.
pub(crate) struct Shapes<'a> {
    pub model: &'a Model,
    pub served: &'a Served,
    inputs: BTreeSet<String>,
    outputs: BTreeSet<String>,
    /// The `Schema` statics, by name.
    schemas: BTreeMap<String, String>,
}

impl<'a> Shapes<'a> {
    pub(crate) fn of(model: &'a Model, served: &'a Served) -> Result<Self> {
        let mut shapes = Self {
            model,
            served,
            inputs: BTreeSet::new(),
            outputs: BTreeSet::new(),
            schemas: BTreeMap::new(),
        };
        for operation in model.operations.values() {
            if let Some(input) = &operation.input {
                reach(model, &input.shape, &mut shapes.inputs)?;
            }
            if let Some(output) = &operation.output {
                reach(model, &output.shape, &mut shapes.outputs)?;
            }
        }
        Ok(shapes)
    }

    /// All shapes, then the statics that they refer to.
    pub(crate) fn write(mut self, out: &mut String) -> Result<()> {
        let names: Vec<&String> = self.inputs.union(&self.outputs).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        for name in &names {
            let shape = shape(self.model, name)?;
            if shape.kind == Kind::Structure {
                self.structure(out, name, shape)?;
            } else if self.is_enum(name, shape) {
                text_enum(out, name, shape)?;
            }
        }
        for (name, schema) in &self.schemas {
            writeln!(out, "static {name}: Schema = {schema};\n")?;
        }
        Ok(())
    }

    fn is_enum(&self, name: &str, shape: &Shape) -> bool {
        !shape.values.is_empty() && !self.served.open_enums.contains(name)
    }

    fn is_sensitive(&self, name: &str, shape: &Shape) -> bool {
        shape.sensitive || self.served.secrets.contains(name)
    }

    fn structure(&mut self, out: &mut String, name: &str, shape: &Shape) -> Result<()> {
        let type_name = names::type_name(name);
        let is_input = self.model.operations.values().any(|o| is(o.input.as_ref(), name));
        let members: Vec<(&String, &Reference)> = shape
            .members
            .iter()
            .filter(|(_, reference)| !(is_input && reference.streaming))
            .collect();

        let fallback = format!("`{name}` of the model, which does not describe it.");
        out.push_str(&names::documentation(shape.documentation.as_ref(), &fallback));
        let streams = members.iter().any(|(_, reference)| reference.streaming);
        let mut derives = vec!["Debug"];
        if !streams {
            derives.push("Clone");
        }
        if self.has_default(name)? {
            derives.push("Default");
        }
        writeln!(out, "#[derive({})]\npub struct {type_name} {{", derives.join(", "))?;
        for (member, reference) in &members {
            let described = match &reference.documentation {
                Some(sentence) => Some(sentence),
                None => self::shape(self.model, &reference.shape)?.documentation.as_ref(),
            };
            let fallback = format!("`{member}` of the model, which does not describe it.");
            out.push_str(&names::documentation(described, &fallback));
            let kind = self.rust_type(reference, shape.sensitive)?;
            let optional = !shape.required.contains(member) && !reference.streaming;
            let kind = if optional { format!("Option<{kind}>") } else { kind };
            writeln!(out, "pub {}: {kind},", names::field(member))?;
        }
        writeln!(out, "}}\n")?;

        if self.inputs.contains(name) {
            self.read(out, &type_name, shape, &members)?;
        }
        if self.outputs.contains(name) {
            self.write_members(out, &type_name, shape, &members)?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        out: &mut String,
        type_name: &str,
        shape: &Shape,
        members: &[(&String, &Reference)],
    ) -> Result<()> {
        let signature = "fn read(source: Source<'_>, _: &'static Schema, reading: &mut Reading) \
                         -> Result<Self, Wrong>";
        writeln!(out, "impl Read for {type_name} {{ {signature} {{")?;
        if members.is_empty() {
            writeln!(out, "Members::of(source, reading).map(|_| Self {{}}) }} }}\n")?;
            return Ok(());
        }
        writeln!(out, "let mut members = Members::of(source, reading)?;")?;
        for (member, reference) in members {
            let field = names::field(member);
            let way = if shape.required.contains(member) { "required" } else { "optional" };
            let arguments = self.arguments(member, reference, shape)?;
            writeln!(out, "let {field} = members.{way}({arguments});")?;
        }
        writeln!(out, "Ok(Self {{")?;
        for (member, _) in members {
            let field = names::field(member);
            writeln!(out, "{field}: {field}?,")?;
        }
        writeln!(out, "}}) }} }}\n")?;
        Ok(())
    }

    fn write_members(
        &mut self,
        out: &mut String,
        type_name: &str,
        shape: &Shape,
        members: &[(&String, &Reference)],
    ) -> Result<()> {
        writeln!(
            out,
            "impl Write for {type_name} {{ fn write(&self, to: &mut Sink, _: &'static Schema) {{"
        )?;
        let written: Vec<_> = members
            .iter()
            .filter(|(_, reference)| !reference.streaming && !reference.xml_attribute)
            .collect();
        if written.is_empty() {
            writeln!(out, "to.structure(|_| {{}}); }} }}\n")?;
            return Ok(());
        }
        writeln!(out, "to.structure(|to| {{")?;
        for (member, reference) in written {
            let field = names::field(member);
            let required = shape.required.contains(member);
            let arguments = self.arguments(member, reference, shape)?;
            let (place, schema) = arguments.split_once(", ").unwrap_or_default();
            let (way, value) = if required {
                ("member", format!("&self.{field}"))
            } else {
                ("optional", format!("self.{field}.as_ref()"))
            };
            writeln!(out, "to.{way}({place}, {value}, {schema});")?;
        }
        writeln!(out, "}}); }}")?;
        let attributes = members.iter().filter(|(_, reference)| reference.xml_attribute);
        for (member, _) in attributes {
            let field = names::field(member);
            writeln!(
                out,
                "\nfn attribute(&self) -> Option<&str> {{ Some(self.{field}.as_str()) }}"
            )?;
        }
        writeln!(out, "}}\n")?;
        Ok(())
    }

    /// Whether an output is a document that is nothing but the text of this member.
    fn is_the_document(&self, member: &str, shape: &Shape) -> bool {
        let only = shape.members.len() == 1 && shape.members.contains_key(member);
        only && self.served.roots.values().any(|root| root == member)
    }

    /// Where a member stands and what it must be.
    fn arguments(&mut self, member: &str, reference: &Reference, shape: &Shape) -> Result<String> {
        let target = self::shape(self.model, &reference.shape)?;
        let own = reference.location_name.as_deref();
        let name = own.unwrap_or(member);
        let element = target.member.as_ref().and_then(|item| item.location_name.as_deref());
        let name = if target.flattened { element.or(own).unwrap_or(member) } else { name };
        let place = match reference.location.as_deref() {
            Some("uri") if member == "Bucket" => "Bucket".to_owned(),
            Some("uri") if member == "Key" => "Key".to_owned(),
            Some("header") => format!("Header({:?})", name.to_lowercase()),
            Some("headers") => format!("Headers({:?})", name.to_lowercase()),
            Some("querystring") => format!("Query({name:?})"),
            Some(other) => {
                return Err(format!("{member} is at {other}: teach the generator").into());
            }
            None if shape.payload.as_deref() == Some(member) => {
                format!("Payload({:?})", own.unwrap_or(&reference.shape))
            }
            None if reference.xml_attribute => {
                format!("Attribute({:?})", name.rsplit(':').next().unwrap_or(name))
            }
            None if self.is_the_document(member, shape) => "Content".to_owned(),
            None => format!("Body({name:?})"),
        };
        let schema = self.schema(&reference.shape, name, shape.sensitive)?;
        Ok(format!("Place::{place}, {schema}"))
    }

    /// The static that holds what is demanded of a shape, made on demand.
    fn schema(&mut self, name: &str, flattened_as: &str, sensitive: bool) -> Result<String> {
        let shape = shape(self.model, name)?;
        let sensitive = sensitive || self.is_sensitive(name, shape);
        let mut parts = Vec::new();
        let numeric = matches!(shape.kind, Kind::Integer | Kind::Long);
        let is_enum = self.is_enum(name, shape);
        if (shape.min.is_some() || shape.max.is_some()) && !is_enum {
            if numeric {
                let (least, most) = (shape.min.unwrap_or(i64::MIN), shape.max.unwrap_or(i64::MAX));
                parts.push(format!("range: Some(({}, {}))", number(least), number(most)));
            } else {
                let least = number(shape.min.unwrap_or(0));
                let most = shape.max.map_or("u64::MAX".to_owned(), number);
                parts.push(format!("length: Some(({least}, {most}))"));
            }
        }
        if sensitive && !is_enum && shape.kind != Kind::Structure {
            parts.push("sensitive: true".to_owned());
        }
        let timestamp = match shape.timestamp_format.as_deref() {
            None => None,
            Some("iso8601") => Some("Iso8601Milliseconds"),
            Some("rfc822") => Some("HttpDate"),
            Some("unixTimestamp") => Some("UnixSeconds"),
            Some(other) => return Err(format!("{name} is a timestamp in {other}").into()),
        };
        if let Some(format) = timestamp {
            parts.push(format!("timestamp: Some(TimestampFormat::{format})"));
        }
        let mut key = names::constant(name);
        for (part, reference) in
            [("item", &shape.member), ("key", &shape.key), ("item", &shape.value)]
        {
            let Some(reference) = reference else { continue };
            let inner = self.schema(&reference.shape, "", sensitive)?;
            if inner != PLAIN {
                parts.push(format!("{part}: Some({inner})"));
            }
        }
        if shape.flattened {
            key = format!("{key}_{}", names::constant(flattened_as));
            parts.push(format!("item_name: {flattened_as:?}, flattened: true"));
        } else if let Some(element) = shape.member.as_ref().and_then(|m| m.location_name.as_ref()) {
            parts.push(format!("item_name: {element:?}"));
        }
        if parts.is_empty() {
            return Ok(PLAIN.to_owned());
        }
        if sensitive && !self.is_sensitive(name, shape) {
            key = format!("SENSITIVE_{key}");
        }
        parts.push("..Schema::PLAIN".to_owned());
        let schema = format!("Schema {{ {} }}", parts.join(", "));
        if self.schemas.get(&key).is_some_and(|other| *other != schema) {
            return Err(format!("two shapes would share the static {key}").into());
        }
        self.schemas.insert(key.clone(), schema);
        Ok(format!("&{key}"))
    }

    /// The type of a member. Texts in what is sensitive are secret.
    fn rust_type(&self, reference: &Reference, sensitive: bool) -> Result<String> {
        let name = &reference.shape;
        let shape = shape(self.model, name)?;
        let sensitive = sensitive || self.is_sensitive(name, shape);
        let inner = |inner: &Option<Reference>| match inner {
            Some(reference) => self.rust_type(reference, sensitive),
            None => Err(format!("{name} does not say of what it is made").into()),
        };
        Ok(match shape.kind {
            Kind::Structure => names::type_name(name),
            Kind::List => format!("Vec<{}>", inner(&shape.member)?),
            Kind::Map => format!("BTreeMap<String, {}>", inner(&shape.value)?),
            Kind::String if self.is_enum(name, shape) => names::type_name(name),
            Kind::String if sensitive => "SecretString".to_owned(),
            Kind::String => "String".to_owned(),
            Kind::Integer => "i32".to_owned(),
            Kind::Long => "i64".to_owned(),
            Kind::Boolean => "bool".to_owned(),
            Kind::Timestamp => "Timestamp".to_owned(),
            Kind::Blob if reference.streaming => "Body".to_owned(),
            Kind::Blob => "Bytes".to_owned(),
        })
    }

    /// Whether a structure can be made of nothing: no required member is an enum.
    fn has_default(&self, name: &str) -> Result<bool> {
        let shape = shape(self.model, name)?;
        for member in &shape.required {
            let Some(reference) = shape.members.get(member) else { continue };
            let target = self::shape(self.model, &reference.shape)?;
            let possible = match target.kind {
                Kind::Structure => self.has_default(&reference.shape)?,
                _ => !self.is_enum(&reference.shape, target),
            };
            if !possible {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A number with its thousands apart.
fn number(value: i64) -> String {
    match value {
        i64::MIN => "i64::MIN".to_owned(),
        i64::MAX => "i64::MAX".to_owned(),
        0..1000 => value.to_string(),
        1000.. => format!("{}_{:03}", number(value / 1000), value % 1000),
        _ => format!("-{}", number(-value)),
    }
}

const PLAIN: &str = "&Schema::PLAIN";

fn is(reference: Option<&Reference>, name: &str) -> bool {
    reference.is_some_and(|reference| reference.shape == name)
}

/// The shape of that name.
pub(crate) fn shape<'a>(model: &'a Model, name: &str) -> Result<&'a Shape> {
    model.shapes.get(name).ok_or_else(|| format!("the model lacks the shape {name}").into())
}

fn reach(model: &Model, name: &str, reached: &mut BTreeSet<String>) -> Result<()> {
    if !reached.insert(name.to_owned()) {
        return Ok(());
    }
    let shape = shape(model, name)?;
    let parts = [&shape.member, &shape.value].into_iter().flatten();
    for reference in shape.members.values().chain(parts) {
        reach(model, &reference.shape, reached)?;
    }
    Ok(())
}

fn text_enum(out: &mut String, name: &str, shape: &Shape) -> Result<()> {
    writeln!(out, "text_enum! {{")?;
    let fallback = format!("`{name}` of the model, which does not describe it.");
    for line in names::documentation(shape.documentation.as_ref(), &fallback).lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "    {} {{", names::type_name(name))?;
    for value in &shape.values {
        writeln!(out, "        {} = {value:?},", names::variant(value))?;
    }
    writeln!(out, "    }}\n}}\n")?;
    Ok(())
}
