use serde_json::json;

use super::{Outcome::Own, Row};
use crate::client::Call;

pub(super) fn rows() -> Vec<Row> {
    vec![("CloakroomListMessages", Call::json("cloakroom", "ListMessages", &json!({})), Own)]
}
