//! Turns the `.proto` files beside it into Rust, without protoc.
//!
//! Maps become `BTreeMap`: their order reaches encoded bytes, and digests are taken over those.

use std::error::Error;

const FILES: [&str; 8] =
    ["caps.proto", "errdefs.proto", "gateway.proto", "ops.proto", "policy.proto", "stat.proto", "status.proto", "worker.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    tonic_prost_build::configure()
        .btree_map(".")
        .build_transport(false)
        .server_mod_attribute("moby.buildkit.v1.frontend", "#[cfg(feature = \"server\")]")
        .compile_fds(descriptors)?;
    Ok(())
}
