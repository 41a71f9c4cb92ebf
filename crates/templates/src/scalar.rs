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

/// A number with a point or an exponent, or with more digits than an integer has.
fn fraction(digits: &str) -> Option<f64> {
    let plausible = digits.chars().any(|c| c.is_ascii_digit())
        && digits.chars().all(|c| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
    if plausible { digits.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}
