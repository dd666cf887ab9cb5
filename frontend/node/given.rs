//! The inputs that recipes are given of a Node project.

use crate::ecosystem::kind::Ecosystem;
use crate::recipe::known::{By, Pairs, inputs};

/// Inputs that every project fills.
const PROJECT: By = By { of: &[Ecosystem::Node], when: "of the project", from: "a Node project" };

inputs! {
    /// The version of Node, as 24.
    NODE: String = "node-version", PROJECT, ["node"];
    /// The service's folder in the image.
    PLACE: String = "service-place", PROJECT, ["project"];
    /// The folder of the context that the lock stands in.
    LOCKED_FOLDER: String = "locked-folder", PROJECT, [];
    /// What is installed for the running service, reduced to what changes that: files by path and text.
    INSTALLED: Pairs = "installed", PROJECT, [];
    /// The same with what is only needed to build it.
    INSTALLED_TO_BUILD: Pairs = "installed-to-build", PROJECT, [];
    /// Files and folders of the context that installing reads.
    INSTALL_READS: Pairs = "install-reads", PROJECT, [];
    /// Packages of the running service whose install scripts run.
    SCRIPTS: Vec<String> = "install-scripts", PROJECT, ["scripts"];
    /// Packages for building it whose install scripts run.
    SCRIPTS_TO_BUILD: Vec<String> = "install-scripts-to-build", PROJECT, ["scripts"];
    /// The command that builds it; empty where it ships as it is.
    BUILD: Vec<String> = "build-command", PROJECT, ["build"];
    /// Where that runs.
    BUILD_PLACE: String = "build-place", PROJECT, [];
    /// Folders in the image of the workspace's members that the service needs.
    MEMBERS: Vec<String> = "linked-members", PROJECT, [];
    /// What ships of the built project, as its path there and in the image; empty for what usually does.
    SHIPPED: Pairs = "shipped", PROJECT, ["copy"];
}
