//! Builds of real projects by a real Docker engine, through `docker buildx build` as a user types it.
//! Every scenario is two tests, one for each image store (see README.md), and is ignored by a plain `cargo test`;
//! `make test` sets engines, base images and the frontend image up and runs them. Nothing of a test stays in the engine.

mod archive;
mod before_start;
mod cache;
mod copies;
mod corpus;
mod dev;
mod docker;
mod dockerfile;
mod examples;
mod frontend;
mod index;
mod indexes;
mod install;
mod interpreter;
mod mistakes;
mod monorepo;
mod node;
mod old;
mod options;
mod platforms;
mod project;
mod pythons;
mod recipes;
mod refine;
mod registry;
mod remote_cache;
mod reproducible;
mod requests;
mod requirements;
mod sbom;
mod sites;
mod steps;
mod workspace;
mod zip;

/// Makes a test of each function for each image store.
macro_rules! on_each_store {
    ($($name:ident),+ $(,)?) => {
        $crate::engine::on_each_store!(@ classic Classic $($name)+);
        $crate::engine::on_each_store!(@ containerd Containerd $($name)+);
    };
    (@ $module:ident $store:ident $($name:ident)+) => {
        mod $module {
            $(
                #[test]
                #[ignore = "needs a Docker engine; make test sets one up"]
                fn $name() {
                    if let Some(engine) = $crate::engine::docker::Engine::of($crate::engine::docker::Store::$store) {
                        super::$name(&engine);
                    }
                }
            )+
        }
    };
}
use on_each_store;

/// Makes a test of each function for one engine, where the image store makes no difference.
macro_rules! on_any_store {
    ($($name:ident),+ $(,)?) => {
        mod any {
            $(
                #[test]
                #[ignore = "needs a Docker engine; make test sets one up"]
                fn $name() {
                    super::$name(&$crate::engine::docker::Engine::any());
                }
            )+
        }
    };
}
use on_any_store;
