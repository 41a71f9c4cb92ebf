use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A condition operator with its qualifiers: `ForAnyValue:StringLikeIfExists`.
///
/// Source: IAM User Guide, *IAM JSON policy elements: Condition operators*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// How the values of a multivalued key are taken together.
    pub set: Option<SetQualifier>,
    /// How one value is compared.
    pub comparison: Comparison,
    /// Whether a missing key is enough.
    pub if_exists: bool,
}

/// How the values of a multivalued key are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SetQualifier {
    /// Every value of the request must do; none at all does.
    ForAllValues,
    /// One value of the request must do.
    ForAnyValue,
}

/// What a comparison does with a value once the `Not` is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

macro_rules! comparisons {
    ($($name:ident $base:expr, $negated:literal;)*) => {
        /// The comparisons of the policy language, named as policies write them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are AWS's, and the page is cited at `Operator`")]
        pub enum Comparison { $($name,)* }

        impl Comparison {
            /// Every comparison.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As written in a policy.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Whether it holds when its positive twin does not, and so for a missing key.
            #[must_use]
            pub fn negated(self) -> bool {
                match self { $(Self::$name => $negated,)* }
            }

            pub(crate) fn base(self) -> Base {
                match self { $(Self::$name => $base,)* }
            }
        }
    };
}

comparisons! {
    StringEquals Base::StringEquals, false;
    StringNotEquals Base::StringEquals, true;
    StringEqualsIgnoreCase Base::StringEqualsIgnoreCase, false;
    StringNotEqualsIgnoreCase Base::StringEqualsIgnoreCase, true;
    StringLike Base::StringLike, false;
    StringNotLike Base::StringLike, true;
    NumericEquals Base::Numeric(Relation::Equal), false;
    NumericNotEquals Base::Numeric(Relation::Equal), true;
    NumericLessThan Base::Numeric(Relation::Less), false;
    NumericLessThanEquals Base::Numeric(Relation::LessOrEqual), false;
    NumericGreaterThan Base::Numeric(Relation::Greater), false;
    NumericGreaterThanEquals Base::Numeric(Relation::GreaterOrEqual), false;
    DateEquals Base::Date(Relation::Equal), false;
    DateNotEquals Base::Date(Relation::Equal), true;
    DateLessThan Base::Date(Relation::Less), false;
    DateLessThanEquals Base::Date(Relation::LessOrEqual), false;
    DateGreaterThan Base::Date(Relation::Greater), false;
    DateGreaterThanEquals Base::Date(Relation::GreaterOrEqual), false;
    Bool Base::Bool, false;
    BinaryEquals Base::Binary, false;
    IpAddress Base::Ip, false;
    NotIpAddress Base::Ip, true;
    ArnEquals Base::Arn, false;
    ArnNotEquals Base::Arn, true;
    ArnLike Base::Arn, false;
    ArnNotLike Base::Arn, true;
    Null Base::Null, false;
}

impl Relation {
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl SetQualifier {
    fn as_str(self) -> &'static str {
        match self {
            Self::ForAllValues => "ForAllValues",
            Self::ForAnyValue => "ForAnyValue",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(set) = self.set {
            write!(f, "{}:", set.as_str())?;
        }
        f.write_str(self.comparison.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

/// Not the name of a condition operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a condition operator")]
pub struct UnknownOperator(String);

impl FromStr for Operator {
    type Err = UnknownOperator;

    /// Reads an operator. `Null` takes no `IfExists` and no set qualifier: it asks for presence
    /// itself.
    fn from_str(text: &str) -> Result<Self, UnknownOperator> {
        let unknown = || UnknownOperator(text.chars().take(100).collect());
        let (set, rest) = match text.split_once(':') {
            None => (None, text),
            Some(("ForAllValues", rest)) => (Some(SetQualifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(SetQualifier::ForAnyValue), rest),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let comparison = Comparison::ALL.iter().find(|comparison| comparison.name() == name);
        let comparison = *comparison.ok_or_else(unknown)?;
        if comparison == Comparison::Null && (if_exists || set.is_some()) {
            return Err(unknown());
        }
        Ok(Self { set, comparison, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        for comparison in Comparison::ALL {
            for set in [None, Some(SetQualifier::ForAllValues), Some(SetQualifier::ForAnyValue)] {
                for if_exists in [false, true] {
                    let operator = Operator { set, comparison: *comparison, if_exists };
                    let read = operator.to_string().parse::<Operator>();
                    if *comparison == Comparison::Null && (set.is_some() || if_exists) {
                        assert!(read.is_err(), "{operator}");
                    } else {
                        assert_eq!(read, Ok(operator));
                    }
                }
            }
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "stringequals",
            "StringEqualsIfexists",
            "forAnyValue:StringLike",
            "ForAnyValue:",
            "ForSomeValues:StringLike",
            "IfExists",
            "NumericLike",
            "BoolNot",
        ] {
            assert!(name.parse::<Operator>().is_err(), "{name}");
        }
    }
}
