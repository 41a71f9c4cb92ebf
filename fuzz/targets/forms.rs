//! Forms of awsQuery operations, with lists and structures in their names.

#![no_main]

use fuzz::{Head, read};
use libfuzzer_sys::fuzz_target;
use wire::{cloudformation, iam, sts};

fuzz_target!(|body: &[u8]| {
    let head = || Head { method: "POST", path: "/", query: "", target: None };
    read::<iam::CreateRole>(head(), body);
    read::<sts::AssumeRole>(head(), body);
    read::<cloudformation::CreateChangeSet>(head(), body);
});
