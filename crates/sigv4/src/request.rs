use std::borrow::Cow;

use crate::encoding::percent_decode;

/// A request as it came over the wire, borrowed: what a signature covers, but for the body.
///
/// Nothing in it may have been decoded, normalised or reordered.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, such as `GET`, in the case it was sent.
    pub method: &'a str,
    /// The path, from the first `/` up to (not including) `?`.
    pub path: &'a str,
    /// What follows the `?`, without it; empty when there is none.
    pub query: &'a str,
    /// Every header line in the order sent, names in any case. Over HTTP/2 the caller puts
    /// `:authority` in as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// Two lines of a header of which there may be one.
pub(crate) struct Repeated;

impl<'a> Request<'a> {
    /// The values of all lines of the header `name`, in the order sent.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_ascii())
    }

    /// The trimmed value of a header that may occur once.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&'a [u8]>, Repeated> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// The query's parameters, decoded; see [`query_pairs`].
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)> {
        query_pairs(self.query)
    }
}

/// Decoded names and values of a query, in the order sent.
///
/// It is read as an HTML form is (`+` is a space), so that no two queries that an operation reads
/// alike differ in signature, nor the other way round. A name without `=` has an empty value, and
/// nothing between two `&` is no parameter.
fn query_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (form_decode(name), form_decode(value))
    })
}

fn form_decode(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        Cow::Owned(percent_decode(text.replace('+', " ").as_bytes()).into_owned())
    } else {
        percent_decode(text.as_bytes())
    }
}
