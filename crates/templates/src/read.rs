//! From a text in YAML, of which JSON is a subset, to nodes.

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};

use crate::{
    Key, Node, Position, Problem, Span, Value, json_escapes::Readable, limits, scalar, short_form,
};

/// The one document of a text.
pub(crate) fn read(text: &str) -> Result<Node, Problem> {
    if text.len() > limits::TEXT_BYTES {
        let message = format!("a template has at most {} bytes", limits::TEXT_BYTES);
        return Err(Problem::new(message, Span::default()));
    }
    let readable = Readable::of(text);
    let mut reader = Reader { events: Parser::new_from_str(&readable.text), readable: &readable };
    let document = match reader.next()? {
        (Event::DocumentStart(_), _) => {
            let (event, span) = reader.next()?;
            reader.node(event, span, 0)?
        }
        (_, span) => return Err(Problem::new("the template is empty", span)),
    };
    match reader.next()? {
        (Event::StreamEnd, _) => Ok(document),
        (_, span) => Err(Problem::new("a template is one document, and another begins here", span)),
    }
}

struct Reader<'t> {
    events: Parser<'t, StrInput<'t>>,
    readable: &'t Readable<'t>,
}

impl<'t> Reader<'t> {
    /// The next event that says something.
    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Nothing | Event::StreamStart | Event::DocumentEnd, _))) => {}
                Some(Ok((event, span))) => return Ok((event, self.span(span))),
                Some(Err(error)) => return Err(self.unreadable(&error)),
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn unreadable(&self, error: &ScanError) -> Problem {
        let place = self.position(*error.marker());
        let message = format!("not well-formed: {}", error.info());
        Problem::new(message, Span { start: place, end: place })
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span { start: self.position(span.start), end: self.position(span.end) }
    }

    fn position(&self, marker: Marker) -> Position {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Position {
            line: number(marker.line()).max(1),
            column: number(self.readable.column(marker.line(), marker.col())).saturating_add(1),
        }
    }

    /// The node that begins with an event, `depth` collections deep.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Problem> {
        let (tag, node) = match event {
            Event::Scalar(text, style, _, tag) => {
                let tag = tag.as_deref().map(Meaning::of).transpose().map_err(at(span))?;
                let value = scalar_value(&text, style, tag.as_ref(), span)?;
                (tag, Node::new(value, span))
            }
            Event::SequenceStart(_, tag) => {
                let tag = tag.as_deref().map(Meaning::of).transpose().map_err(at(span))?;
                (tag, self.list(span, deeper(depth, span)?)?)
            }
            Event::MappingStart(_, tag) => {
                let tag = tag.as_deref().map(Meaning::of).transpose().map_err(at(span))?;
                (tag, self.map(span, deeper(depth, span)?)?)
            }
            Event::Alias(_) => {
                return Err(Problem::new("CloudFormation takes no aliases (*) in YAML", span)
                    .help("write out what the alias stands for"));
            }
            _ => return Err(Problem::new("a value is missing here", span)),
        };
        match tag {
            Some(Meaning::Function(name)) => short_form::long(&name, span, node),
            Some(Meaning::Core(_)) | None => Ok(node),
        }
    }

    fn list(&mut self, start: Span, depth: usize) -> Result<Node, Problem> {
        let mut list: Vec<Node> = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => {
                    let end = closing(start, end, list.last().map(|node| node.span));
                    return Ok(Node::new(Value::List(list), start.to(end)));
                }
                (event, span) => list.push(self.node(event, span, depth)?),
            }
        }
    }

    fn map(&mut self, start: Span, depth: usize) -> Result<Node, Problem> {
        let mut map: Vec<(Key, Node)> = Vec::new();
        let mut keys = HashSet::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, end) => {
                    let end = closing(start, end, map.last().map(|(_, node)| node.span));
                    return Ok(Node::new(Value::Map(map), start.to(end)));
                }
                (Event::Scalar(text, _, _, None), span) => Key::new(text, span),
                (_, span) => return Err(Problem::new("a key is a text", span)),
            };
            if key.text == "<<" {
                return Err(Problem::new(
                    "CloudFormation takes no merge keys (<<) in YAML",
                    key.span,
                )
                .help("write out what is merged"));
            }
            if !keys.insert(key.text.clone()) {
                let message = format!("the key {} stands twice in one map", key.text);
                return Err(Problem::new(message, key.span));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth)?;
            map.push((key, value));
        }
    }
}

/// What a tag says.
#[derive(Clone)]
enum Meaning {
    /// `!Ref` and the like.
    Function(String),
    /// A tag of YAML itself, such as `!!str`.
    Core(Core),
}

#[derive(Clone, Copy, PartialEq)]
enum Core {
    /// `!!str`, or `!` alone.
    Text,
    /// `!!int`, `!!float`, `!!bool`, `!!map`, `!!seq`: what the value is anyway.
    Plain,
}

impl Meaning {
    fn of(tag: &Tag) -> Result<Self, String> {
        if !tag.is_yaml_core_schema() {
            return Ok(match (tag.handle.as_str(), tag.suffix.as_str()) {
                ("!", "") | ("", "!" | "") => Self::Core(Core::Text),
                ("!", name) => Self::Function(name.to_owned()),
                (handle, suffix) => return Err(format!("the tag {handle}{suffix} is unknown")),
            });
        }
        match tag.suffix.as_str() {
            "str" => Ok(Self::Core(Core::Text)),
            "int" | "float" | "bool" | "map" | "seq" => Ok(Self::Core(Core::Plain)),
            other => Err(format!("CloudFormation does not take YAML's tag !!{other}")),
        }
    }
}

fn scalar_value(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Meaning>,
    span: Span,
) -> Result<Value, Problem> {
    let is_text = style != ScalarStyle::Plain || matches!(tag, Some(Meaning::Core(Core::Text)));
    if is_text {
        return Ok(Value::Text(text.to_owned()));
    }
    scalar::plain(text).ok_or_else(|| {
        Problem::new("null values are not allowed in templates", span)
            .help("leave the key out, or write \"\" for an empty text")
    })
}

fn at(span: Span) -> impl FnOnce(String) -> Problem {
    move |message| Problem::new(message, span)
}

/// One collection deeper, if that is not too deep.
fn deeper(depth: usize, span: Span) -> Result<usize, Problem> {
    if depth < limits::DEPTH {
        return Ok(depth + 1);
    }
    let message = format!("maps and lists are nested more than {} deep", limits::DEPTH);
    Err(Problem::new(message, span))
}

/// Where a collection ends: at its bracket, or, indented, behind its last element.
fn closing(start: Span, end: Span, last: Option<Span>) -> Span {
    if end.start == end.end { last.unwrap_or(start) } else { end }
}
