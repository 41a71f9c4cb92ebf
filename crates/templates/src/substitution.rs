//! The text of `Fn::Sub`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>

/// A part of the text of `Fn::Sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// It stands for itself.
    Literal(&'a str),
    /// `${name}`, without what encloses it.
    Variable(&'a str),
}

/// The parts of a text; the name that is none, if there is one.
///
/// `${!name}` stands for the text `${name}`: with it a template writes a policy variable.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, &str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        pieces.push(Piece::Literal(before));
        let Some((name, after)) = behind.split_once('}') else {
            pieces.push(Piece::Literal("${"));
            rest = behind;
            continue;
        };
        if let Some(literal) = name.strip_prefix('!') {
            pieces.extend(["${", literal, "}"].map(Piece::Literal));
        } else if is_name(name) {
            pieces.push(Piece::Variable(name));
        } else {
            return Err(name);
        }
        rest = after;
    }
    pieces.push(Piece::Literal(rest));
    pieces.retain(|piece| *piece != Piece::Literal(""));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::{
        Piece::{Literal, Variable},
        *,
    };

    #[test]
    fn variables_stand_between_literals() {
        assert_eq!(
            pieces("arn:${AWS::Partition}:s3:::${Coats}/${Pool.Arn}"),
            Ok(vec![
                Literal("arn:"),
                Variable("AWS::Partition"),
                Literal(":s3:::"),
                Variable("Coats"),
                Literal("/"),
                Variable("Pool.Arn"),
            ])
        );
    }

    #[test]
    fn an_exclamation_mark_leaves_a_policy_variable() {
        assert_eq!(
            pieces("${!cognito-identity.amazonaws.com:sub}/*"),
            Ok(vec![
                Literal("${"),
                Literal("cognito-identity.amazonaws.com:sub"),
                Literal("}"),
                Literal("/*"),
            ])
        );
    }

    #[test]
    fn what_is_not_closed_stands_for_itself() {
        assert_eq!(
            pieces("$ { ${coats"),
            Ok(vec![Literal("$ { "), Literal("${"), Literal("coats")])
        );
    }

    #[test]
    fn a_name_has_only_some_characters() {
        assert_eq!(pieces("a ${Coats} ${my coat}"), Err("my coat"));
        assert_eq!(pieces("${}"), Err(""));
        assert_eq!(pieces("${a-b}"), Err("a-b"));
    }
}
