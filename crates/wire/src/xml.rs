//! XML as a tree: read within limits, written as text.

use std::{borrow::Cow, fmt::Write};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
};

/// How deep elements may lie in each other.
pub(crate) const DEPTH_MAX: usize = 32;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// The name without its prefix.
    pub name: String,
    /// The text directly inside, entities resolved.
    pub text: String,
    /// Names without their prefixes, and values; declarations of namespaces left out.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
}

impl Element {
    /// The attribute of that name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("the body is not UTF-8")]
    NotUtf8,
    #[error("the body is not well-formed XML")]
    NotWellFormed,
    #[error("a document type declaration is not accepted")]
    DocumentType,
    #[error("only the entities lt, gt, amp, apos, quot and character references are known")]
    UnknownEntity,
    #[error("elements lie more than {DEPTH_MAX} deep")]
    TooDeep,
}

/// Reads a document and gives its root element.
///
/// No document type declaration, hence no entities but the five of XML itself: nothing is fetched
/// and nothing grows.
pub(crate) fn parse(body: &[u8]) -> Result<Element, XmlError> {
    let text = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // The innermost open element is last; the document itself, nameless, is first.
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|_| XmlError::NotWellFormed)?;
        let depth = open.len();
        let innermost = open.last_mut().ok_or(XmlError::NotWellFormed)?;
        match event {
            Event::Start(_) if depth > DEPTH_MAX => return Err(XmlError::TooDeep),
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                let attributes = attributes(&start)?;
                open.push(Element { name, attributes, ..Element::default() });
            }
            Event::Text(text) => innermost.text.push_str(&text.xml10_content()),
            Event::CData(text) => innermost.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => innermost.text.push_str(&resolve(&reference)?),
            Event::End(_) => {
                let closed = open.pop().ok_or(XmlError::NotWellFormed)?;
                open.last_mut().ok_or(XmlError::NotWellFormed)?.children.push(closed);
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    let mut document = open.pop().ok_or(XmlError::NotWellFormed)?;
    let stray_text = !document.text.trim().is_empty();
    match document.children.pop() {
        Some(root) if open.is_empty() && document.children.is_empty() && !stray_text => Ok(root),
        _ => Err(XmlError::NotWellFormed),
    }
}

/// The attributes that are no declaration of a namespace.
fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, XmlError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| XmlError::NotWellFormed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let name = attribute.key.local_name().as_ref().to_owned();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| XmlError::NotWellFormed)?;
        attributes.push((name, value.into_owned()));
    }
    Ok(attributes)
}

fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, XmlError> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string().into()),
        Ok(None) => resolve_predefined_entity(&reference.xml10_content())
            .map(Cow::Borrowed)
            .ok_or(XmlError::UnknownEntity),
        Err(_) => Err(XmlError::NotWellFormed),
    }
}

/// Text as it stands in an element or attribute.
///
/// Control characters, which keys of objects may hold, become character references as S3 writes
/// them, although XML 1.0 has no place for most of them.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '<' | '>' | '&' | '"' | '\'') || c.is_control();
    if !text.contains(special) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => escaped.push(character),
            _ if character.is_control() => {
                let _ = write!(escaped, "&#x{:x};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_text_and_references_are_read() {
        let root = parse(
            b"<?xml version='1.0'?><a xmlns='x'><b>1 &lt; &#x32;</b><b/><c><![CDATA[<]]></c></a>",
        );
        let root = root.unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.child("b").unwrap().text, "1 < 2");
        assert_eq!(root.children.len(), 3);
        assert_eq!(root.child("c").unwrap().text, "<");
    }

    #[test]
    fn what_is_not_a_plain_document_is_refused() {
        let deep = |levels: usize| {
            format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)).into_bytes()
        };
        assert!(parse(&deep(DEPTH_MAX)).is_ok());
        let table: &[(&[u8], XmlError)] = &[
            (b"", XmlError::NotWellFormed),
            (b"text", XmlError::NotWellFormed),
            (b"<a>", XmlError::NotWellFormed),
            (b"<a></b>", XmlError::NotWellFormed),
            (b"<a/><b/>", XmlError::NotWellFormed),
            (b"<a/>text", XmlError::NotWellFormed),
            (b"<a>\xff</a>", XmlError::NotUtf8),
            (b"<a>&unknown;</a>", XmlError::UnknownEntity),
            (b"<a>&#xd800;</a>", XmlError::NotWellFormed),
            (b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", XmlError::DocumentType),
            (b"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", XmlError::DocumentType),
            (&deep(DEPTH_MAX + 1), XmlError::TooDeep),
            (&deep(100_000), XmlError::TooDeep),
        ];
        for (body, error) in table {
            let text = String::from_utf8_lossy(body);
            assert_eq!(
                parse(body).unwrap_err(),
                *error,
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
    }

    #[test]
    fn what_is_escaped_reads_as_itself() {
        let text = "a<b>&\"'\r\n\u{1}\u{7f}é";
        let root = parse(format!("<k>{}</k>", escape(text)).as_bytes()).unwrap();
        assert_eq!(root.text, text);
        assert_eq!(escape("\u{1}\r"), "&#x1;&#xd;");
    }
}
