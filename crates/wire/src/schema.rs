//! What the models say about values, beside their Rust types.

/// What a shape of the model demands of its values, and how it spells them.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Least and most of: characters of a text, bytes of a blob, elements of a list or map.
    pub length: Option<(u64, u64)>,
    /// Least and greatest number.
    pub range: Option<(i64, i64)>,
    /// Whether the value must not appear in messages.
    pub sensitive: bool,
    /// How a timestamp is written; absent: as the protocol and the place have it.
    pub timestamp: Option<TimestampFormat>,
    /// What the elements of a list or the values of a map are.
    pub item: Option<&'static Schema>,
    /// What the keys of a map are.
    pub key: Option<&'static Schema>,
    /// The name of a list's elements in XML and forms.
    pub item_name: &'static str,
    /// Whether a list's elements stand in its place, without an element around them.
    pub flattened: bool,
}

/// A way to write a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampFormat {
    /// Seconds since 1970 as a number, with milliseconds.
    UnixSeconds,
    /// `2006-01-02T15:04:05Z` (RFC 3339).
    Iso8601,
    /// `2006-01-02T15:04:05.000Z`, as S3 writes it.
    Iso8601Milliseconds,
    /// `Mon, 02 Jan 2006 15:04:05 GMT` (RFC 9110, section 5.6.7).
    HttpDate,
}

/// Where a member of an operation's input or output travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the JSON object, the form or the XML element, under this name.
    Body(&'static str),
    /// In this attribute of the XML element, by its name without prefix.
    Attribute(&'static str),
    /// It is the text of the XML document's root itself.
    Content,
    /// In this header.
    Header(&'static str),
    /// In all headers with this prefix, a map.
    Headers(&'static str),
    /// In this parameter of the query.
    Query(&'static str),
    /// In the path: the bucket.
    Bucket,
    /// In the path: the key.
    Key,
    /// It is the body: a document whose root has this name, or for a text the whole body.
    Payload(&'static str),
}

impl Schema {
    /// Demands nothing.
    pub(crate) const PLAIN: Self = Self {
        length: None,
        range: None,
        sensitive: false,
        timestamp: None,
        item: None,
        key: None,
        item_name: "member",
        flattened: false,
    };

    /// What the elements or values are.
    pub(crate) fn item(&self) -> &'static Self {
        self.item.unwrap_or(&Self::PLAIN)
    }

    /// What the keys are.
    pub(crate) fn key(&self) -> &'static Self {
        self.key.unwrap_or(&Self::PLAIN)
    }
}

/// An enum of texts, as the model lists them.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                $variant,
            )+
        }

        impl $name {
            /// Every value, in the model's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The text that stands for it on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value that a text stands for, if it is one; case counts.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }

        impl $crate::read::Read for $name {
            fn read(
                source: $crate::read::Source<'_>,
                _: &'static $crate::schema::Schema,
                reading: &mut $crate::read::Reading,
            ) -> Result<Self, $crate::read::Wrong> {
                let text = source.text(reading)?;
                let set = Self::ALL.iter().map(|value| value.as_str());
                Self::from_text(text).ok_or_else(|| reading.not_in_set(text, set))
            }
        }

        impl $crate::write::Write for $name {
            fn write(
                &self,
                to: &mut $crate::write::Sink,
                _: &'static $crate::schema::Schema,
            ) {
                to.text(self.as_str());
            }

            fn to_text(&self, _: $crate::schema::TimestampFormat) -> Option<String> {
                Some(self.as_str().to_owned())
            }
        }
    };
}
pub(crate) use text_enum;
