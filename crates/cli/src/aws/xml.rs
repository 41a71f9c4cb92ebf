//! An XML answer as a tree, for those with lists of structures in them.

use quick_xml::{Reader, events::Event};

use super::{Answer, CallError, answer::character};

/// Answers of AWS's query protocol are about ten deep.
const DEPTH_MAX: usize = 32;

/// An element with what is in it.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The result in a query service's answer: what lies in `OPERATIONResult`.
    pub(crate) fn result(answer: &Answer, operation: &str) -> Result<Self, CallError> {
        let result = format!("{operation}Result");
        Self::parse(&answer.body)
            .into_iter()
            .flat_map(|root| root.children)
            .find(|element| element.name == result)
            .ok_or_else(|| CallError::Unreadable {
                operation: operation.to_owned(),
                expected: "a result",
            })
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
        // The innermost open element is the last; the first stands for the document.
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if open.len() <= DEPTH_MAX => {
                    let name = start.local_name().as_ref().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::Start(_) => return None,
                Event::Empty(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    open.last_mut()?.children.push(Self { name, ..Self::default() });
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    open.last_mut()?.children.push(element);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text),
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(reference) => {
                    open.last_mut()?.text.extend(character(&reference));
                }
                Event::Eof => return open.pop().filter(|_| open.is_empty())?.children.pop(),
                _ => {}
            }
        }
    }

    /// The text of a child; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> String {
        self.child(name).map(|child| child.text.clone()).unwrap_or_default()
    }

    /// A child by its name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The members of a list.
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.child(name).into_iter().flat_map(|list| &list.children)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(body: &str) -> Answer {
        let body = body.to_owned().into();
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body }
    }

    #[test]
    fn lists_of_structures_are_read() {
        let answer = answer(
            "<?xml version=\"1.0\"?><DescribeResponse xmlns=\"https://x\"><DescribeResult>\
             <Stacks><member><Name>a &amp; b</Name><None/></member><member><Name>c</Name></member>\
             </Stacks></DescribeResult></DescribeResponse>",
        );
        let result = Element::result(&answer, "Describe").unwrap();
        let names: Vec<String> = result.members("Stacks").map(|stack| stack.text("Name")).collect();
        assert_eq!(names, ["a & b", "c"]);
        let first = result.members("Stacks").next().unwrap();
        assert_eq!((first.text("None"), first.text("Absent")), (String::new(), String::new()));
        assert_eq!(result.members("Absent").count(), 0);
    }

    #[test]
    fn what_is_cut_or_too_deep_or_no_xml_has_no_result() {
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        for body in ["", "{}", "<R><DescribeResult>", "<R></R>", &deep] {
            assert!(Element::result(&answer(body), "Describe").is_err(), "{body}");
        }
    }
}
