//! The models' names as Rust spells them, and their sentences as documentation.

use std::fmt::Write;

/// `UserPoolId` as a field: `user_pool_id`.
pub(crate) fn field(name: &str) -> String {
    let snake = words(name).join("_").to_lowercase();
    if snake == "type" { "r#type".to_owned() } else { snake }
}

/// `roleNameType` as a static: `ROLE_NAME_TYPE`.
pub(crate) fn constant(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// A shape's or service's name as a type: `statusType` is `StatusType`, `cognito-idp` `CognitoIdp`.
pub(crate) fn type_name(name: &str) -> String {
    name.split('-').map(capitalised).collect()
}

/// A value of an enum as a variant: `ADMIN_NO_SRP_AUTH` is `AdminNoSrpAuth`.
pub(crate) fn variant(value: &str) -> String {
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let joined: String = parts
        .map(|part| {
            let shouted = !part.chars().any(|c| c.is_ascii_lowercase());
            if shouted { capitalised(&part.to_lowercase()) } else { capitalised(part) }
        })
        .collect();
    if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("_{joined}") } else { joined }
}

fn capitalised(part: &str) -> String {
    let mut characters = part.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + characters.as_str()
    })
}

/// The words of a name in camel case. `URLs` and `ARNs` are words.
fn words(name: &str) -> Vec<String> {
    let name = name.replace("URLs", "Urls").replace("ARNs", "Arns").replace("IDs", "Ids");
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|before| letters.get(before));
        let next = letters.get(at + 1);
        let begins = letter.is_ascii_uppercase()
            && previous.is_none_or(|previous| {
                !previous.is_ascii_uppercase() || next.is_some_and(char::is_ascii_lowercase)
            });
        match words.last_mut() {
            Some(word) if !begins => word.push(*letter),
            _ => words.push(letter.to_string()),
        }
    }
    words
}

/// A sentence as documentation comments, or the `fallback`.
pub(crate) fn documentation(sentence: Option<&String>, fallback: &str) -> String {
    let sentence = sentence.map_or(fallback, String::as_str);
    let mut text = String::new();
    let mut line = String::new();
    for word in sentence.split(' ') {
        let word = if word.contains("://") { format!("<{word}>") } else { escape(word) };
        if !line.is_empty() && line.len() + word.len() > 88 {
            let _ = writeln!(text, "/// {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    let _ = writeln!(text, "/// {line}");
    text
}

/// A word without what Markdown or rustdoc would take for a link, a tag or emphasis.
fn escape(word: &str) -> String {
    let mut escaped = String::new();
    let mut code = false;
    for letter in word.chars() {
        code ^= letter == '`';
        if !code && matches!(letter, '[' | ']' | '<' | '>' | '*' | '_') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_rust_does() {
        let fields = [
            ("UserPoolId", "user_pool_id"),
            ("MFAOptions", "mfa_options"),
            ("ETag", "e_tag"),
            ("CallbackURLs", "callback_urls"),
            ("SSECustomerKeyMD5", "sse_customer_key_md5"),
            ("ChecksumCRC32C", "checksum_crc32_c"),
            ("OpenIdConnectProviderARNs", "open_id_connect_provider_arns"),
            ("ACL", "acl"),
            ("Type", "r#type"),
        ];
        for (name, expected) in fields {
            assert_eq!(field(name), expected);
        }
        let variants = [
            ("ADMIN_NO_SRP_AUTH", "AdminNoSrpAuth"),
            ("aws:kms", "AwsKms"),
            ("private", "Private"),
            ("StartsWith", "StartsWith"),
            ("CRC32C", "Crc32c"),
            ("us-east-1", "UsEast1"),
        ];
        for (value, expected) in variants {
            assert_eq!(variant(value), expected);
        }
        assert_eq!(constant("roleNameType"), "ROLE_NAME_TYPE");
        assert_eq!(type_name("cognito-idp"), "CognitoIdp");
    }
}
