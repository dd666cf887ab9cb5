//! Bytes worked out by hand from the protobuf encoding, so that a slip in a number shows.

use std::collections::BTreeMap;

use buildkit_proto::{errdefs, frontend, fsutil, pb, rpc};
use prost::Message;

/// Checks both directions.
fn check<M: Message + Default + PartialEq + std::fmt::Debug>(message: &M, bytes: &[u8]) {
    assert_eq!(message.encode_to_vec(), bytes);
    assert_eq!(&M::decode(bytes).expect("hand-made bytes decode"), message);
}

#[test]
fn an_input_of_an_op() {
    let op = pb::Op { inputs: vec![pb::Input { digest: "sha256:ab".to_owned(), index: 1 }], ..pb::Op::default() };
    check(&op, b"\x0a\x0d\x0a\x09sha256:ab\x10\x01");
}

#[test]
fn attributes_are_written_in_order_of_their_keys() {
    let mut attrs = BTreeMap::new();
    attrs.insert("b".to_owned(), "2".to_owned());
    attrs.insert("a".to_owned(), "1".to_owned());
    let source = pb::SourceOp { identifier: "x".to_owned(), attrs };
    check(&source, b"\x0a\x01x\x12\x06\x0a\x01a\x12\x011\x12\x06\x0a\x01b\x12\x012");
}

#[test]
fn a_mount_without_input_and_output() {
    let mount = pb::Mount {
        input: -1,
        dest: "/c".to_owned(),
        output: -1,
        mount_type: pb::MountType::Cache.into(),
        cache_opt: Some(pb::CacheOpt { id: "i".to_owned(), sharing: pb::CacheSharingOpt::Locked.into() }),
        ..pb::Mount::default()
    };
    let minus_one = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let mut bytes = b"\x08".to_vec();
    bytes.extend(minus_one);
    bytes.extend(b"\x1a\x02/c\x20");
    bytes.extend(minus_one);
    // Field 20 takes two bytes: 20 << 3 | 2 = 162.
    bytes.extend(b"\x30\x03\xa2\x01\x05\x0a\x01i\x10\x02");
    check(&mount, &bytes);
}

#[test]
fn a_copy_that_keeps_mode_and_times() {
    let copy = pb::FileActionCopy { mode: -1, timestamp: -1, required_paths: vec!["p".to_owned()], ..pb::FileActionCopy::default() };
    let minus_one = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    let mut bytes = b"\x20".to_vec();
    bytes.extend(minus_one);
    bytes.extend(b"\x58");
    bytes.extend(minus_one);
    bytes.extend(b"\x82\x01\x01p");
    check(&copy, &bytes);
}

#[test]
fn an_owner_with_the_number_zero_is_written() {
    let owner = pb::UserOpt { user: Some(pb::user_opt::User::ById(0)) };
    check(&owner, b"\x10\x00");
}

#[test]
fn metadata_of_an_op() {
    let metadata = pb::OpMetadata {
        ignore_cache: true,
        export_cache: Some(pb::ExportCache { value: false }),
        caps: [("c".to_owned(), true)].into(),
        progress_group: Some(pb::ProgressGroup { id: "g".to_owned(), name: String::new(), weak: true }),
        ..pb::OpMetadata::default()
    };
    check(&metadata, b"\x08\x01\x22\x00\x2a\x05\x0a\x01c\x10\x01\x32\x05\x0a\x01g\x18\x01");
}

#[test]
fn a_solve_request_and_its_result() {
    let request = frontend::SolveRequest {
        frontend: "f".to_owned(),
        allow_result_return: true,
        allow_result_array_ref: true,
        evaluate: true,
        ..frontend::SolveRequest::default()
    };
    check(&request, b"\x12\x01f\x28\x01\x30\x01\x70\x01");

    let result = frontend::Result {
        result: Some(frontend::result::Result::Ref(frontend::Ref { id: "r".to_owned(), def: None })),
        metadata: [("k".to_owned(), b"v".to_vec())].into(),
        ..frontend::Result::default()
    };
    check(&result, b"\x1a\x03\x0a\x01r\x52\x06\x0a\x01k\x12\x01v");
}

#[test]
fn an_error_with_a_detail() {
    let vertex = errdefs::Vertex { digest: "d".to_owned() };
    let status = rpc::Status {
        code: 2,
        message: "m".to_owned(),
        details: vec![prost_types::Any { type_url: "u".to_owned(), value: vertex.encode_to_vec() }],
    };
    check(&status, b"\x08\x02\x12\x01m\x1a\x08\x0a\x01u\x12\x03\x0a\x01d");
}

#[test]
fn a_folder_as_the_daemon_reports_it() {
    let stat = fsutil::Stat { path: "d".to_owned(), mode: 1 << 31 | 0o755, ..fsutil::Stat::default() };
    // 1 << 31 | 0o755 in groups of seven bits, lowest first: 6d 03 00 00 08.
    check(&stat, b"\x0a\x01d\x10\xed\x83\x80\x80\x08");
}

#[test]
fn packed_numbers() {
    let passthrough = pb::PassthroughOp { id: "p".to_owned(), outputs: vec![0, 2] };
    check(&passthrough, b"\x0a\x01p\x12\x02\x00\x02");
}
