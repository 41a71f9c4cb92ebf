//! A form's parameters as a tree: `Tags.member.1.Key=a` is a path of names.

use std::collections::BTreeMap;

/// How many names a path may have.
pub(crate) const DEPTH_MAX: usize = 32;

/// How many parts all names of a form may have together. A part takes some hundred times as much memory
/// as it is long, and whoever sends a form need not have signed it; what AWS takes has a few hundred.
const PARTS_MAX: usize = 10_000;

/// A parameter, or what lies under the common beginning of several.
#[derive(Debug, Default)]
pub(crate) struct Field {
    /// The value, if a parameter ends here.
    pub value: Option<String>,
    children: BTreeMap<String, Field>,
}

/// Why a form cannot be read as a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldError {
    #[error("the parameter {0:?} is given twice")]
    Twice(String),
    #[error("a parameter's name has more than {DEPTH_MAX} parts")]
    TooDeep,
    #[error("the parameters' names have more than {PARTS_MAX} parts together")]
    TooMany,
}

impl Field {
    /// Sorts parameters into a tree.
    pub(crate) fn tree(pairs: Vec<(String, String)>) -> Result<Self, FieldError> {
        let mut root = Self::default();
        let mut parts = 0;
        for (name, value) in pairs {
            let depth = name.split('.').count();
            if depth > DEPTH_MAX {
                return Err(FieldError::TooDeep);
            }
            parts += depth;
            if parts > PARTS_MAX {
                return Err(FieldError::TooMany);
            }
            let field = name
                .split('.')
                .fold(&mut root, |field, part| field.children.entry(part.to_owned()).or_default());
            if field.value.replace(value).is_some() {
                return Err(FieldError::Twice(name));
            }
        }
        Ok(root)
    }

    /// What lies under that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name)
    }

    /// What lies under the numbers of a list, in their order.
    pub(crate) fn numbered(&self) -> Vec<&Self> {
        let mut fields: Vec<(u32, &Self)> = self
            .children
            .iter()
            .filter_map(|(name, field)| Some((list_number(name)?, field)))
            .collect();
        fields.sort_by_key(|(number, _)| *number);
        fields.into_iter().map(|(_, field)| field).collect()
    }

    /// Whether nothing lies under it and its value is empty: an empty list (`Tags=`).
    pub(crate) fn is_blank(&self) -> bool {
        self.children.is_empty() && self.value.as_deref().is_none_or(str::is_empty)
    }
}

/// A list's number as AWS counts: from 1, without sign or leading zero.
fn list_number(name: &str) -> Option<u32> {
    if name.starts_with(['0', '+']) { None } else { name.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(form: &str) -> Result<Field, FieldError> {
        Field::tree(crate::decode_form(form).unwrap())
    }

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let root =
            tree("T.member.10=c&T.member.2=b&T.member.1=a&T.member.x=?&T.member.01=?").unwrap();
        let list = root.child("T").unwrap().child("member").unwrap();
        let values: Vec<_> = list.numbered().iter().map(|field| field.value.clone()).collect();
        assert_eq!(values, ["a", "b", "c"].map(|text| Some(text.to_owned())));
        assert!(tree("T=").unwrap().child("T").unwrap().is_blank());
    }

    #[test]
    fn repeated_and_deep_names_are_refused() {
        assert_eq!(tree("A=1&B=2&A=1").unwrap_err(), FieldError::Twice("A".into()));
        let deep = |parts: usize| format!("{}=1", vec!["a"; parts].join("."));
        assert!(tree(&deep(DEPTH_MAX)).is_ok());
        assert_eq!(tree(&deep(DEPTH_MAX + 1)).unwrap_err(), FieldError::TooDeep);
        assert_eq!(tree(&deep(400_000)).unwrap_err(), FieldError::TooDeep);
        let bushy = |names: usize| {
            let name = |number| format!("{number}{}=", ".a".repeat(DEPTH_MAX - 1));
            (0..names).map(name).collect::<Vec<_>>().join("&")
        };
        assert!(tree(&bushy(PARTS_MAX / DEPTH_MAX)).is_ok());
        assert_eq!(tree(&bushy(PARTS_MAX / DEPTH_MAX + 1)).unwrap_err(), FieldError::TooMany);
        assert_eq!(tree(&bushy(14_000)).unwrap_err(), FieldError::TooMany);
    }
}
