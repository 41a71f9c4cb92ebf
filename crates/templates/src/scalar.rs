//! What a plain YAML scalar means.
//!
//! CloudFormation reads YAML 1.1 without the timestamp tag, so dates (`Version: 2012-10-17`) are
//! texts. Two kinds of number of that edition stay texts too, which are far more often meant so:
//! with a leading zero (account ids) and in base 60 (`22:30`).
//!
//! <https://yaml.org/type/int.html>, <https://yaml.org/type/float.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>

use serde_json::Number;

use crate::Value;

/// The value of a plain scalar; none if it is `null`.
pub(crate) fn plain(text: &str) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => return None,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::Text(text.to_owned()),
        },
    })
}

fn number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let digits = digits.replace('_', "");
    let integer = if let Some(hexadecimal) = digits.strip_prefix("0x") {
        unsigned(hexadecimal, 16)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        unsigned(binary, 2)
    } else if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        return None;
    } else {
        unsigned(&digits, 10)
    };
    match integer {
        Some(integer) if !negative => Some(integer.into()),
        Some(integer) => 0_i64.checked_sub_unsigned(integer).map(Number::from),
        None => fraction(&digits)
            .and_then(|value| Number::from_f64(if negative { -value } else { value })),
    }
}

fn unsigned(digits: &str, base: u32) -> Option<u64> {
    let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
    if all { u64::from_str_radix(digits, base).ok() } else { None }
}

/// A number with a point or an exponent. An integer with more digits than are kept exactly is left
/// a text, which keeps them.
fn fraction(digits: &str) -> Option<f64> {
    let plausible = digits.contains(['.', 'e', 'E'])
        && digits.chars().any(|c| c.is_ascii_digit())
        && digits.chars().all(|c| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
    if plausible { digits.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> serde_json::Value {
        plain(text).unwrap().to_json()
    }

    #[test]
    fn numbers_of_yaml_are_numbers() {
        for (text, expected) in [
            ("0", json!(0)),
            ("7", json!(7)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("1_000", json!(1000)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1.10", json!(1.1)),
            ("-0.5", json!(-0.5)),
            ("1e3", json!(1000.0)),
            ("9223372036854775807", json!(i64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_a_text() {
        for text in [
            "2012-10-17",
            "012345678901",
            "0755",
            "22:30",
            "1.2.3",
            "-",
            "+",
            ".",
            "--1",
            "0x",
            "0xg",
            "1e999",
            "_1",
            ".inf",
            ".nan",
            "1-2",
            "eu",
            "e3",
            "12:30:45",
            "10.0.0.0/8",
            "123456789012345678901234567890",
        ] {
            assert_eq!(read(text), json!(text), "{text}");
        }
    }

    #[test]
    fn words_are_booleans_as_in_yaml_1_1() {
        for text in ["true", "True", "TRUE", "yes", "on", "ON"] {
            assert_eq!(read(text), json!(true), "{text}");
        }
        for text in ["false", "no", "No", "off"] {
            assert_eq!(read(text), json!(false), "{text}");
        }
        for text in ["y", "n", "tRue", "yess"] {
            assert_eq!(read(text), json!(text), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
