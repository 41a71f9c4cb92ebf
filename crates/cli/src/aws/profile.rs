//! AWS's shared files: `config` and `credentials`.
//!
//! Source: AWS SDKs and Tools Reference, *Shared config and credentials files*.

use std::collections::HashMap;

/// The sections of one of the files: profile name → setting → value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileFile {
    profiles: HashMap<String, HashMap<String, String>>,
}

/// Which of the two files a text is; they name their sections differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `[profile NAME]`, but `[default]`.
    Config,
    /// `[NAME]`.
    Credentials,
}

impl ProfileFile {
    /// Reads a file's text. Lines of no known form, nested settings and sections of other kinds
    /// (`[sso-session …]`) are passed over, as AWS's own readers do.
    pub(crate) fn parse(text: &str, kind: Kind) -> Self {
        let mut file = Self::default();
        let mut current = None;
        for line in text.lines() {
            let nested = line.starts_with([' ', '\t']);
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(rest) = line.strip_prefix('[') {
                let section = rest.split(']').next().unwrap_or_default().trim();
                current = profile_name(section, kind).map(str::to_owned);
            } else if let (false, Some(name), Some((setting, value))) =
                (nested, &current, line.split_once('='))
            {
                file.profiles
                    .entry(name.clone())
                    .or_default()
                    .insert(setting.trim().to_ascii_lowercase(), without_comment(value).to_owned());
            }
        }
        file
    }

    /// The settings of a profile.
    pub(crate) fn profile(&self, name: &str) -> Option<&HashMap<String, String>> {
        self.profiles.get(name)
    }
}

fn profile_name(section: &str, kind: Kind) -> Option<&str> {
    match (kind, section.split_once(char::is_whitespace)) {
        (Kind::Credentials, None) => Some(section),
        (Kind::Config, None) if section == "default" => Some(section),
        (Kind::Config, Some(("profile", name))) => Some(name.trim()),
        _ => None,
    }
}

/// A comment behind a value begins with white space and `#` or `;`.
fn without_comment(value: &str) -> &str {
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    comment.and_then(|at| value.get(..at)).unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_name_their_sections_in_their_own_way() {
        let config = "[default]\nregion = a\n[profile b c]\nregion=d\n[x]\nregion=e\n\
                      [sso-session b]\nregion=f\n";
        let file = ProfileFile::parse(config, Kind::Config);
        let region = |name: &str| file.profile(name).map(|p| p["region"].clone());
        assert_eq!(region("default").unwrap(), "a");
        assert_eq!(region("b c").unwrap(), "d");
        assert_eq!((region("x"), region("b")), (None, None));
        let file = ProfileFile::parse("[x]\nregion=e\n[profile y]\nregion=f\n", Kind::Credentials);
        assert_eq!(file.profile("x").unwrap()["region"], "e");
        assert_eq!(file.profile("y"), None);
    }

    #[test]
    fn comments_nested_settings_and_case_are_read_as_aws_does() {
        let text = "# note\n[default]\nRegion = us-east-1 # here\n; note\n\
                    s3 =\n  region = nested\nsecret = a#b;c\n";
        let file = ProfileFile::parse(text, Kind::Config);
        let profile = file.profile("default").unwrap();
        assert_eq!(profile["region"], "us-east-1");
        assert_eq!(profile["secret"], "a#b;c");
        assert_eq!(profile["s3"], "");
    }
}
