//! How to use the demo's server from another terminal.

use std::path::Path;

use clap::builder::styling::Style;

use super::{
    judgement::Cell,
    profile::{Profiles, quoted},
    promise::{What, Who},
    system::System,
};
use crate::aws::Endpoint;

const BOLD: Style = Style::new().bold();

/// Lines that can be pasted; no secret is in them.
pub(crate) fn render(
    program: &Path,
    endpoint: &Endpoint,
    profiles: &Profiles,
    system: &System,
    cells: &[Cell],
    data: &str,
) -> String {
    let word = |path: &Path| quoted(&path.to_string_lossy());
    let refused = cells
        .iter()
        .find(|cell| (cell.who, cell.what) == (Who::Admin, What::ReadOthers))
        .and_then(|cell| Some(cell.attempt.answer.as_ref()?.request_id.as_str()))
        .unwrap_or_default();
    let (bucket, own, others) =
        (&system.bucket, system.admin.key("data.txt"), system.user.key("data.txt"));
    format!(
        "
{BOLD}The server goes on at {endpoint} until Ctrl-C. In another terminal:{BOLD:#}

export AWS_CONFIG_FILE={config}
export AWS_SHARED_CREDENTIALS_FILE={credentials}
export AWS_ENDPOINT_URL={endpoint}

{BOLD}# the AWS command line, as admin: its own file, then user's, which is refused{BOLD:#}
aws --profile admin s3 cp s3://{bucket}/{own} -
aws --profile admin s3 cp s3://{bucket}/{others} -

{BOLD}# boto3, as user{BOLD:#}
AWS_PROFILE=user python3 -c \"import boto3; print(boto3.client('s3').get_object(
  Bucket='{bucket}', Key='{others}')['Body'].read())\"

{BOLD}# s3fs, as admin{BOLD:#}
python3 -c \"import s3fs; print(s3fs.S3FileSystem(profile='admin').open(
  '{bucket}/{own}').read())\"

{BOLD}# why admin was refused user's file{BOLD:#}
{program} explain {refused} --profile root

The profiles are root, admin and user. Pool and client ids, the client's secret and the users'
passwords, for an application of yours, are in {summary}
(only you can read it). {data}
",
        config = word(&profiles.config),
        credentials = word(&profiles.credentials),
        program = word(program),
        summary = word(&profiles.summary),
    )
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::{
        super::{judgement, profile::tests::system},
        *,
    };

    #[test]
    fn the_lines_name_everything_and_tell_no_secret() {
        let directory = Path::new("/data/aws");
        let profiles = Profiles {
            config: directory.join("config"),
            credentials: directory.join("credentials"),
            summary: directory.join("demo.json"),
        };
        let endpoint = "http://127.0.0.1:4566".parse().unwrap();
        let (program, system) = (Path::new("/my programs/cloakroom"), system());
        let cells = judgement::tests::as_promised();
        let data = "All data is in /data, which is removed at the end.";
        let text = render(program, &endpoint, &profiles, &system, &cells, data);
        for secret in ["password", "secret-value", "refresh", "-key"] {
            assert!(!text.replace("passwords", "").contains(secret), "{secret}");
        }
        insta::assert_snapshot!(strip_str(&text).to_string());
    }
}
