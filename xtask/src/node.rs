//! The npm packages that the clients in JavaScript are made of, pinned, installed when they are needed.

use std::{fs, process::Command};

use crate::{Outcome, root, success};

/// Installs the packages, unless exactly these were installed before.
pub(crate) fn install() -> Outcome {
    const FOLDER: &str = "clients/javascript";
    let wanted = fs::read_to_string(root().join(FOLDER).join("package-lock.json"))?;
    let stamp = root().join(FOLDER).join("node_modules/installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        eprintln!("{FOLDER} has what package-lock.json pins");
        return Ok(());
    }
    eprintln!("installing {FOLDER}/package-lock.json");
    let clean = ["ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund"];
    success(Command::new("npm").args(clean)).map_err(|error| {
        format!("{error}; npm comes with Node.js, of which 20 or later is needed")
    })?;
    Ok(fs::write(stamp, wanted)?)
}
