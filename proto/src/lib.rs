//! The messages and the gateway service of `BuildKit`, for frontends.
//!
//! Everything here but [`caps`] is generated from the `.proto` files in this crate's folder. Those
//! are written for this crate; their names and numbers follow `BuildKit` v0.32.2. To move on to
//! another release, compare its `.proto` files with ours, add what is new there with a comment of
//! our own, and do the same for the lists in [`caps`]. Numbers never change their meaning, so an
//! older list keeps working.
//!
//! Maps are [`BTreeMap`](std::collections::BTreeMap)s, so that encoding is deterministic. What else
//! it takes to get the bytes that `BuildKit` itself would write is the business of `buildkit-llb`.
//!
//! The client of the service is [`frontend::llb_bridge_client`]; the server, of use for a fake in
//! tests, is `frontend::llb_bridge_server` under the feature `server`.

pub mod caps;

pub use self::google::rpc;
pub use self::moby::buildkit::v1::{apicaps, frontend, sourcepolicy, types};

/// Includes the generated code of one protobuf package as a module.
macro_rules! package {
    ($(#[$doc:meta])* $module:ident = $package:literal) => {
        $(#[$doc])*
        #[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated")]
        pub mod $module {
            include!(concat!(env!("OUT_DIR"), "/", $package, ".rs"));
        }
    };
}

package! {
    /// The build graph, LLB.
    pb = "pb"
}

package! {
    /// Typed details of build errors.
    errdefs = "errdefs"
}

/// Files as the daemon reports them.
pub mod fsutil {
    pub use self::types::Stat;

    package! {
        /// The package's own name for what is in here.
        types = "fsutil.types"
    }
}

// The generated code of one package names that of another by its full path, hence these.

mod google {
    package! {
        /// Errors with typed details.
        rpc = "google.rpc"
    }
}

mod moby {
    pub(crate) mod buildkit {
        pub(crate) mod v1 {
            package! {
                /// Capabilities of the daemon.
                apicaps = "moby.buildkit.v1.apicaps"
            }

            package! {
                /// The gateway service, which is a frontend's only window to the world.
                frontend = "moby.buildkit.v1.frontend"
            }

            package! {
                /// Rules about sources.
                sourcepolicy = "moby.buildkit.v1.sourcepolicy"
            }

            package! {
                /// Workers of the daemon.
                types = "moby.buildkit.v1.types"
            }
        }
    }
}
